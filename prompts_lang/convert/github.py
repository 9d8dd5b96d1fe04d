"""GitHub's `.prompt.yml`: messages, a model, test data and evaluators in one YAML file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prompts_lang.convert.outline import FileOutline, Input, Loss, Message, ModelOutline, NodeOutline, Port
from prompts_lang.convert.parameters import convert_parameters
from prompts_lang.convert.reading import items, mapping, plain, read_text, read_yaml
from prompts_lang.convert.schemas import ports_of
from prompts_lang.convert.templates import convert_template
from prompts_lang.convert.writing import identifier
from prompts_lang.graph.types import JsonValue

KEPT = frozenset(
    {
        "name",
        "description",
        "model",
        "modelParameters",
        "messages",
        "testData",
        "evaluators",
        "responseFormat",
        "jsonSchema",
    }
)


def convert(path: Path) -> FileOutline:
    """Converts one file.

    Raises:
        FileError: it cannot be read.
    """
    source = read_yaml(read_text(path), path)
    messages, names, losses = _messages(source)
    rows = tuple(_rows(source))
    outputs, output_losses = _outputs(source)
    model, model_losses = _model(source)
    metric, metric_losses = _metric(source, outputs[0].name)
    unknown = tuple(Loss(str(key), "the key has no counterpart here") for key in source if key not in KEPT)
    node = NodeOutline("reply", tuple(Input(name) for name in names), outputs, model=model.name, messages=messages)
    return FileOutline(
        identifier(str(source.get("name") or path.name.split(".", 1)[0]), "prompt"),
        tuple(Port(name, type_) for name, type_ in names.items()),
        tuple((port.name, f"reply.{port.name}") for port in outputs),
        (node,),
        models=(model,),
        rows=rows,
        expect=("expected",) if any("expected" in row for row in rows) else (),
        metric=metric,
        doc=str(source.get("description") or ""),
        losses=(*unknown, *model_losses, *output_losses, *metric_losses, *losses),
    )


def _messages(source: Mapping[str, Any]) -> tuple[tuple[Message, ...], dict[str, str], tuple[Loss, ...]]:
    messages: list[Message] = []
    names: dict[str, str] = {}
    losses: list[Loss] = []
    for number, message in enumerate(map(mapping, items(source.get("messages"))), 1):
        role = str(message.get("role"))
        converted = convert_template(str(message.get("content") or ""), f"message {number}")
        losses.extend(converted.losses)
        if role not in ("system", "user", "assistant"):
            losses.append(Loss(f"message {number}", f"the role `{role}` is no role here; it became a user message"))
            role = "user"
        names.update(converted.names)
        messages.append(Message(role, converted.text))
    return tuple(messages), names, tuple(losses)


def _rows(source: Mapping[str, Any]) -> Iterator[dict[str, JsonValue]]:
    for row in map(mapping, items(source.get("testData"))):
        yield {identifier(str(name), "value"): plain(value) for name, value in row.items()}


def _outputs(source: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Loss, ...]]:
    written: Any = source.get("jsonSchema")
    if isinstance(written, str):
        try:
            written = json.loads(written)
        except ValueError:
            return (Port("answer", "json"),), (Loss("jsonSchema", "the schema is no valid JSON"),)
    schema = mapping(mapping(written).get("schema")) or mapping(written)
    ports, losses = ports_of(schema, "jsonSchema") if schema else ((), ())
    form = source.get("responseFormat")
    if form not in (None, "text", "json_object", "json_schema"):
        losses = (*losses, Loss("responseFormat", f"the format `{form}` has no counterpart here"))
    return ports or (Port("answer", "text" if form in (None, "text") else "json"),), losses


def _model(source: Mapping[str, Any]) -> tuple[ModelOutline, tuple[Loss, ...]]:
    name = source.get("model")
    losses = (
        ()
        if isinstance(name, str)
        else (Loss("model", "the file names no model; `openai/gpt-4o-mini` stands in its place"),)
    )
    properties, lost = convert_parameters(mapping(source.get("modelParameters")), "modelParameters")
    written = name if isinstance(name, str) else "openai/gpt-4o-mini"
    return ModelOutline("model_", written if "/" in written else f"openai/{written}", properties), (*losses, *lost)


def _metric(source: Mapping[str, Any], output: str) -> tuple[tuple[str, str] | None, tuple[Loss, ...]]:
    """The first evaluator that we can compute; the others are losses."""
    metric: tuple[str, str] | None = None
    losses: list[Loss] = []
    for number, evaluator in enumerate(map(mapping, items(source.get("evaluators"))), 1):
        where = f"evaluators, {evaluator.get('name') or number}"
        builtin = _builtin(mapping(evaluator.get("string")))
        if builtin is not None and metric is None:
            metric = (output, builtin)
        elif builtin is None:
            losses.append(
                Loss(
                    where, "the evaluator has no counterpart here; write a metric `judged by MODEL`, or one from a file"
                )
            )
        else:
            losses.append(Loss(where, "a file has one metric here; the first evaluator was kept"))
    return metric, tuple(losses)


def _builtin(test: Mapping[str, Any]) -> str | None:
    expected = "{{expected}}"
    if test.get("contains") == expected:
        return "contains"
    return "exact" if test.get("equals") == expected else None
