"""Types out of JSON schemas and of dotprompt's short form for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from prompts_lang.convert.outline import Loss, Port
from prompts_lang.convert.reading import items, mapping

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"

SIMPLE = {
    "string": "text",
    "str": "text",
    "text": "text",
    "integer": "integer",
    "int": "integer",
    "number": "number",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "bool": "boolean",
    "any": "json",
    "object": "json",
    "dict": "json",
    "list": "list[json]",
    "array": "list[json]",
}
"""Our type for the simple types of other tools."""


_DESCRIBING = frozenset(
    {
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "description",
        "title",
        "additionalProperties",
        "$schema",
        "strict",
    }
)
"""What of a JSON schema is kept, or changes nothing here: replies are always held to their type, extra fields or not."""


def ports_of(schema: object, where: str) -> tuple[tuple[Port, ...], tuple[Loss, ...]]:
    """The fields of an object schema, written as JSON schema or in dotprompt's short form."""
    losses: list[Loss] = []
    if isinstance(schema, str) or (
        mapping(schema) and "type" in mapping(schema) and "properties" not in mapping(schema)
    ):
        return (), (Loss(where, "only a schema that lists its fields can be kept"),)
    written = mapping(schema)
    if written.get("type") == "object":
        return tuple(_fields(written, where, losses)), tuple(losses)
    return tuple(_short_fields(written, where, losses)), tuple(losses)


def _fields(schema: Mapping[str, Any], where: str, losses: list[Loss]) -> Iterator[Port]:
    """The fields of a JSON schema; those that are not required are optional."""
    _report_rest(schema, where, losses)
    required = items(schema.get("required")) if "required" in schema else None
    for name, field in mapping(schema["properties"]).items():
        type_ = type_of(mapping(field), f"{where}.{name}", losses)
        is_optional = required is not None and name not in required
        doc = str(mapping(field).get("description") or "")
        if re.fullmatch(_NAME, str(name)) is None:
            losses.append(Loss(f"{where}.{name}", "the field's name is not one that the language takes"))
            continue
        yield Port(str(name), optional(type_) if is_optional else type_, doc)


def type_of(schema: Mapping[str, Any], where: str, losses: list[Loss]) -> str:
    """The type that a JSON schema describes; `json`, and a loss, for what cannot be said more exactly."""
    _report_rest(schema, where, losses)
    values = items(schema.get("enum"))
    kinds = items(schema.get("type"))
    if None in values or "null" in kinds:
        # What may be null is optional here.
        rest = {**schema, "enum": [value for value in values if value is not None]} if values else dict(schema)
        others = [kind for kind in kinds if kind != "null"]
        if kinds:
            rest["type"] = others[0] if len(others) == 1 else others
        return optional(type_of(rest, where, losses))
    if values and all(isinstance(value, str) for value in values):
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
    kind = schema.get("type")
    if kind == "array":
        return _list_of(type_of(mapping(schema.get("items")), f"{where}[]", losses) if schema.get("items") else "json")
    if kind == "object" and "properties" in schema:
        return _record(tuple(_fields(schema, where, losses)), where, losses)
    if values or str(kind) not in SIMPLE:
        losses.append(Loss(where, "the type has no counterpart here; it became `json`"))
    return SIMPLE.get(str(kind), "json") if not values else "json"


def optional(type_: str) -> str:
    """The type of a value that may be absent."""
    if type_.endswith("?"):
        return type_
    return f"({type_})?" if " | " in type_ and not type_.endswith(("]", "}")) else f"{type_}?"


def _report_rest(schema: Mapping[str, Any], where: str, losses: list[Loss]) -> None:
    losses += [Loss(f"{where}, {key}", "the rule has no counterpart here") for key in schema if key not in _DESCRIBING]


def _list_of(inner: str) -> str:
    return f"list[{inner}]"


def _record(ports: tuple[Port, ...], where: str, losses: list[Loss]) -> str:
    losses += [
        Loss(f"{where}.{port.name}", "what it is for cannot be said of a field here; say it in the text")
        for port in ports
        if port.doc
    ]
    return "{" + ", ".join(f"{port.name}: {port.type}" for port in ports) + "}" if ports else "json"


def _short_fields(schema: Mapping[str, Any], where: str, losses: list[Loss]) -> Iterator[Port]:
    """The fields of the short form: `tags?(array, what they are): string`."""
    for key, value in schema.items():
        match = re.fullmatch(rf"({_NAME})(\?)?(?:\((\w+)(?:,\s*([^)]*))?\))?", str(key).strip())
        if match is None:
            losses.append(Loss(f"{where}.{key}", "the field's name is not one that the language takes"))
            continue
        name, is_optional, kind, doc = match[1], bool(match[2]), match[3] or "", match[4] or ""
        said = str(value).partition(",")[2] if isinstance(value, str) else ""
        type_ = _short_type(kind, value, f"{where}.{name}", losses)
        yield Port(name, optional(type_) if is_optional else type_, (doc or said).strip())


def _short_type(kind: str, value: object, where: str, losses: list[Loss]) -> str:
    if kind == "array":
        return _list_of(_short_type("", value, f"{where}[]", losses))
    if kind == "enum":
        choices = " | ".join(json.dumps(str(item), ensure_ascii=False) for item in items(value) if item is not None)
        return optional(choices) if None in items(value) else choices
    if kind == "object" or mapping(value):
        return _record(tuple(_short_fields(mapping(value), where, losses)), where, losses)
    word = str(value).split(",", 1)[0].strip()
    if word not in SIMPLE:
        losses.append(Loss(where, f"the type `{word}` has no counterpart here; it became `json`"))
    return SIMPLE.get(word, "json")
