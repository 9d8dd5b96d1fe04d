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
    {"$schema", "name", "description", "authors", "version", "tags", "model", "inputs", "outputs", "sample", "template"}
)
_ROLE = re.compile(
    r"^[ \t]*#?[ \t]*(system|user|assistant|developer|tool|function)[ \t]*:[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_ROLES = {"developer": "system", "tool": "user", "function": "user"}
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_ENGINES = frozenset({"jinja2", "mustache", "handlebars", "nunjucks", "prompty"})
"""Template engines, and the parser of roles, whose plain values and lists we read."""

_KEPT_OF_MODEL = frozenset(
    {"api", "id", "provider", "apiType", "configuration", "parameters", "options", "connection", "response"}
)
_KEPT_OF_CONFIGURATION = frozenset({"type", "azure_deployment", "name", "model"})
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
    declared, input_losses = _inputs(source)
    inputs = tuple(declared.get(name, Port(name, type_)) for name, type_ in names.items())
    input_losses += [
        Loss(f"inputs.{name}", "no text uses this input, so it was left out") for name in declared if name not in names
    ]
    outputs = _outputs(source)
    rows, row_losses = _rows(source, declared)
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
        rows=rows,
        doc=_doc(source.head),
        losses=(*unknown, *_template_losses(source), *model_losses, *input_losses, *row_losses, *losses),
    )


def split_roles(body: str) -> tuple[tuple[Message, ...], dict[str, str], tuple[Loss, ...]]:
    """A body as messages, the names that they use with their types, and what was lost. Text before the first role is a system message."""
    marks = list(_ROLE.finditer(body))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(body)]
    roles = ["system", *(mark[1].lower() for mark in marks)]
    messages: list[Message] = []
    names: dict[str, str] = {}
    losses: list[Loss] = []
    for role, start, end in zip(roles, starts, ends, strict=True):
        where = f"the {role} message"
        converted = convert_template(body[start:end], where)
        losses.extend(converted.losses)
        losses.extend(
            Loss(where, f"`{image}` is an image; messages are text here") for image in _IMAGE.findall(body[start:end])
        )
        if role in ("tool", "function"):
            losses.append(Loss(where, f"the role `{role}` is no role here; its text became a user message"))
        if converted.text.strip():
            names.update(converted.names)
            messages.append(Message(_ROLES.get(role, role), converted.text))
    return tuple(messages), names, tuple(losses)


def _inputs(source: FrontMatter) -> tuple[dict[str, Port], list[Loss]]:
    written: Any = source.head.get("inputs")
    entries = {str(entry.get("name")): entry for entry in map(mapping, items(written))} or mapping(written)
    ports: dict[str, Port] = {}
    losses: list[Loss] = []
    for name, value in entries.items():
        field = mapping(value)
        ports[str(name)] = Port(str(name), _type(value), str(field.get("description") or ""))
        losses += [
            Loss(f"inputs.{name}.{key}", "the key has no counterpart here")
            for key in field
            if key not in ("name", "type", "kind", "description", "sample", "required")
        ]
    return ports, losses


def _doc(head: Mapping[str, Any]) -> str:
    """The description, and who wrote the file, as a documentation comment."""
    lines = [str(head.get("description") or "")]
    for key in ("version", "authors", "tags"):
        if (value := head.get(key)) is not None:
            words = ", ".join(map(str, items(value))) or str(value)
            lines.append(f"{key.capitalize()}: {words}")
    return "\n".join(line for line in lines if line)


def _template_losses(source: FrontMatter) -> tuple[Loss, ...]:
    written: Any = source.head.get("template")
    names = [written] if isinstance(written, str) else [mapping(written).get("type"), mapping(written).get("parser")]
    names += [mapping(mapping(written).get(key)).get("kind") for key in ("format", "parser")]
    return tuple(
        Loss("template", f"`{name}` is no template language that is read here")
        for name in names
        if isinstance(name, str) and name not in _ENGINES
    )


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
    api = head.get("api") or head.get("apiType") or "chat"
    if api != "chat":
        losses.append(Loss("model.api", f"`{api}` has no counterpart here: every call is a chat"))
    if head.get("response") not in (None, "first"):
        losses.append(Loss("model.response", "a node gives the text of the reply, and nothing else of it"))
    losses += [
        Loss(f"model.configuration.{key}", "keys and addresses come from the environment, or from `base`")
        for key in configuration
        if key not in _KEPT_OF_CONFIGURATION
    ]
    losses += [Loss(f"model.{key}", "the key has no counterpart here") for key in head if key not in _KEPT_OF_MODEL]
    if head.get("connection"):
        losses.append(Loss("model.connection", "connections come from the environment, as LiteLLM names them"))
    parameters = mapping(head.get("parameters")) or mapping(head.get("options"))
    properties, lost = convert_parameters(parameters, "model.parameters")
    return ModelOutline("model_", f"{_PROVIDERS.get(provider, provider)}/{name}", properties), (*losses, *lost)


def _rows(
    source: FrontMatter, declared: Mapping[str, Port]
) -> tuple[tuple[dict[str, JsonValue], ...], tuple[Loss, ...]]:
    """The sample as one row, whether it stands in one place or at each input."""
    written: Any = source.head.get("sample")
    if written is not None and not mapping(written):
        return (), (Loss("sample", "only a sample that stands in the file itself is kept"),)
    fields = mapping(source.head.get("inputs"))
    at_inputs = {name: mapping(fields.get(name)).get("sample") for name in declared}
    sample = {name: value for name, value in at_inputs.items() if value is not None} | dict(mapping(written))
    return ({str(name): plain(value) for name, value in sample.items()},) if sample else (), ()
