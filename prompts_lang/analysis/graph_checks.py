"""Checks on a graph as a whole: what is paid for in vain, and what can never improve."""

from __future__ import annotations

from collections.abc import Iterator

from prompts_lang.analysis.reach import needed_for, output_heads
from prompts_lang.graph.module import Entry, GraphGroup
from prompts_lang.graph.problem import Check, Problem
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import MetricDraft, OptimizeDraft
from prompts_lang.syntax import nodes


def check_graphs(meaning: FileMeaning, broken: frozenset[str | None]) -> Iterator[tuple[Entry, Problem]]:
    """Unused nodes and inputs, in every graph of the file but those with errors: a misspelled name makes something else look unused."""
    for name, group in meaning.module.graphs.items():
        head = group.head
        if not isinstance(head.declaration, nodes.GraphDeclaration) or name in broken:
            continue
        needed = needed_for(group, output_heads(head.declaration))
        yield from _unused_nodes(group, needed)
        yield from _unused_inputs(head, head.declaration, needed)


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
    for entry in meaning.module.entries:
        if not isinstance(entry.declaration, nodes.OptimizeDeclaration):
            continue
        block = meaning.resolution.resolved[entry.number].draft
        if isinstance(block, OptimizeDraft):
            yield from _check_optimization(meaning, entry, entry.declaration, block)


def _check_optimization(
    meaning: FileMeaning, entry: Entry, declaration: nodes.OptimizeDeclaration, block: OptimizeDraft
) -> Iterator[tuple[Entry, Problem]]:
    if block.budget_usd is None and block.budget_calls is None:
        message = "Without a budget nothing is optimised: add `budget $2.00` or `budget 300 calls`."
        yield entry, Problem(Check.NO_BUDGET, declaration.head_span, message)
    group = meaning.module.graphs.get(block.graph)
    if group is None:
        return  # the graph stands in another file, where its own checks apply
    if not _learns(meaning, group):
        message = (
            f"The graph '{block.graph}' has nothing to learn: write `learn` before a section, as in `learn system:`."
        )
        span = declaration.graph.span if declaration.graph else declaration.head_span
        yield entry, Problem(Check.NOTHING_TO_LEARN, span, message)
    metric = meaning.module.names.get(block.metric)
    draft = None if metric is None else meaning.resolution.resolved[metric.number].draft
    if isinstance(draft, MetricDraft):
        misfits = tuple(_metric_fits(meaning, entry, block, draft))
        yield from misfits or _blind_slots(group, draft)


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
    if not isinstance(head.declaration, nodes.GraphDeclaration):
        return
    scored = needed_for(group, output_heads(head.declaration, frozenset(metric.inputs)))
    every = needed_for(group, output_heads(head.declaration))
    for name, entry in group.nodes.items():
        if name in every and name not in scored:
            for span in entry.slots:
                message = (
                    f"The metric '{metric.name}' never sees what '{name}' does, so this text would get no gradient."
                )
                yield entry, Problem(Check.SLOT_WITHOUT_GRADIENT, span, message)


def _learns(meaning: FileMeaning, group: GraphGroup) -> bool:
    """Whether the graph, or one that it calls, has a slot. A called graph in another file gets the benefit of the doubt."""
    pending, seen = [group], set[str]()
    while pending:
        for entry in pending.pop().nodes.values():
            if entry.slots:
                return True
            if not isinstance(entry.declaration, nodes.CallDeclaration) or entry.declaration.graph is None:
                continue
            name = entry.declaration.graph.text
            callee = meaning.module.graphs.get(name)
            if callee is None:
                return True
            if name not in seen:
                seen.add(name)
                pending.append(callee)
    return False
