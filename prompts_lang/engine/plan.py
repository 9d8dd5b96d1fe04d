"""What the executor needs to know about a graph before it starts: which nodes wait for which.

Invariant: a plan depends on the wiring alone, and takes time and space linear in nodes and edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prompts_lang.graph.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Graph,
    IsEmpty,
    Node,
    Not,
    Operand,
    Reference,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph with its dependencies as positions in `graph.nodes`.

    `waits_for[i]` is the number of nodes that node `i` needs; `dependants[i]` are the nodes that need it, in order.
    """

    graph: Graph
    waits_for: tuple[int, ...]
    dependants: tuple[tuple[int, ...], ...]


def plan_of(graph: Graph) -> Plan:
    """Works out who waits for whom."""
    positions = {node.name: position for position, node in enumerate(graph.nodes)}
    waits_for: list[int] = []
    dependants: list[list[int]] = [[] for _ in graph.nodes]
    for position, node in enumerate(graph.nodes):
        needed = {positions[name] for name in needs_of(node)}
        waits_for.append(len(needed))
        for other in sorted(needed):
            dependants[other].append(position)
    return Plan(graph, tuple(waits_for), tuple(map(tuple, dependants)))


def needs_of(node: Node) -> frozenset[str]:
    """The names of the nodes that this node's inputs, condition and list come from."""
    return frozenset(reference.node for reference in references_of(node) if reference.node is not None)


def references_of(node: Node) -> Iterator[Reference]:
    """Every reference by which a node depends on the graph around it."""
    for entry in node.inputs:
        yield from entry.source.alternatives
    if node.each is not None:
        yield from node.each.source.alternatives
    if node.when is not None:
        yield from _operands(node.when)


def _operands(condition: Condition) -> Iterator[Reference]:
    match condition:
        case Operand(reference):
            yield reference
        case Comparison(left=left, right=right):
            yield from (side.reference for side in (left, right) if isinstance(side, Operand))
        case IsEmpty(operand):
            yield operand.reference
        case Not(operand):
            yield from _operands(operand)
        case AllOf(operands) | AnyOf(operands):
            for operand in operands:
                yield from _operands(operand)
