"""dotprompt: YAML front matter and a Handlebars body in which `{{role "…"}}` switches the message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompts_lang.convert.outline import FileOutline, Input, Loss, Message, ModelOutline, NodeOutline, Port
from prompts_lang.convert.parameters import convert_parameters
from prompts_lang.convert.reading import FrontMatter, mapping, plain, read_front_matter
from prompts_lang.convert.schemas import ports_of
from prompts_lang.convert.templates import convert_template
from prompts_lang.convert.writing import identifier
from prompts_lang.graph.types import JsonValue

KEPT = frozenset({"model", "config", "input", "output", "name", "description"})
_SWITCH = re.compile(r"\{\{\s*(?:role\s+[\"'](?P<role>\w+)[\"']|(?P<history>history))\s*\}\}")
_PROVIDERS = {"googleai": "gemini", "vertexai": "vertex_ai"}
_ROLES = {"system": "system", "user": "user", "model": "assistant", "assistant": "assistant"}


def convert(path: Path) -> FileOutline:
    """Converts one file.

    Raises:
        FileError: it cannot be read.
    """
    source = read_front_matter(path)
    name = identifier(str(source.head.get("name") or path.name.split(".", 1)[0]), "prompt")
    messages, names, losses = _messages(source.body)
    inputs, schema_losses = _inputs(source, names)
    outputs, output_losses = _outputs(source)
    model, model_losses = _model(source)
    unknown = tuple(
        Loss(f"front matter, {key}", "the key has no counterpart here") for key in source.head if key not in KEPT
    )
    node = NodeOutline(
        "reply",
        tuple(Input(port.name) for port in inputs),
        outputs,
        model=model.name,
        messages=messages,
    )
    return FileOutline(
        name,
        inputs,
        tuple((port.name, f"reply.{port.name}") for port in outputs),
        (node,),
        models=(model,),
        rows=_rows(source),
        doc=str(source.head.get("description") or ""),
        losses=(*unknown, *model_losses, *schema_losses, *output_losses, *losses),
    )


def _messages(body: str) -> tuple[tuple[Message, ...], dict[str, str], tuple[Loss, ...]]:
    """The messages in order, the names that they use with their types, and what was lost."""
    messages: list[Message] = []
    losses: list[Loss] = []
    names: dict[str, str] = {}
    role, position = "user", 0
    pieces: list[tuple[str, str]] = []
    for match in _SWITCH.finditer(body):
        pieces.append((role, body[position : match.start()]))
        position = match.end()
        if match["history"]:
            pieces.append(("history", ""))
        else:
            role = _ROLES.get(match["role"], "user")
            if match["role"] not in _ROLES:
                losses.append(
                    Loss("body", f"the role `{match['role']}` is no role here; its text became a user message")
                )
    pieces.append((role, body[position:]))
    for role, text in pieces:
        if role == "history":
            names["history"] = "chat"
            messages.append(Message("history", "history"))
            continue
        converted = convert_template(text, f"the {role} message")
        losses.extend(converted.losses)
        if converted.text.strip():
            names.update(converted.names)
            messages.append(Message(role, converted.text))
    return tuple(messages), names, tuple(losses)


def _inputs(source: FrontMatter, used: Mapping[str, str]) -> tuple[tuple[Port, ...], tuple[Loss, ...]]:
    written = mapping(source.head.get("input"))
    declared, losses = ports_of(written.get("schema"), "input.schema")
    if written.get("default"):
        losses = (*losses, Loss("input.default", "an input has no default here; the values became a row"))
    known = {port.name: port for port in declared}
    ports = [known.get(name, Port(name, type_)) for name, type_ in used.items()]
    unused = tuple(
        Loss(f"input.schema.{name}", "no text uses this input, so it was left out")
        for name in known
        if name not in used
    )
    return tuple(ports), (*losses, *unused)


def _outputs(source: FrontMatter) -> tuple[tuple[Port, ...], tuple[Loss, ...]]:
    output = mapping(source.head.get("output"))
    ports, losses = ports_of(output.get("schema"), "output.schema")
    form = output.get("format")
    if form not in (None, "json", "text"):
        losses = (*losses, Loss("output.format", f"the format `{form}` has no counterpart here"))
    return ports or (Port("answer", "json" if form == "json" else "text"),), losses


def _model(source: FrontMatter) -> tuple[ModelOutline, tuple[Loss, ...]]:
    written: Any = source.head.get("model")
    losses: tuple[Loss, ...] = ()
    if not isinstance(written, str):
        losses = (Loss("model", "the file names no model; `openai/gpt-4o-mini` stands in its place"),)
        written = "openai/gpt-4o-mini"
    properties, lost = convert_parameters(mapping(source.head.get("config")), "config")
    return ModelOutline("model_", _litellm_id(written), properties), (*losses, *lost)


def _litellm_id(name: str) -> str:
    """The model's id as LiteLLM knows it."""
    provider, slash, model = name.partition("/")
    return f"{_PROVIDERS.get(provider, provider)}{slash}{model}"


def _rows(source: FrontMatter) -> tuple[dict[str, JsonValue], ...]:
    defaults = mapping(mapping(source.head.get("input")).get("default"))
    return ({str(name): plain(value) for name, value in defaults.items()},) if defaults else ()
