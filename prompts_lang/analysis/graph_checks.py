"""Checks on a graph as a whole: what is paid for in vain, and what can never improve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompts_lang.analysis.reach import needed_for, output_heads
from prompts_lang.graph.module import Entry, GraphGroup, graph_of
from prompts_lang.graph.problem import Check, Problem, Severity
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import CallDraft, Draft, MetricDraft, NodeDraft, OptimizeDraft
from prompts_lang.syntax import nodes


def check_graphs(meaning: FileMeaning) -> Iterator[tuple[Entry, Problem]]:
    """Unused nodes and inputs, in every graph of the file without errors: a misspelled name makes something else look unused."""
    broken = _graphs_with_errors(meaning)
    for name, group in meaning.module.graphs.items():
        head = group.head
        if head is None or not isinstance(head.declaration, nodes.GraphDeclaration) or name in broken:
            continue
        needed = needed_for(group, output_heads(head.declaration))
        yield from _unused_nodes(group, needed)
        yield from _unused_inputs(head, head.declaration, needed)


def _graphs_with_errors(meaning: FileMeaning) -> frozenset[str | None]:
    return frozenset(
        graph_of(entry, meaning.module)
        for number, entry in enumerate(meaning.module.entries)
        if meaning.syntax.chunks[entry.index].problems
        or any(problem.severity is Severity.ERROR for problem in meaning.problems(number))
    )


def _unused_nodes(group: GraphGroup, needed: frozenset[str]) -> Iterator[tuple[Entry, Problem]]:
    for name, entry in group.nodes.items():
        if name not in needed and entry.declaration.name is not None:
            message = (
                f"No output of the graph depends on '{name}', so it would be paid for in vain; use it, or remove it."
            )
            yield entry, Problem(Check.UNUSED_NODE, entry.declaration.name.span, message)


def _unused_inputs(
    head: Entry, declaration: nodes.GraphDeclaration, needed: frozenset[str]
) -> Iterator[tuple[Entry, Problem]]:
    for parameter in declaration.inputs:
        if parameter.name.text not in needed:
            message = f"Nothing in the graph takes '{parameter.name.text}'; use it, or remove it."
            yield head, Problem(Check.UNUSED_INPUT, parameter.name.span, message)


def check_optimizations(meaning: FileMeaning) -> Iterator[tuple[Entry, Problem]]:
    """Optimize blocks that cannot do anything, and slots that the metric never sees."""
    pairs = tuple(zip(meaning.module.entries, meaning.resolution.resolved, strict=True))
    drafts = {entry.anchor: resolved.draft for entry, resolved in pairs}
    for entry, resolved in pairs:
        block = resolved.draft
        if not isinstance(block, OptimizeDraft) or not isinstance(entry.declaration, nodes.OptimizeDeclaration):
            continue
        if block.budget_usd is None and block.budget_calls is None:
            message = "Without a budget nothing is optimised: add `budget $2.00` or `budget 300 calls`."
            yield entry, Problem(Check.NO_BUDGET, entry.declaration.head_span, message)
        group = meaning.module.graphs.get(block.graph)
        if group is None or group.head is None:
            continue  # the graph stands in another file, where its own checks apply
        if not _learns(meaning, group, drafts):
            message = f"The graph '{block.graph}' has nothing to learn: write `learn` before a section, as in `learn system:`."
            span = entry.declaration.graph.span if entry.declaration.graph else entry.declaration.head_span
            yield entry, Problem(Check.NOTHING_TO_LEARN, span, message)
        metric = drafts.get(block.metric)
        if isinstance(metric, MetricDraft):
            misfits = tuple(_metric_fits(meaning, entry, block, metric))
            yield from misfits or _blind_slots(group, metric)


def _metric_fits(
    meaning: FileMeaning, entry: Entry, block: OptimizeDraft, metric: MetricDraft
) -> Iterator[tuple[Entry, Problem]]:
    interface = meaning.resolution.graphs[block.graph]
    outputs = {port.name for port in interface.outputs}
    if interface.complete and not outputs & set(metric.inputs):
        names = ", ".join(sorted(outputs))
        message = f"The metric '{metric.name}' takes no output of the graph '{block.graph}', which gives {names}."
        yield entry, Problem(Check.METRIC_ARITY, entry.declaration.head_span, message)


def _blind_slots(group: GraphGroup, metric: MetricDraft) -> Iterator[tuple[Entry, Problem]]:
    head = group.head
    if head is None or not isinstance(head.declaration, nodes.GraphDeclaration):
        return
    scored = needed_for(group, output_heads(head.declaration, frozenset(metric.inputs)))
    every = needed_for(group, output_heads(head.declaration))
    for name, entry in group.nodes.items():
        if name in scored or name not in every or _is_frozen(entry):
            continue
        for section in entry.declaration.sections:
            if section.learn is not None:
                message = (
                    f"The metric '{metric.name}' never sees what '{name}' does, so this text would get no gradient."
                )
                yield entry, Problem(Check.SLOT_WITHOUT_GRADIENT, section.learn.span, message)


def _is_frozen(entry: Entry) -> bool:
    return any(item.word.text == "frozen" for item in entry.declaration.items)


def _learns(meaning: FileMeaning, group: GraphGroup, drafts: Mapping[str, Draft | None]) -> bool:
    """Whether the graph, or one that it calls, has a slot. A called graph in another file gets the benefit of the doubt."""
    for entry in group.nodes.values():
        if _is_frozen(entry):
            continue
        if any(section.learn is not None for section in entry.declaration.sections):
            return True
        draft = drafts[entry.anchor]
        if isinstance(draft, NodeDraft) and isinstance(draft.body, CallDraft):
            callee = meaning.module.graphs.get(draft.body.graph)
            if callee is None or _learns(meaning, callee, drafts):
                return True
    return False
