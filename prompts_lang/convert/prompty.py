"""Prompty: YAML front matter and a Jinja body in which a line such as `system:` starts a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompts_lang.convert.outline import FileOutline, Input, Loss, Message, ModelOutline, NodeOutline, Port
from prompts_lang.convert.parameters import convert_parameters
from prompts_lang.convert.reading import FrontMatter, items, mapping, plain, read_front_matter
from prompts_lang.convert.schemas import SIMPLE
from prompts_lang.convert.templates import convert_template
from prompts_lang.convert.writing import identifier
from prompts_lang.graph.types import JsonValue

KEPT = frozenset(
    {"name", "description", "authors", "version", "tags", "model", "inputs", "outputs", "sample", "template"}
)
_ROLE = re.compile(r"^[ \t]*#?[ \t]*(system|user|assistant|developer)[ \t]*:[ \t]*$", re.MULTILINE | re.IGNORECASE)
_PROVIDERS = {
    "azure_openai": "azure",
    "azure": "azure",
    "openai": "openai",
    "azure_serverless": "azure_ai",
    "anthropic": "anthropic",
}


def convert(path: Path) -> FileOutline:
    """Converts one file.

    Raises:
        FileError: it cannot be read.
    """
    source = read_front_matter(path)
    messages, names, losses = split_roles(source.body)
    declared = _inputs(source)
    inputs = tuple(declared.get(name, Port(name)) for name in names)
    outputs = _outputs(source)
    model, model_losses = _model(mapping(source.head.get("model")))
    unknown = tuple(
        Loss(f"front matter, {key}", "the key has no counterpart here") for key in source.head if key not in KEPT
    )
    node = NodeOutline(
        "reply", tuple(Input(port.name) for port in inputs), outputs, model=model.name, messages=messages
    )
    return FileOutline(
        identifier(str(source.head.get("name") or path.stem), "prompt"),
        inputs,
        tuple((port.name, f"reply.{port.name}") for port in outputs),
        (node,),
        models=(model,),
        rows=_rows(source),
        doc=str(source.head.get("description") or ""),
        losses=(*unknown, *model_losses, *losses),
    )


def split_roles(body: str) -> tuple[tuple[Message, ...], tuple[str, ...], tuple[Loss, ...]]:
    """A body as messages, the names that they use, and what was lost. Text before the first role is a system message."""
    marks = list(_ROLE.finditer(body))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(body)]
    roles = ["system", *(mark[1].lower() for mark in marks)]
    messages: list[Message] = []
    names: dict[str, None] = {}
    losses: list[Loss] = []
    for role, start, end in zip(roles, starts, ends, strict=True):
        converted = convert_template(body[start:end], f"the {role} message")
        losses.extend(converted.losses)
        if converted.text.strip():
            names.update(dict.fromkeys(converted.names))
            messages.append(Message("system" if role == "developer" else role, converted.text))
    return tuple(messages), tuple(names), tuple(losses)


def _inputs(source: FrontMatter) -> dict[str, Port]:
    written: Any = source.head.get("inputs")
    entries = {str(entry.get("name")): entry for entry in map(mapping, items(written))} or mapping(written)
    return {str(name): Port(str(name), _type(value)) for name, value in entries.items()}


def _type(value: object) -> str:
    kind = mapping(value).get("type", mapping(value).get("kind"))
    return SIMPLE.get(str(kind), "text")


def _outputs(source: FrontMatter) -> tuple[Port, ...]:
    written: Any = source.head.get("outputs")
    entries = {str(entry.get("name")): entry for entry in map(mapping, items(written))} or mapping(written)
    ports = tuple(Port(identifier(str(name), "answer"), _type(value)) for name, value in entries.items())
    return ports or (Port("answer"),)


def _model(head: Mapping[str, Any]) -> tuple[ModelOutline, tuple[Loss, ...]]:
    configuration = mapping(head.get("configuration"))
    provider = str(head.get("provider") or configuration.get("type") or "openai")
    name = (
        head.get("id")
        or configuration.get("azure_deployment")
        or configuration.get("name")
        or configuration.get("model")
    )
    losses: list[Loss] = []
    if name is None:
        losses.append(Loss("model", "the file names no model; `openai/gpt-4o-mini` stands in its place"))
        provider, name = "openai", "gpt-4o-mini"
    refused = ("api_key", "azure_endpoint", "organization", "base_url", "endpoint")
    losses += [
        Loss(f"model.configuration.{key}", "keys and addresses come from the environment, or from `base`")
        for key in refused
        if key in configuration
    ]
    if head.get("connection"):
        losses.append(Loss("model.connection", "connections come from the environment, as LiteLLM names them"))
    parameters = mapping(head.get("parameters")) or mapping(head.get("options"))
    properties, lost = convert_parameters(parameters, "model.parameters")
    return ModelOutline("model_", f"{_PROVIDERS.get(provider, provider)}/{name}", properties), (*losses, *lost)


def _rows(source: FrontMatter) -> tuple[dict[str, JsonValue], ...]:
    sample = mapping(source.head.get("sample"))
    return ({str(name): plain(value) for name, value in sample.items()},) if sample else ()
