"""JSON values as the language sees them: as text, as nothing, and out of a cell of a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prompts_lang.data.json_values import read_json
from prompts_lang.graph.types import IntegerType, ListType, OptionalType, RecordType, misfit

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue, Type


def text_of(value: JsonValue) -> str:
    """The value as it stands in a prompt: a text as it is, nothing for null, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def is_empty(value: JsonValue) -> bool:
    """True of what is absent, null, a text of spaces, or a list or object without content."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def read_cell(type_: Type, value: JsonValue) -> JsonValue:
    """The value of a row for an input of this type.

    CSV knows texts only, so a text is read as JSON where the input is of another type: `3` is a number, `["a"]` a list, and `yes` stays a
    text for an input of literal texts. A blank cell is nothing then.
    """
    if isinstance(value, str) and misfit(type_, value) is not None:
        if not value.strip():
            return None
        try:
            value = read_json(value)
        except ValueError:
            return value
    return fitted(type_, value)


def fitted(type_: Type, value: JsonValue) -> JsonValue:
    """`3.0` is the integer 3 wherever an integer is asked for, and texts lose lone surrogates, which nothing could send on."""
    match type_:
        case IntegerType() if isinstance(value, float) and value.is_integer():
            return int(value)
        case OptionalType(item):
            return None if value is None else fitted(item, value)
        case ListType(item) if isinstance(value, list):
            return [fitted(item, entry) for entry in value]
        case RecordType(fields) if isinstance(value, dict):
            known = {field.name: field.type for field in fields}
            return {name: fitted(known[name], entry) if name in known else entry for name, entry in value.items()}
        case _:
            return sendable(value) if isinstance(value, str) else value


def sendable(text: str) -> str:
    """The text without lone surrogates, which JSON data may hold and no provider can be sent."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
