"""The JSON schema that a request asks its reply to fit: found where it stands, and filled by the meaning of its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from prompts_lang.simulate.request import SimulatedRequest
from prompts_lang.simulate.shapes import is_array, is_object

Schema = Mapping[str, Any]


def requested_schema(request: SimulatedRequest) -> Schema | None:
    """The schema of `response_format`, else the last JSON schema with properties that stands in the text, else None."""
    if request.schema is not None:
        return request.schema
    found = [value for value in json_values(request.text) if is_object(value) and _is_schema(value)]
    return found[-1] if found else None


def json_values(text: str) -> Iterator[Any]:
    """Every outermost JSON object in a text, in order."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            position = text.find("{", position + 1)
            continue
        yield value
        position = text.find("{", end)


def properties(schema: Schema | None) -> Mapping[str, Schema]:
    """The properties of an object schema; none for anything else."""
    found = (schema or {}).get("properties")
    return found if is_object(found) else {}


def items(schema: Schema | None) -> Mapping[str, Schema]:
    """The properties of an array schema's items."""
    found = (schema or {}).get("items")
    return properties(found) if is_object(found) else {}


def choices(schema: Schema | None) -> tuple[str, ...]:
    """The texts of an `enum` or a `const`."""
    schema = schema or {}
    found: list[Any] = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return tuple(str(choice) for choice in found)


def resolve(schema: Schema) -> Schema:
    """The schema with its local `$ref`s put in place, so that it can be read without looking elsewhere."""
    definitions: Mapping[str, Any] = {**schema.get("$defs", {}), **schema.get("definitions", {})}
    resolved: Schema = _resolve(schema, definitions, depth=0)
    return resolved


def fill(schema: Schema, values: Mapping[str, Any]) -> Any:
    """A value that fits the schema: known fields by name, the others as empty as their type allows."""
    if found := choices(schema):
        return found[0]
    match schema.get("type"):
        case "object":
            return {
                name: _fit(part, values[name]) if name in values else fill(part, {})
                for name, part in properties(schema).items()
            }
        case "array":
            return []
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return ""


def _fit(schema: Schema, value: Any) -> Any:
    kind = schema.get("type")
    text = str(value).strip()
    if kind == "string":
        options = choices(schema)
        return value if not options or text in options else options[0]
    if kind in ("integer", "number") and isinstance(value, str):
        match = re.search(r"-?\d+(?:\.\d+)?", text)
        number = float(match[0]) if match else 0.0
        return int(number) if kind == "integer" else number
    if kind == "boolean" and isinstance(value, str):
        return text.lower() in ("true", "yes", "1")
    if kind == "array" and isinstance(value, str):
        return [line.strip("- ") for line in value.splitlines() if line.strip()]
    return value


def _is_schema(value: Mapping[str, Any]) -> bool:
    return is_object(value.get("properties")) or value.get("type") in ("object", "array")


def _resolve(value: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    if depth > 32:
        return {}
    if is_object(value):
        reference = value.get("$ref")
        if isinstance(reference, str):
            return _resolve(definitions.get(reference.rpartition("/")[2], {}), definitions, depth + 1)
        return {name: _resolve(each, definitions, depth + 1) for name, each in value.items()}
    if is_array(value):
        return [_resolve(each, definitions, depth + 1) for each in value]
    return value
