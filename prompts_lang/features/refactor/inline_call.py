"""A call is replaced by the nodes of the graph that it calls."""

from __future__ import annotations

from prompts_lang.features.locations import entry_at
from prompts_lang.features.refactor.refactoring import (
    Refactoring,
    chunk_span,
    lines_of,
    unique,
)
from prompts_lang.features.refactor.rewire import rewire
from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.features.wiring import Value
from prompts_lang.graph.module import Entry, GraphGroup
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.heads import output_name
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span


def inline_call(meaning: FileMeaning, span: Span) -> Refactoring | None:
    """The call whose head the cursor is in, if it is a plain one of a graph of this file."""
    if (found := entry_at(meaning, span.start)) is None:
        return None
    entry, relative = found
    call = entry.declaration
    if not isinstance(call, nodes.CallDeclaration) or call.items or not call.head_span.touches(relative):
        return None
    if call.graph is None or call.name is None or entry.graph is None or call.graph.text == entry.graph:
        return None
    callee = meaning.module.graphs.get(call.graph.text)
    return None if callee is None else _inline(meaning, entry, call, callee, entry.graph)


def _inline(
    meaning: FileMeaning, entry: Entry, call: nodes.CallDeclaration, callee: GraphGroup, graph: str
) -> Refactoring | None:
    head, name = callee.head.declaration, callee.head.declaration.name
    if not isinstance(head, nodes.GraphDeclaration) or name is None or call.name is None or not callee.nodes:
        return None
    members = meaning.resolution.nodes[graph]
    taken = {*members} - {call.name.text}
    names: dict[str, str] = {}
    for node in callee.nodes:
        names[node] = unique(node, taken | {*names.values()})
    inside = meaning.resolution.nodes[name.text]
    texts = _arguments(meaning, entry, call)
    if texts.keys() != {Value(None, port.name.text) for port in head.inputs}:
        return None
    for node, interface in inside.items():
        texts |= {Value(node, port.name): f"{names[node]}.{port.name}" for port in interface.outputs}
    moved: list[str] = []
    for node, one in callee.nodes.items():
        renamed = [] if one.declaration.name is None else [Edit(one.declaration.name.span, names[node])]
        moved.append(lines_of(meaning, one, [*renamed, *rewire(one.declaration, inside, texts)]))
    results: dict[Value, str] = {}
    for output in head.outputs:
        result = output_name(output, inside)
        if result is None or output.source is None:
            return None
        # What the output is filled by, as the nodes outside write it.
        head_edits = {edit.span: edit.text for edit in rewire(head, inside, texts)}
        parts = [head_edits.get(reference.span, reference.text) for reference in output.source.alternatives]
        results[Value(call.name.text, result)] = " else ".join(parts)
    edits = [Edit(chunk_span(meaning, entry), "\n".join(moved) + "\n")]
    group = meaning.module.graphs[graph]
    for other in (group.head, *(one for one in group.nodes.values() if one is not entry)):
        offset = meaning.syntax.offsets[other.index]
        found = rewire(other.declaration, members, results)
        edits.extend(Edit(edit.span.shift(offset), edit.text) for edit in found)
    title = f"Inline the graph '{name.text}' into '{graph}'"
    return Refactoring.of(title, RefactoringKind.INLINE, edits)


def _arguments(meaning: FileMeaning, entry: Entry, call: nodes.CallDeclaration) -> dict[Value, str]:
    """What fills each input of the called graph, as it is written."""
    chunk = meaning.syntax.chunks[entry.index].text
    filled: dict[Value, str] = {}
    for parameter in call.inputs:
        span = parameter.name.span if parameter.source is None else parameter.source.span
        filled[Value(None, parameter.name.text)] = _text(chunk, span)
    return filled


def _text(chunk: bytes, span: Span) -> str:
    return span.of(chunk).decode("utf-8", "surrogateescape")
