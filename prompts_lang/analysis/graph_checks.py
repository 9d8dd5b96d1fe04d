"""Checks on a graph as a whole: what is paid for in vain, and what can never improve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prompts_lang.analysis.reach import needed_for, output_heads
from prompts_lang.graph.module import Entry, GraphGroup
from prompts_lang.graph.problem import Check, Problem
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import MetricDraft, OptimizeDraft
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span


def check_graph(group: GraphGroup) -> Iterator[tuple[Entry, Problem]]:
    """Unused nodes and inputs. In a graph with errors they are not asked for: a misspelled name makes something else look unused."""
    head = group.head
    if isinstance(head.declaration, nodes.GraphDeclaration):
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
        end = declaration.head_span.end
        fix = Fix("Add `budget 300 calls`", (Edit(Span(end, end), "\n  budget 300 calls"),))
        yield entry, Problem(Check.NO_BUDGET, declaration.head_span, message, fix=fix)
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
        yield from misfits or _blind_slots(meaning, group, draft)


def _metric_fits(
    meaning: FileMeaning, entry: Entry, block: OptimizeDraft, metric: MetricDraft
) -> Iterator[tuple[Entry, Problem]]:
    interface = meaning.resolution.graphs[block.graph]
    outputs = {port.name for port in interface.outputs}
    if interface.complete and not outputs & set(metric.inputs):
        names = ", ".join(sorted(outputs))
        message = f"The metric '{metric.name}' takes no output of the graph '{block.graph}', which gives {names}."
        yield entry, Problem(Check.METRIC_ARITY, entry.declaration.head_span, message)


def _blind_slots(meaning: FileMeaning, group: GraphGroup, metric: MetricDraft) -> Iterator[tuple[Entry, Problem]]:
    """The slots of nodes that the metric does not depend on, also in graphs of this file that only such nodes call."""
    head = group.head
    if not isinstance(head.declaration, nodes.GraphDeclaration):
        return
    scored = needed_for(group, output_heads(head.declaration, frozenset(metric.inputs)))
    every = needed_for(group, output_heads(head.declaration))
    seen = [entry for name, entry in group.nodes.items() if name in scored]
    unseen = [entry for name, entry in group.nodes.items() if name in every - scored]
    reached = {entry.number for entry in _with_called(meaning, seen)}
    for entry in _with_called(meaning, unseen):
        name = entry.declaration.name
        if entry.number in reached or name is None:
            continue
        for span in entry.slots:
            message = (
                f"The metric '{metric.name}' never sees what '{name.text}' does, so this text would get no gradient."
            )
            yield entry, Problem(Check.SLOT_WITHOUT_GRADIENT, span, message)


def _with_called(meaning: FileMeaning, entries: Iterable[Entry]) -> list[Entry]:
    """Nodes, and all nodes of the graphs of this file that they call, directly or not; each once."""
    found: dict[int, Entry] = {}
    pending = list(entries)
    while pending:
        entry = pending.pop()
        if entry.number in found:
            continue
        found[entry.number] = entry
        declaration = entry.declaration
        if isinstance(declaration, nodes.CallDeclaration) and declaration.graph is not None:
            callee = meaning.module.graphs.get(declaration.graph.text)
            pending.extend(() if callee is None else callee.nodes.values())
    return list(found.values())


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
