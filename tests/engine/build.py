"""Builds graphs by hand, as the loader would make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prompts_lang.data.dataset import Row
from prompts_lang.data.splitting import Split
from prompts_lang.graph.model import (
    CallBody,
    CodeBody,
    Corpus,
    Graph,
    GraphOutput,
    Kind,
    LlmBody,
    Model,
    Node,
    NodeInput,
    Port,
    Reference,
    Repeat,
    RetrieveBody,
    Section,
    Source,
)
from prompts_lang.graph.template import parse_template
from prompts_lang.graph.types import TextType, Type

TEXT = TextType()
MODEL = Model("student", "fake/student", retries=0, concurrency=1000)
FILE = Path("/nowhere/test.prompt")


def reference(written: str) -> Reference:
    """`node.output` or `input`."""
    node, dot, output = written.rpartition(".")
    return Reference(node if dot else None, output)


def source(written: str) -> Source:
    return Source(tuple(reference(part) for part in written.split(" else ")))


def inputs(wiring: dict[str, str], types: dict[str, Type] | None = None) -> tuple[NodeInput, ...]:
    return tuple(NodeInput(name, (types or {}).get(name, TEXT), source(place)) for name, place in wiring.items())


def ports(**types: Type) -> tuple[Port, ...]:
    return tuple(Port(name, type_) for name, type_ in types.items())


def section(role: str, text: str, *, learn: bool = False) -> Section:
    return Section(role, role, parse_template(text), learn)


def llm(
    name: str,
    wiring: dict[str, str],
    *,
    user: str | None = None,
    system: str | None = None,
    outputs: tuple[Port, ...] = (),
    model: Model = MODEL,
    types: dict[str, Type] | None = None,
    **properties: Any,
) -> Node:
    user = user or " ".join(f"{{{{{local}}}}}" for local in wiring) or "go"
    parts = (*([section("system", system, learn=True)] if system else []), section("user", f"{name}: {user}"))
    outputs = outputs or ports(out=TEXT)
    return Node(name, Kind.LLM, inputs(wiring, types), outputs, LlmBody(model, parts), **properties)


def code(
    name: str, wiring: dict[str, str], python: str, *, types: dict[str, Type] | None = None, **properties: Any
) -> Node:
    outputs = properties.pop("outputs", None) or ports(out=TEXT)
    return Node(name, Kind.CODE, inputs(wiring, types), outputs, CodeBody(None, python), **properties)


def retrieve(name: str, wiring: dict[str, str], corpus: Corpus, query: str, *, top: int = 3, type_: Type) -> Node:
    body = RetrieveBody(corpus, top, section("query", query, learn=True))
    return Node(name, Kind.RETRIEVE, inputs(wiring), ports(passages=type_), body)


def call(
    name: str,
    wiring: dict[str, str],
    graph: Graph,
    *,
    repeat: Repeat | None = None,
    types: dict[str, Type] | None = None,
    **properties: Any,
) -> Node:
    outputs = tuple(Port(output.name, output.type) for output in graph.outputs)
    return Node(name, Kind.CALL, inputs(wiring, types), outputs, CallBody(graph, repeat), **properties)


def graph(
    *nodes: Node, name: str = "main", takes: tuple[Port, ...] | None = None, gives: dict[str, str], type_: Type = TEXT
) -> Graph:
    outputs = tuple(GraphOutput(output, type_, source(place)) for output, place in gives.items())
    return Graph(name, FILE, ports(question=TEXT) if takes is None else takes, outputs, nodes)


def row(row_id: str = "r1", split: Split = Split.TEST, **values: Any) -> Row:
    return Row(row_id, values or {"question": f"Q {row_id}"}, split)
