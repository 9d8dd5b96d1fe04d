"""The types of inputs and outputs, and the three questions asked of them: does a value fit, does an edge fit, what is the JSON schema.

A type is an immutable value. `AnyType` is the type of what could not be inferred: it fits everything, so that one unknown name does
not cause a second complaint.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TypeAlias, assert_never

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


@dataclass(frozen=True, slots=True)
class AnyType:
    """Fits everything: the type of a name that could not be resolved."""


@dataclass(frozen=True, slots=True)
class TextType:
    """A string."""


@dataclass(frozen=True, slots=True)
class IntegerType:
    """A whole number."""


@dataclass(frozen=True, slots=True)
class NumberType:
    """Any finite number."""


@dataclass(frozen=True, slots=True)
class BooleanType:
    """True or false."""


@dataclass(frozen=True, slots=True)
class JsonType:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class ChatType:
    """A conversation: a list of `{"role": "user" | "assistant" | "system", "content": text}`."""


@dataclass(frozen=True, slots=True)
class ListType:
    """A list whose items are all of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class ChoiceType:
    """One of a few literal texts, as in `"yes" | "no"`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One named field of a record."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class RecordType:
    """An object with exactly these fields; a field of optional type may be missing."""

    fields: tuple[Field, ...]

    def field(self, name: str) -> Type | None:
        """The type of the field called `name`, or None."""
        return next((field.type for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class OptionalType:
    """A value that may be absent, written `T?`."""

    item: Type


Type: TypeAlias = (
    AnyType
    | TextType
    | IntegerType
    | NumberType
    | BooleanType
    | JsonType
    | ChatType
    | ListType
    | ChoiceType
    | RecordType
    | OptionalType
)

SIMPLE_TYPES: dict[str, Type] = {
    "text": TextType(),
    "integer": IntegerType(),
    "number": NumberType(),
    "boolean": BooleanType(),
    "json": JsonType(),
    "chat": ChatType(),
}
"""The types that are written as one word."""


TYPE_FORMS: dict[str, str] = {
    "text": "A text. What is not marked otherwise is a text.",
    "integer": "A whole number; `3.0` counts as 3.",
    "number": "Any finite number.",
    "boolean": "True or false.",
    "json": "Any JSON value; nothing is checked.",
    "chat": 'A conversation: a list of `{"role": "user", "content": "…"}`. `history` puts it among the messages.',
    "list[T]": "A list whose items are all of type T.",
    '"yes" | "no"': "One of a few texts.",
    "{name: text, age: integer}": "An object with these fields; one of optional type may be missing. Further fields are kept.",
    "T?": "A value that may be absent: `else` offers another one, and a placeholder leaves nothing behind.",
}
"""Every form of a type as it is written, with its documentation."""


def describe(type_: Type) -> str:
    """The type as it is written in a `.prompt` file."""
    match type_:
        case AnyType():
            return "unknown"
        case TextType():
            return "text"
        case IntegerType():
            return "integer"
        case NumberType():
            return "number"
        case BooleanType():
            return "boolean"
        case JsonType():
            return "json"
        case ChatType():
            return "chat"
        case ListType(item):
            return f"list[{describe(item)}]"
        case ChoiceType(values):
            return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
        case RecordType(fields):
            return "{" + ", ".join(f"{field.name}: {describe(field.type)}" for field in fields) + "}"
        case OptionalType(item):
            return f"{describe(item)}?"
        case _:
            assert_never(type_)


def accepts(target: Type, source: Type) -> bool:
    """True where every value of `source` is a value of `target`: the rule for an edge."""
    match target, source:
        case (AnyType(), _) | (_, AnyType()) | (JsonType(), _):
            return True
        case OptionalType(item), OptionalType(other):
            return accepts(item, other)
        case OptionalType(item), _:
            return accepts(item, source)
        case NumberType(), IntegerType():
            return True
        case TextType(), ChoiceType():
            return True
        case ListType(item), ListType(other):
            return accepts(item, other)
        case ChoiceType(values), ChoiceType(others):
            return set(others) <= set(values)
        case RecordType(fields), RecordType():
            return all(_accepts_field(field, source) for field in fields)
        case _:
            return target == source


def _accepts_field(field: Field, source: RecordType) -> bool:
    found = source.field(field.name)
    return isinstance(field.type, OptionalType) if found is None else accepts(field.type, found)


def json_schema(type_: Type) -> dict[str, JsonValue]:
    """The type as a JSON schema (draft 2020-12), strict enough for providers' structured outputs."""
    match type_:
        case AnyType() | JsonType():
            return {}
        case TextType():
            return {"type": "string"}
        case IntegerType():
            return {"type": "integer"}
        case NumberType():
            return {"type": "number"}
        case BooleanType():
            return {"type": "boolean"}
        case ChatType():
            roles: list[JsonValue] = ["system", "user", "assistant"]
            message: dict[str, JsonValue] = {
                "type": "object",
                "properties": {"role": {"type": "string", "enum": roles}, "content": {"type": "string"}},
                "required": ["role", "content"],
                "additionalProperties": False,
            }
            return {"type": "array", "items": message}
        case ListType(item):
            return {"type": "array", "items": json_schema(item)}
        case ChoiceType(values):
            return {"type": "string", "enum": list(values)}
        case RecordType(fields):
            return record_schema(fields)
        case OptionalType(item):
            return {"anyOf": [json_schema(item), {"type": "null"}]}
        case _:
            assert_never(type_)


def record_schema(fields: tuple[Field, ...]) -> dict[str, JsonValue]:
    """The JSON schema of an object with these fields. All are required (providers ask for that); optional ones may be null."""
    properties: dict[str, JsonValue] = {field.name: json_schema(field.type) for field in fields}
    required: list[JsonValue] = [field.name for field in fields]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def misfit(type_: Type, value: JsonValue, where: str = "the value") -> str | None:
    """Says in one sentence why `value` is not of this type, or returns None where it is."""
    match type_:
        case AnyType() | JsonType():
            return None
        case OptionalType(item):
            return None if value is None else misfit(item, value, where)
        case ListType(item):
            if not isinstance(value, list):
                return _expected(where, "a list", value)
            problems = (misfit(item, entry, f"item {number} of {where}") for number, entry in enumerate(value, 1))
            return next((problem for problem in problems if problem), None)
        case RecordType(fields):
            return _record_misfit(fields, value, where)
        case ChoiceType(values):
            if isinstance(value, str) and value in values:
                return None
            return _expected(where, f"one of {describe(type_)}", value)
        case ChatType():
            return _chat_misfit(value, where)
        case TextType():
            return None if isinstance(value, str) else _expected(where, "a text", value)
        case BooleanType():
            return None if isinstance(value, bool) else _expected(where, "true or false", value)
        case IntegerType():
            fits = isinstance(value, int) and not isinstance(value, bool)
            return None if fits else _expected(where, "an integer", value)
        case NumberType():
            fits = isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
            return None if fits else _expected(where, "a number", value)
        case _:
            assert_never(type_)


def _record_misfit(fields: tuple[Field, ...], value: JsonValue, where: str) -> str | None:
    if not isinstance(value, dict):
        return _expected(where, "an object", value)
    for field in fields:
        if field.name not in value:
            if isinstance(field.type, OptionalType):
                continue
            return f"{where} has no field '{field.name}' (it needs {describe(RecordType(fields))})"
        if problem := misfit(field.type, value[field.name], f"field '{field.name}' of {where}"):
            return problem
    return None


def _chat_misfit(value: JsonValue, where: str) -> str | None:
    if not isinstance(value, list):
        return _expected(where, "a conversation (a list of messages)", value)
    for number, message in enumerate(value, 1):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return f"message {number} of {where} must be an object with a 'role' and a text 'content'"
        if message.get("role") not in ("system", "user", "assistant"):
            return f"message {number} of {where} has the role {message.get('role')!r}; it must be system, user or assistant"
    return None


def _is_finite(value: float) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _expected(where: str, what: str, value: JsonValue) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return f"{where} must be {what}, not {shown if len(shown) <= 60 else shown[:57] + '…'}"
