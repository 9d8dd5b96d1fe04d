"""Writes an outline down as a `.prompt` file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from prompts_lang.convert.outline import FileOutline, Input, NodeOutline, Port
from prompts_lang.graph.types import JsonValue
from prompts_lang.syntax.write import canonical_text


def write(outline: FileOutline) -> str:
    """The text of the file, in canonical form; losses stand at the top as comments."""
    blocks = [_head(outline), *_models(outline), *_data(outline), _graph(outline)]
    blocks.extend(_node(node) for node in outline.nodes)
    if outline.metric is not None:
        output, builtin = outline.metric
        blocks.append(f"metric score({output}, expected) = {builtin}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(outline: FileOutline) -> str:
    lines = [f"# {line}" for line in outline.doc.splitlines() if line.strip()]
    lines += [f"# Not carried over: {' '.join(str(loss).split())}" for loss in outline.losses]
    return "\n".join([*lines, "", "language 1"] if lines else ["language 1"])


def _models(outline: FileOutline) -> Iterator[str]:
    for model in outline.models:
        lines = [f"model {model.name} = {json.dumps(model.id, ensure_ascii=False)}"]
        lines += [f"  {name} {_values(value)}" for name, value in model.properties]
        yield "\n".join(lines)


def _data(outline: FileOutline) -> Iterator[str]:
    if not outline.rows:
        return
    lines = ["dataset rows", *([f"  expect {', '.join(outline.expect)}"] if outline.expect else [])]
    lines += [f"  case {_case(row)}" for row in outline.rows]
    yield "\n".join(lines)


def _case(row: Mapping[str, JsonValue]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in row.items())


def _values(value: JsonValue) -> str:
    """The value of a property; several stand between commas."""
    return ", ".join(map(_value, value)) if isinstance(value, list) else _value(value)


def _value(value: JsonValue) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_value(item)}" for name, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _graph(outline: FileOutline) -> str:
    told = {
        port.name: port.doc for port in (*outline.inputs, *(port for node in outline.nodes for port in node.outputs))
    }
    docs = [f"# {name}: {' '.join(doc.split())}" for name, doc in told.items() if doc]
    inputs = ", ".join(map(_port, outline.inputs))
    outputs = ", ".join(f"{name} = {source}" for name, source in outline.outputs)
    return "\n".join((*docs, f"graph {outline.name}({inputs}) -> {outputs}"))


def _port(port: Port) -> str:
    return f"{port.name}: {port.type}"


def _input(input_: Input) -> str:
    return input_.name if input_.source is None else f"{input_.name} = {input_.source}"


def _node(node: NodeOutline) -> str:
    kind = "llm" if node.run is None else "code"
    lines = [f"# {line}" for line in node.doc.splitlines() if line.strip()]
    lines.append(f"{kind} {node.name}({', '.join(map(_input, node.inputs))}) -> {', '.join(map(_port, node.outputs))}")
    if node.when is not None:
        lines.append(f"  when {node.when}")
    if node.run is not None:
        lines.append(f"  run {json.dumps(node.run)}")
    if node.model is not None:
        lines.append(f"  model {node.model}")
    learned = next((number for number, message in enumerate(node.messages) if message.role == "system"), None)
    for number, message in enumerate(node.messages):
        if message.role == "history":
            lines.append(f"  history {message.text}")
        else:
            lines += _section(message.role, message.text, learn=number == learned)
    return "\n".join(lines)


def _section(role: str, text: str, *, learn: bool) -> list[str]:
    head = f"  {'learn ' if learn else ''}{role}:"
    lines = canonical_text(text).split("\n")
    if len(lines) == 1:
        return [f"{head} {lines[0]}".rstrip()]
    return [head, *(f"    {line}" if line else "" for line in lines)]


def identifier(text: str, default: str) -> str:
    """A name that the language takes, made from any text."""
    words = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    if not words:
        return default
    return words if not words[0].isdigit() else f"_{words}"
