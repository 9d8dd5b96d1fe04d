"""Checks on what a graph is measured by: whether rows fit its inputs, every split has rows, and the metric can tell answers apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from statistics import fmean
from typing import TYPE_CHECKING

from prompts_lang.analysis.rows import RowCache, Rows
from prompts_lang.analysis.view import Declared, Found, View, at_line_end, item_of, nodes_below, told
from prompts_lang.data.dataset import expected_of
from prompts_lang.data.measures import MEASURES
from prompts_lang.data.splitting import Split
from prompts_lang.data.values import read_cell
from prompts_lang.graph.interface import GraphInterface
from prompts_lang.graph.model import Dataset, SplitByColumn, SplitByRatio
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, Related, suggestion
from prompts_lang.graph.resolve.draft import DatasetDraft, GraphDraft, MetricDraft, OptimizeDraft
from prompts_lang.graph.types import OptionalType, Type, describe, misfit
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue
    from prompts_lang.text.span import Span

EXPECTED = "expected"
MOST_MEASURED = 200
"""Rows that a metric is tried on."""
FEWEST_COMPARED = 5
"""Rows below which equal scores may be chance."""
_PERFECT = 0.999


@dataclass(frozen=True, slots=True)
class Measured:
    """A graph with the rows and, where it is known, the metric that it is measured by; `entry` and `span` are where that is said."""

    entry: Entry
    span: Span
    graph: Declared[GraphDraft]
    interface: GraphInterface
    dataset: Declared[DatasetDraft]
    metric: Declared[MetricDraft] | None


def check_measures(view: View, cache: RowCache) -> Found:
    """Every pair of graph and dataset that the file measures."""
    for measured in _measured(view):
        rows = cache.rows(view, measured.dataset)
        if rows is None:
            continue
        for problem in _checked(view, measured, rows, cache):
            yield measured.entry, problem


def check_learnable(view: View) -> Found:
    """Optimize blocks of graphs that stand in other files, or call some: whether there is a slot anywhere. The rest is a static check."""
    for entry, block in view.own(OptimizeDraft):
        below = list(nodes_below(view, block.graph))
        elsewhere = any(home.path != view.meaning.path for home, _, _ in below)
        if not elsewhere or any(inner.slots for _, inner, _ in below):
            continue
        declaration = entry.declaration
        graph = declaration.graph if isinstance(declaration, nodes.OptimizeDeclaration) else None
        message = f"Neither '{block.graph}' nor a graph that it calls has anything to learn: write `learn` before a section of theirs."
        yield entry, Problem(Check.NOTHING_TO_LEARN, graph.span if graph else declaration.head_span, message)


def check_ids(view: View, cache: RowCache) -> Found:
    """Every dataset that the file declares: ids that stand twice, and rows that do not say their split."""
    for entry, draft in view.own(DatasetDraft):
        rows = cache.rows(view, Declared(view.meaning, entry, draft))
        if rows is None or rows.problem is None:
            continue
        if isinstance(draft.split, SplitByColumn) and draft.split.column not in rows.columns:
            continue  # said of the column as a whole
        item = item_of(entry.declaration, "split")
        span = item.span if item and draft.name in (rows.problem.hint or "") else entry.declaration.head_span
        yield entry, Problem(Check.BAD_DATA, span, told(rows.problem, draft.path))


def _measured(view: View) -> Iterator[Measured]:
    """What the optimize blocks name; in a file without any, its only graph with its only dataset and metric."""
    blocks = list(view.own(OptimizeDraft))
    for entry, block in blocks:
        graph, dataset = view.find(block.graph, GraphDraft), view.find(block.dataset, DatasetDraft)
        declaration = entry.declaration
        if graph is None or dataset is None or not isinstance(declaration, nodes.OptimizeDeclaration):
            continue
        span = declaration.head_span if declaration.dataset is None else declaration.dataset.span
        interface = graph.home.resolution.graphs[graph.draft.name]
        yield Measured(entry, span, graph, interface, dataset, view.find(block.metric, MetricDraft))
    if blocks or any(isinstance(entry.declaration, nodes.OptimizeDeclaration) for entry in view.meaning.module.entries):
        return
    graphs, datasets, metrics = list(view.own(GraphDraft)), list(view.own(DatasetDraft)), list(view.own(MetricDraft))
    if len(graphs) == len(datasets) == len(metrics) == 1 and not view.meaning.imports:
        here = view.meaning
        interface = here.resolution.graphs[graphs[0][1].name]
        entry, draft = datasets[0]
        metric = Declared(here, *metrics[0])
        span = entry.declaration.head_span
        yield Measured(entry, span, Declared(here, *graphs[0]), interface, Declared(here, entry, draft), metric)


def _checked(view: View, measured: Measured, rows: Rows, cache: RowCache) -> Iterator[Problem]:
    if not rows.rows:
        return
    missing = tuple(_missing_columns(measured, rows))
    yield from missing
    if not missing:
        yield from _misfits(measured, rows, cache)
    yield from _empty_splits(view, measured, rows)
    if measured.metric is not None:
        unfilled = tuple(_metric_inputs(view, measured, measured.metric.draft, rows))
        yield from unfilled or _blind_metric(measured, measured.metric.draft, rows, cache)


def _missing_columns(measured: Measured, rows: Rows) -> Iterator[Problem]:
    name = measured.dataset.draft.name
    for port in measured.interface.inputs:
        if port.name not in rows.columns and not isinstance(port.type, OptionalType):
            hint = suggestion(port.name, rows.columns)
            message = f"No row of '{name}' has a column '{port.name}', which the graph '{measured.graph.draft.name}' takes.{hint}"
            yield Problem(Check.COLUMN_MISSING, measured.span, message, _graph_place(measured))


def _misfits(measured: Measured, rows: Rows, cache: RowCache) -> Iterator[Problem]:
    """The first row whose values do not fit the graph's inputs, with the number of the others."""
    said = cache.once(rows, measured.interface.inputs, lambda: _first_misfit(measured.interface, rows))
    if said is not None:
        graph, dataset = measured.graph.draft.name, measured.dataset.draft.name
        message = f"A row of '{dataset}' does not fit '{graph}': {said}"
        yield Problem(Check.BAD_DATA, measured.span, message, _graph_place(measured))


def _first_misfit(interface: GraphInterface, rows: Rows) -> str | None:
    wrong = [(row, complaint) for row in rows.rows if (complaint := _misfit(interface, row.values)) is not None]
    if not wrong:
        return None
    row, complaint = wrong[0]
    others = f" So it is with {len(wrong) - 1} more." if len(wrong) > 1 else ""
    return f"in '{row.id}' ({row.where.rpartition('/')[2]}), {complaint}.{others}"


def _misfit(interface: GraphInterface, values: Mapping[str, JsonValue]) -> str | None:
    for port in interface.inputs:
        if (complaint := _value_misfit(port.name, port.type, values)) is not None:
            return complaint
    return None


def _value_misfit(name: str, type_: Type, values: Mapping[str, JsonValue]) -> str | None:
    value = read_cell(type_, values.get(name))
    if value is None and isinstance(type_, OptionalType):
        return None
    if name not in values:
        return f"it has no '{name}' ({describe(type_)})"
    return misfit(type_, value, f"'{name}'")


def _graph_place(measured: Measured) -> tuple[Related, ...]:
    if measured.graph.home.path != measured.dataset.home.path:
        return ()
    return (Related(measured.graph.entry.anchor, measured.graph.entry.declaration.head_span, "the graph"),)


def _empty_splits(view: View, measured: Measured, rows: Rows) -> Iterator[Problem]:
    """Splits without rows. A share of 0 is meant so; of a sample nothing can be said."""
    draft = measured.dataset.draft
    if not rows.complete:
        return
    shares = {Split.TRAIN: 1, Split.VALIDATION: 1, Split.TEST: 1}
    if isinstance(draft.split, SplitByRatio):
        shares = dict(zip(Split, (draft.split.train, draft.split.validation, draft.split.test), strict=True))
    there = {row.split for row in rows.rows}
    empty = [split.value for split in Split if shares[split] and split not in there]
    if not empty:
        return
    counted = f"its {len(rows.rows)} rows" if len(rows.rows) > 1 else "its only row"
    consequence = " Without test rows nothing can be claimed." if Split.TEST.value in empty else ""
    message = f"Of '{draft.name}', none of {counted} is for {' or '.join(empty)}: add rows, or change the `split`.{consequence}"
    item = item_of(measured.dataset.entry.declaration, "split")
    related = ()
    if item is not None and view.is_own(measured.dataset):
        related = (Related(measured.dataset.entry.anchor, item.span, "the split"),)
    yield Problem(Check.SPLIT_EMPTY, measured.span, message, related)


def _metric_inputs(view: View, measured: Measured, metric: MetricDraft, rows: Rows) -> Iterator[Problem]:
    """The inputs of the metric that neither the graph nor the rows give."""
    outputs = [port.name for port in measured.interface.outputs]
    draft = measured.dataset.draft
    for name in metric.inputs:
        if name in outputs or name in rows.columns or not measured.interface.complete:
            continue
        if name == EXPECTED:
            if draft.expect:
                continue
            yield _no_expectation(view, measured, rows, outputs)
        else:
            known = [*outputs, *rows.columns, EXPECTED]
            message = (
                f"The metric '{metric.name}' reads '{name}', which is neither an output of '{measured.graph.draft.name}' "
                f"nor a column of '{draft.name}'.{suggestion(name, known)}"
            )
            yield Problem(Check.METRIC_ARITY, measured.span, message, _metric_place(view, measured))


def _no_expectation(view: View, measured: Measured, rows: Rows, outputs: Sequence[str]) -> Problem:
    name = measured.dataset.draft.name
    likely = [column for column in rows.columns if column in outputs]
    fix = None
    if likely and measured.entry is measured.dataset.entry:
        fix = Fix(f"Add `expect {likely[0]}`", (at_line_end(measured.entry.declaration, f"expect {likely[0]}"),))
    example = likely[0] if likely else "COLUMN"
    message = (
        f"The metric needs `expected`, but '{name}' does not say which column that is: add `expect {example}` below it."
    )
    return Problem(Check.METRIC_ARITY, measured.span, message, _metric_place(view, measured), fix)


def _metric_place(view: View, measured: Measured) -> tuple[Related, ...]:
    metric = measured.metric
    if metric is None or not view.is_own(metric):
        return ()
    return (Related(metric.entry.anchor, metric.entry.declaration.head_span, "the metric"),)


def _blind_metric(measured: Measured, metric: MetricDraft, rows: Rows, cache: RowCache) -> Iterator[Problem]:
    """A built-in metric that gives the reference answers less than everything, or gives the same whatever the answer."""
    builtin = metric.builtin
    if builtin is None or len(metric.inputs) != len(("output", "reference")):
        return
    column, draft = metric.inputs[1], measured.dataset.draft
    said = cache.once(rows, (builtin, column), lambda: _blindness(builtin, _references(draft, column, rows)))
    if said is not None:
        yield Problem(Check.METRIC_CONSTANT, measured.span, said)


def _references(draft: DatasetDraft, column: str, rows: Rows) -> list[JsonValue]:
    """What a metric compares outputs with, as far as the first rows have it."""
    dataset = Dataset(draft.name, None, draft.expect, draft.split)
    found = (row.values[column] if column in row.values else expected_of(dataset, row) for row in rows.rows)
    return [value for value in islice(found, MOST_MEASURED) if value is not None]


def _blindness(builtin: str, references: Sequence[JsonValue]) -> str | None:
    if not references:
        return None
    measure = MEASURES[builtin]
    own = fmean(measure(value, value) for value in references)
    if own < _PERFECT:
        return (
            f"Even the reference answers themselves score {own:.2f} by '{builtin}', so no graph can reach 1: "
            "take another metric, or look at the reference column."
        )
    pairs = zip(chain(references[1:], references[:1]), references, strict=True)
    if len(references) >= FEWEST_COMPARED and all(measure(other, value) > _PERFECT for other, value in pairs):
        return (
            f"The reference answer of any row scores 1 on every other row by '{builtin}', so the metric cannot tell rows apart: "
            "take another one, or look at the reference column."
        )
    return None
