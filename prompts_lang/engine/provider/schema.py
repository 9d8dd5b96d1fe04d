"""Asking for JSON: through the provider's own structured output, or in words where it has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from prompts_lang.engine.provider.model import ChatMessage, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.graph.types import JsonValue

_ASK: Final = "Reply with one JSON value that satisfies this JSON Schema, and with nothing else:"


def response_format(schema: JsonValue) -> dict[str, Any]:
    """Returns the `response_format` that asks for a reply of this schema, strictly where the schema allows it."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": schema, "strict": _allows_strict(schema)},
    }


def in_words(messages: tuple[ChatMessage, ...], schema: JsonValue) -> tuple[ChatMessage, ...]:
    """Returns the conversation with the schema asked for at the end of its system message."""
    request = f"{_ASK}\n{json.dumps(schema, ensure_ascii=False)}"
    if messages and messages[0].role is Role.SYSTEM:
        return (ChatMessage(Role.SYSTEM, f"{messages[0].content}\n\n{request}"), *messages[1:])
    return (ChatMessage(Role.SYSTEM, request), *messages)


def _allows_strict(schema: JsonValue) -> bool:
    """Whether every object in `schema` is closed and requires all that it has, which strict modes demand."""
    waiting: list[JsonValue] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        if not isinstance(part, dict):
            continue
        if part.get("type") == "object" or "properties" in part:
            properties = cast("Mapping[str, JsonValue]", part.get("properties") or {})
            required = cast("list[str]", part.get("required") or [])
            if part.get("additionalProperties") is not False or set(required) != set(properties):
                return False
        waiting.extend(part.values())
    return True
