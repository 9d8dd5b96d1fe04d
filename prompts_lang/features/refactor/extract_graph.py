"""The selected nodes become a graph of their own, which is called in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompts_lang.features.refactor.refactoring import (
    Refactoring,
    chunk_span,
    lines_of,
    unique,
)
from prompts_lang.features.refactor.rewire import rewire, variable_of
from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.features.wiring import Value, references_of, short_inputs, value_of
from prompts_lang.graph.interface import NodeInterface
from prompts_lang.graph.module import Entry, GraphGroup
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.types import AnyType, Type, describe
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span


def extract_graph(meaning: FileMeaning, span: Span) -> Refactoring | None:
    """The nodes that a selection touches, if they are some but not all of one graph's."""
    if len(span) == 0:
        return None
    for graph, group in meaning.module.graphs.items():
        chosen = {name: entry for name, entry in group.nodes.items() if _selected(meaning, entry, span)}
        if 2 <= len(chosen) < len(group.nodes):
            return _extract(meaning, graph, group, chosen)
    return None


def _selected(meaning: FileMeaning, entry: Entry, span: Span) -> bool:
    return meaning.position(entry, entry.declaration.span).overlaps(span)


def _extract(meaning: FileMeaning, graph: str, group: GraphGroup, chosen: Mapping[str, Entry]) -> Refactoring | None:
    members = meaning.resolution.nodes[graph]
    inside = [value for entry in chosen.values() for value in _values(entry.declaration, members)]
    taken = dict.fromkeys(value for value in inside if value.node not in chosen)
    others = [entry for name, entry in group.nodes.items() if name not in chosen]
    outside = [value for entry in (group.head, *others) for value in _values(entry.declaration, members)]
    given = dict.fromkeys(value for value in outside if value.node in chosen)
    if not given:
        return None
    name = unique("part", meaning.resolution.names)
    call = unique(name, members)
    inputs = _named(taken)
    results = _named(given)
    heads = ", ".join(f"{inputs[value]}{_typed(meaning, graph, value)}" for value in taken)
    outputs = ", ".join(f"{results[value]} = {value.node}.{value.name}" for value in given)
    arguments = ", ".join(_argument(inputs[value], _written(value)) for value in taken)
    moved = [lines_of(meaning, entry, rewire(entry.declaration, members, inputs)) for entry in chosen.values()]
    text = "\n".join([f"graph {name}({heads}) -> {outputs}\n", *moved])
    edits = [Edit(chunk_span(meaning, entry), "") for entry in chosen.values()]
    edits[0] = Edit(edits[0].span, f"call {call} = {name}({arguments})\n\n")
    texts = {value: f"{call}.{results[value]}" for value in given}
    for entry in (group.head, *others):
        offset = meaning.syntax.offsets[entry.index]
        edits.extend(Edit(edit.span.shift(offset), edit.text) for edit in rewire(entry.declaration, members, texts))
    edits.append(_at_end(meaning, text, behind_moved=meaning.module.entries[-1] in chosen.values()))
    return Refactoring.of(f"Extract {len(chosen)} nodes into a graph", RefactoringKind.EXTRACT, edits)


def _at_end(meaning: FileMeaning, text: str, *, behind_moved: bool) -> Edit:
    """The edit that puts a declaration at the end of the file, one blank line behind what stays there."""
    size = len(meaning.syntax.text)
    if behind_moved:
        return Edit(Span(size, size), text)
    return Edit(Span(len(meaning.syntax.text.rstrip()), size), f"\n\n{text}")


def _values(declaration: nodes.Declaration, members: Mapping[str, NodeInterface]) -> Iterator[Value]:
    own = variable_of(declaration)
    found = (value_of(reference, members) for reference in references_of(declaration))
    yield from (value for value in found if value is not None and value != (None, own))
    yield from (Value(None, one.name.text) for one in short_inputs(declaration) if one.name.text != own)


def _named(values: Mapping[Value, None]) -> dict[Value, str]:
    """A name for each value: its own, unless another one has it."""
    names: dict[Value, str] = {}
    for value in values:
        names[value] = unique(value.name, names.values())
    return names


def _typed(meaning: FileMeaning, graph: str, value: Value) -> str:
    resolution = meaning.resolution
    ports = resolution.graphs[graph].inputs if value.node is None else resolution.nodes[graph][value.node].outputs
    type_: Type = next((port.type for port in ports if port.name == value.name), AnyType())
    return "" if isinstance(type_, AnyType) else f": {describe(type_)}"


def _written(value: Value) -> str:
    return value.name if value.node is None else f"{value.node}.{value.name}"


def _argument(name: str, source: str) -> str:
    return name if name == source else f"{name} = {source}"
