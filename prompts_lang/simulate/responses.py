"""OpenAI's newer Responses API, as far as one text reply goes: some tools speak nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prompts_lang.simulate.request import SimulatedReply, SimulatedRequest, read_request
from prompts_lang.simulate.service import identity
from prompts_lang.simulate.shapes import is_array, is_object


def read_response_request(body: Mapping[str, Any]) -> SimulatedRequest:
    """Reads a request of `/v1/responses`.

    Raises:
        ValueError: there is no input, or a message without a role.
    """
    messages: list[Mapping[str, Any]] = []
    if instructions := body.get("instructions"):
        messages.append({"role": "system", "content": instructions})
    given: object = body.get("input")
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
    elif is_array(given):
        messages += [
            {**message, "content": _content(message.get("content"))} for message in given if is_object(message)
        ]
    options = {"seed": body.get("seed"), "max_tokens": body.get("max_output_tokens"), "response_format": _format(body)}
    return read_request(str(body.get("model", "")), messages, options)


def response(answered: SimulatedReply, request: SimulatedRequest, *, created: int) -> Mapping[str, Any]:
    """A reply as the JSON of `/v1/responses`. `created` is in seconds since 1970."""
    name = identity(answered, request)
    cut = answered.finish == "length"
    text: Mapping[str, Any] = {"type": "output_text", "text": answered.text, "annotations": []}
    message: Mapping[str, Any] = {
        "id": f"msg-{name}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    return {
        "id": f"resp-simulated-{name}",
        "object": "response",
        "created_at": created,
        "model": request.model,
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "instructions": None,
        "metadata": {"system_fingerprint": "simulated"},
        "output": [message],
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "tools": [],
        "usage": {
            "input_tokens": answered.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": answered.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": answered.prompt_tokens + answered.completion_tokens,
        },
    }


def _content(content: object) -> object:
    """The content of a message with its parts named as in chat completions."""
    if not is_array(content):
        return content
    return [{"type": "text", "text": part.get("text", "")} for part in content if is_object(part) and "text" in part]


def _format(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """`text.format` in the shape of chat completions, where the schema stands one level deeper."""
    text = body.get("text")
    wanted = text.get("format") if is_object(text) else None
    if not is_object(wanted):
        return None
    if wanted.get("type") == "json_schema":
        return {"type": "json_schema", "json_schema": {"schema": wanted.get("schema")}}
    return wanted
