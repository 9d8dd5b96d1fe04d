"""Types out of JSON schemas and of dotprompt's short form for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from prompts_lang.convert.outline import Loss, Port
from prompts_lang.convert.reading import items, mapping

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


def ports_of(schema: Mapping[str, Any], where: str) -> tuple[tuple[Port, ...], tuple[Loss, ...]]:
    """The fields of an object schema, written as JSON schema or in the short form."""
    if schema.get("type") == "object" and "properties" in schema:
        required = set(items(schema.get("required")))
        fields = {str(name): type_of(mapping(field)) for name, field in mapping(schema["properties"]).items()}
        optional = {name for name in fields if required and name not in required}
        return tuple(Port(name, f"{type_}?" if name in optional else type_) for name, type_ in fields.items()), ()
    ports: list[Port] = []
    losses: list[Loss] = []
    for key, value in schema.items():
        name, kind = _short_name(str(key))
        if name is None:
            losses.append(Loss(f"{where}.{key}", "the field's name is not one that the language takes"))
            continue
        type_ = _short_type(kind, value)
        ports.append(Port(name, f"{type_}?" if str(key).split("(")[0].endswith("?") else type_))
    return tuple(ports), tuple(losses)


def type_of(schema: Mapping[str, Any]) -> str:
    """The type that a JSON schema describes; `json` for what we cannot say more exactly."""
    values = items(schema.get("enum"))
    if values and all(isinstance(value, str) for value in values):
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
    kind = schema.get("type")
    if kind == "array":
        inner = type_of(mapping(schema.get("items"))) if schema.get("items") else "json"
        return f"list[{inner}]" if "|" not in inner else "list[text]"
    if kind == "object" and "properties" in schema:
        fields = (f"{name}: {type_of(mapping(field))}" for name, field in mapping(schema["properties"]).items())
        return "{" + ", ".join(fields) + "}"
    return SIMPLE.get(str(kind), "json")


def _short_name(key: str) -> tuple[str | None, str]:
    """`tags?(array, what they are)` as its name and its kind."""
    match = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)\??(?:\((\w+)[^)]*\))?", key)
    return (None, "") if match is None else (match[1], match[2] or "")


def _short_type(kind: str, value: Any) -> str:
    if kind == "array":
        inner = _short_type("", value)
        return f"list[{inner}]" if "|" not in inner else "list[text]"
    if kind == "enum":
        return " | ".join(json.dumps(str(item), ensure_ascii=False) for item in items(value))
    if kind == "object" or mapping(value):
        ports, _ = ports_of(mapping(value), "")
        return "{" + ", ".join(f"{port.name}: {port.type}" for port in ports) + "}"
    word = str(value).split(",", 1)[0].strip()
    return SIMPLE.get(word, "json")
