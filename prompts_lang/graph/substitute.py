"""A candidate is another graph: the same wiring with other texts in some slots, or other models behind its nodes.

Because the engine remembers results by content, a candidate shares every execution with its parent that the new texts cannot reach.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from prompts_lang.graph.model import (
    CallBody,
    CodeBody,
    Examples,
    Graph,
    History,
    LlmBody,
    Model,
    Node,
    RetrieveBody,
    Section,
    SlotId,
    graphs_of,
)
from prompts_lang.graph.template import parse_template


def with_texts(graph: Graph, texts: Mapping[SlotId, str]) -> Graph:
    """The graph with these texts in its slots, also in the graphs that it calls. Slots that are not named keep their text."""

    def change(part: Graph, node: Node) -> Node:
        match node.body:
            case LlmBody(parts=parts):
                new = tuple(_with_text(part.name, node.name, piece, texts) for piece in parts)
                return node if new == parts else replace(node, body=replace(node.body, parts=new))
            case RetrieveBody(query=query):
                section = _with_text(part.name, node.name, query, texts)
                assert isinstance(section, Section)  # noqa: S101  a query is a section, and stays one
                return node if section == query else replace(node, body=replace(node.body, query=section))
            case CodeBody() | CallBody():
                return node

    return _rebuilt(graph, change)


def with_models(graph: Graph, models: Mapping[str, Model]) -> Graph:
    """The graph with other models behind the names given, for example a stronger one to see what a prompt could reach."""

    def change(_: Graph, node: Node) -> Node:
        if isinstance(node.body, LlmBody) and (model := models.get(node.body.model.name)):
            return replace(node, body=replace(node.body, model=model))
        return node

    return _rebuilt(graph, change)


def with_model_at(graph: Graph, nodes: Collection[tuple[str, str]], model: Model) -> Graph:
    """The graph with another model in some nodes, which are named by their graph and their name in it."""

    def change(part: Graph, node: Node) -> Node:
        if isinstance(node.body, LlmBody) and (part.name, node.name) in nodes:
            return replace(node, body=replace(node.body, model=model))
        return node

    return _rebuilt(graph, change)


def _with_text(
    graph: str, node: str, part: Section | History | Examples, texts: Mapping[SlotId, str]
) -> Section | History | Examples:
    match part:
        case History():
            return part
        case Section(name=name):
            text = texts.get(SlotId(graph, node, name))
            return part if text is None else replace(part, template=parse_template(text))
        case Examples(name=name):
            text = texts.get(SlotId(graph, node, name))
            if text is None:
                return part
            return replace(part, rows=tuple(line.strip() for line in text.splitlines() if line.strip()))


def _rebuilt(graph: Graph, change: Callable[[Graph, Node], Node]) -> Graph:
    """Applies `change` to every node of the graph and of the graphs below it, callees first; unchanged parts stay identical."""
    done: dict[tuple[Path, str], Graph] = {}
    for part in reversed(graphs_of(graph)):
        nodes = tuple(_with_callee(change(part, node), done) for node in part.nodes)
        unchanged = all(new is old for new, old in zip(nodes, part.nodes, strict=True))
        done[part.file, part.name] = part if unchanged else replace(part, nodes=nodes)
    return done[graph.file, graph.name]


def _with_callee(node: Node, done: Mapping[tuple[Path, str], Graph]) -> Node:
    if not isinstance(node.body, CallBody):
        return node
    callee = done[node.body.graph.file, node.body.graph.name]
    return node if callee is node.body.graph else replace(node, body=replace(node.body, graph=callee))
