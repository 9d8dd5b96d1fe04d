"""Reads a declaration's interface from its head alone: what neighbours may rely on, whatever is wrong with the rest of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prompts_lang.graph.interface import GraphInterface, NodeInterface
from prompts_lang.graph.model import Port
from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.resolve.types import read_type
from prompts_lang.graph.types import JsonType, ListType, TextType, Type
from prompts_lang.syntax import nodes

DEFAULT_OUTPUT: dict[nodes.NodeKind, Type] = {
    nodes.NodeKind.LLM: TextType(),
    nodes.NodeKind.CODE: JsonType(),
    nodes.NodeKind.RETRIEVE: ListType(TextType()),
}
"""The type of an output that is named without one."""


def node_interface(declaration: nodes.NodeDeclaration) -> NodeInterface:
    """The outputs that other nodes can take from this one."""
    default = DEFAULT_OUTPUT[declaration.kind]
    report = Report()
    outputs = tuple(Port(output.name.text, read_type(output.type, report, default)) for output in declaration.outputs)
    return _seen_from_outside(declaration, outputs, complete=bool(outputs))


def call_interface(
    declaration: nodes.CallDeclaration, graph_of: Callable[[str], GraphInterface | None]
) -> NodeInterface:
    """The outputs of the called graph; incomplete where that is not known."""
    callee = graph_of(declaration.graph.text) if declaration.graph else None
    if callee is None:
        return NodeInterface((), complete=False)
    return _seen_from_outside(declaration, callee.outputs, complete=callee.complete)


def _seen_from_outside(declaration: nodes.Declaration, outputs: tuple[Port, ...], *, complete: bool) -> NodeInterface:
    if any(isinstance(item, nodes.EachProperty) for item in declaration.items):
        outputs = tuple(Port(port.name, ListType(port.type)) for port in outputs)
    conditional = any(
        isinstance(item, nodes.ConditionProperty) and item.word.text == "when" for item in declaration.items
    )
    return NodeInterface(outputs, conditional, complete)


def graph_inputs(declaration: nodes.GraphDeclaration) -> tuple[Port, ...]:
    """The inputs of a graph; one without a type is a text."""
    report = Report()
    return tuple(Port(input_.name.text, read_type(input_.type, report, TextType())) for input_ in declaration.inputs)


def output_name(output: nodes.GraphOutput, nodes_by_name: Mapping[str, NodeInterface]) -> str | None:
    """The name of a graph's output: the given one, or that of the node's output which fills it."""
    if output.name is not None:
        return output.name.text
    if output.source is None:
        return None
    reference = output.source.alternatives[0]
    head, last = reference.parts[0].text, reference.parts[-1].text
    node = nodes_by_name.get(head)
    if len(reference.parts) == 1 and node is not None and len(node.outputs) == 1:
        return node.outputs[0].name
    return last
