"""Prompty: YAML front matter and a Jinja body in which a line such as `system:` starts a message."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompts_lang.convert.outline import FileOutline, Input, Loss, Message, ModelOutline, NodeOutline, Port
from prompts_lang.convert.parameters import convert_parameters
from prompts_lang.convert.reading import FrontMatter, items, mapping, plain, read_front_matter
from prompts_lang.convert.schemas import SIMPLE, optional
from prompts_lang.convert.templates import convert_template, loop_variables
from prompts_lang.convert.writing import identifier
from prompts_lang.graph.types import JsonValue

KEPT = frozenset(
    {
        "$schema",
        "kind",
        "name",
        "displayName",
        "description",
        "authors",
        "version",
        "tags",
        "metadata",
        "model",
        "inputs",
        "inputSchema",
        "outputs",
        "outputSchema",
        "sample",
        "template",
    }
)
_ROLE = re.compile(
    r"^[ \t]*#?[ \t]*(system|user|assistant|developer|tool|function)[ \t]*:[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_TURNS = re.compile(
    r"\{%-?\s*for\s+(?P<item>\w+)\s+in\s+(?P<list>[A-Za-z_]\w*)\s*-?%\}\s*"
    r"#?[ \t]*user[ \t]*:[ \t]*\n\s*\{\{\s*(?P=item)\.inputs\.\w+\s*\}\}\s*"
    r"#?[ \t]*assistant[ \t]*:[ \t]*\n\s*\{\{\s*(?P=item)\.outputs\.\w+\s*\}\}\s*"
    r"\{%-?\s*endfor\s*-?%\}[ \t]*\n?",
    re.IGNORECASE,
)
"""A loop over the turns of a conversation, as prompt flow's chat templates write it."""

_ROLES = {"developer": "system", "tool": "user", "function": "user"}
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_ENGINES = frozenset({"jinja2", "mustache", "handlebars", "nunjucks", "prompty"})
"""Template engines, and the parser of roles, whose plain values and lists we read."""

_KEPT_OF_MODEL = frozenset(
    {"api", "id", "provider", "apiType", "configuration", "parameters", "options", "connection", "response"}
)
_KEPT_OF_INPUT = frozenset(
    {"name", "type", "kind", "description", "sample", "example", "required", "items", "properties", "enumValues"}
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
    inputs = tuple(
        Port(name, "chat", declared[name].doc if name in declared else "")
        if type_ == "chat"
        else declared.get(name, Port(name, type_))
        for name, type_ in names.items()
    )
    input_losses += [
        Loss(f"inputs.{name}", "no text uses this input, so it was left out") for name in declared if name not in names
    ]
    outputs = _outputs(source)
    rows, row_losses = _rows(source, declared)
    model, model_losses = _model(mapping(source.head.get("model")))
    unknown = tuple(
        Loss(f"front matter, {key}", "the key has no counterpart here") for key in source.head if key not in KEPT
    ) + tuple(
        Loss(f"metadata.{key}", "the key has no counterpart here")
        for key in mapping(source.head.get("metadata"))
        if key not in ("version", "authors", "tags")
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
    """A body as messages, the names that they use with their types, and what was lost. Text before the first role is a system message.

    A loop over earlier turns, as chat templates have it, is our `history`.
    """
    inside = loop_variables(_TURNS.sub("", body))
    messages: list[Message] = []
    names: dict[str, str] = {}
    losses: list[Loss] = []
    start, first_role = 0, "system"
    for turns in _TURNS.finditer(body):
        _split_part(body[start : turns.start()], first_role, inside, (messages, names, losses))
        messages.append(Message("history", turns["list"]))
        names[turns["list"]] = "chat"
        start, first_role = turns.end(), "user"
    _split_part(body[start:], first_role, inside, (messages, names, losses))
    return tuple(messages), names, tuple(losses)


def _split_part(
    body: str, first_role: str, inside: frozenset[str], found: tuple[list[Message], dict[str, str], list[Loss]]
) -> None:
    messages, names, losses = found
    marks = list(_ROLE.finditer(body))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(body)]
    roles = [first_role, *(mark[1].lower() for mark in marks)]
    for role, start, end in zip(roles, starts, ends, strict=True):
        where = f"the {role} message"
        converted = convert_template(body[start:end], where, inside)
        losses.extend(converted.losses)
        losses.extend(
            Loss(where, f"`{image}` is an image; messages are text here") for image in _IMAGE.findall(body[start:end])
        )
        if role in ("tool", "function"):
            losses.append(Loss(where, f"the role `{role}` is no role here; its text became a user message"))
        if converted.text.strip():
            names.update({name: type_ for name, type_ in converted.names.items() if names.get(name) != "chat"})
            messages.append(Message(_ROLES.get(role, role), converted.text))


def _inputs(source: FrontMatter) -> tuple[dict[str, Port], list[Loss]]:
    ports: dict[str, Port] = {}
    losses: list[Loss] = []
    for name, value in _entries(source, "inputs", "inputSchema").items():
        field = mapping(value)
        type_ = _type(value)
        doc = str(field.get("description") or "")
        ports[name] = Port(name, optional(type_) if field.get("required") is False else type_, doc)
        losses += [
            Loss(f"inputs.{name}.{key}", "the key has no counterpart here")
            for key in field
            if key not in _KEPT_OF_INPUT
        ]
    return ports, losses


def _entries(source: FrontMatter, *keys: str) -> dict[str, Any]:
    """Inputs or outputs by name, however they are listed: by name, as a list, or as the properties of a schema."""
    written: Any = next((source.head[key] for key in keys if source.head.get(key) is not None), None)
    if "properties" in mapping(written):
        written = mapping(written)["properties"]
    listed = {str(entry.get("name")): entry for entry in map(mapping, items(written))}
    return listed or {str(name): value for name, value in mapping(written).items()}


def _doc(head: Mapping[str, Any]) -> str:
    """The description, and who wrote the file, as a documentation comment."""
    lines = [str(head.get(key) or "") for key in ("displayName", "description")]
    for key in ("version", "authors", "tags"):
        if (value := head.get(key, mapping(head.get("metadata")).get(key))) is not None:
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
    field = mapping(value)
    kind = field.get("type", field.get("kind"))
    choices = [choice for choice in items(field.get("enumValues")) if isinstance(choice, str)]
    if choices:
        return " | ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
    if kind == "array" and mapping(field.get("items")):
        return f"list[{_type(field['items'])}]"
    inner = {str(entry.get("name")): entry for entry in map(mapping, items(field.get("properties")))}
    inner = inner or {str(name): entry for name, entry in mapping(field.get("properties")).items()}
    if kind == "object" and inner and all(name.isidentifier() for name in inner):
        return "{" + ", ".join(f"{name}: {_type(entry)}" for name, entry in inner.items()) + "}"
    return SIMPLE.get(str(kind), "text")


def _outputs(source: FrontMatter) -> tuple[Port, ...]:
    entries = _entries(source, "outputs", "outputSchema")
    ports = tuple(
        Port(identifier(name, "answer"), _type(value), str(mapping(value).get("description") or ""))
        for name, value in entries.items()
    )
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
    fields = _entries(source, "inputs", "inputSchema")
    at_inputs = {name: _sample(mapping(fields.get(name))) for name in declared}
    sample = {name: value for name, value in at_inputs.items() if value is not None} | dict(mapping(written))
    return ({str(name): plain(value) for name, value in sample.items()},) if sample else (), ()


def _sample(field: Mapping[str, Any]) -> Any:
    return field.get("sample", field.get("example"))
