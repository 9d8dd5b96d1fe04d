"""Where a declaration takes its values from: the references in its head, and in `when` and `each`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from prompts_lang.graph.interface import NodeInterface
from prompts_lang.graph.order import references_in
from prompts_lang.syntax import nodes


class Value(NamedTuple):
    """A value in a graph: an output of a node, or an input of the graph where `node` is None."""

    node: str | None
    name: str


def references_of(declaration: nodes.Declaration) -> Iterator[nodes.Reference]:
    """Every reference to a value of the graph. An input in short form is none: it has no source."""
    sources: list[nodes.Source | None] = []
    match declaration:
        case nodes.NodeDeclaration(inputs=inputs) | nodes.CallDeclaration(inputs=inputs):
            sources.extend(parameter.source for parameter in inputs)
        case nodes.GraphDeclaration(outputs=outputs):
            sources.extend(output.source for output in outputs)
        case _:
            return
    for source in sources:
        yield from () if source is None else source.alternatives
    for item in declaration.items:
        match item:
            case nodes.EachProperty(source=source) if source is not None:
                yield source
            case nodes.ConditionProperty(word=word, condition=condition) if word.text == "when":
                yield from references_in(condition)
            case _:
                pass


def short_inputs(declaration: nodes.Declaration) -> Iterator[nodes.Parameter]:
    """The inputs in short form, which take the graph's input of their name, or the item of an `each`."""
    if isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration):
        yield from (parameter for parameter in declaration.inputs if parameter.source is None)


def value_of(reference: nodes.Reference, members: Mapping[str, NodeInterface]) -> Value | None:
    """What a reference stands for among the nodes of a graph; None where it names an output that the node does not have."""
    first, *rest = (part.text for part in reference.parts)
    interface = members.get(first)
    if interface is None:
        return Value(None, first)
    if rest and interface.output(rest[0]) is not None:
        return Value(first, rest[0])
    return Value(first, interface.outputs[0].name) if len(interface.outputs) == 1 else None


def path_of(reference: nodes.Reference, members: Mapping[str, NodeInterface]) -> str:
    """The fields behind the value that a reference stands for, with a dot before each."""
    first, *rest = (part.text for part in reference.parts)
    interface = members.get(first)
    if interface is not None and rest and interface.output(rest[0]) is not None:
        rest = rest[1:]
    return "".join(f".{name}" for name in rest)
