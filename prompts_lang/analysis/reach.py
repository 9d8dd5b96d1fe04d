"""Which nodes and inputs of a graph can reach which of its outputs. Works on heads alone, so that it also answers for broken files."""

from __future__ import annotations

from collections.abc import Iterable

from prompts_lang.graph.module import GraphGroup
from prompts_lang.syntax import nodes


def needed_for(group: GraphGroup, heads: Iterable[str]) -> frozenset[str]:
    """The names of nodes and graph inputs that the given names depend on, themselves included."""
    needed: set[str] = set()
    pending = list(heads)
    while pending:
        name = pending.pop()
        if name in needed:
            continue
        needed.add(name)
        entry = group.nodes.get(name)
        if entry is not None and isinstance(entry.declaration, nodes.NodeDeclaration | nodes.CallDeclaration):
            pending.extend(entry.waits_for)
            pending.extend(input_.name.text for input_ in entry.declaration.inputs if input_.source is None)
    return frozenset(needed)


def output_heads(declaration: nodes.GraphDeclaration, only: frozenset[str] | None = None) -> tuple[str, ...]:
    """The first names of the references that fill a graph's outputs; `only` restricts them to outputs of these names."""
    heads: list[str] = []
    for output in declaration.outputs:
        if output.source is None:
            continue
        name = output.name.text if output.name else None
        if only is None or name is None or name in only:
            heads.extend(reference.parts[0].text for reference in output.source.alternatives)
    return tuple(heads)
