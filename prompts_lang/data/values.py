"""JSON values as the language sees them: as text, as nothing, and out of a cell of a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prompts_lang.graph.types import misfit

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
    if not isinstance(value, str) or misfit(type_, value) is None:
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
