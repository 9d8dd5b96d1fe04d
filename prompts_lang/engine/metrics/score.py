"""From a run to its score: finds what the metric reads, measures it, and says what was wrong.

Invariants: a row that was not run has no score; a needed output that the graph did not give scores as badly as can be, because that is the
graph's own fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts_lang.data.dataset import expected_of
from prompts_lang.data.measures import MEASURES
from prompts_lang.data.values import text_of
from prompts_lang.engine.metrics.function import measure
from prompts_lang.engine.metrics.judge import Verdict, judge
from prompts_lang.engine.retrieval.recall import gold_of, recall
from prompts_lang.engine.tracing.attributes import score_attributes, scored_attributes
from prompts_lang.engine.values import Cost, Score
from prompts_lang.errors import DataError
from prompts_lang.graph.model import BuiltinMetric, FunctionMetric, JudgeMetric

if TYPE_CHECKING:
    from prompts_lang.data.dataset import Row
    from prompts_lang.engine.nodes.protocol import Services
    from prompts_lang.engine.values import Run
    from prompts_lang.graph.model import Dataset, Graph, Metric
    from prompts_lang.graph.types import JsonValue

EXPECTED = "expected"
"""The metric input that stands for the dataset's expect column (or for all of them, by name, where there are several)."""

_SHOWN = 400
"""Characters of an output or a reference that the feedback quotes."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A run, its score, and what the scoring cost. `recall` is None where the row names no gold passages or nothing was searched."""

    run: Run
    score: Score
    cost: Cost = field(default_factory=Cost)
    recall: float | None = None


class Scorer:
    """Scores runs of one graph by one metric.

    Args:
        metric: The metric.
        graph: The graph, whose outputs the metric may read.
        dataset: The dataset, whose columns the metric may read.
        services: What metrics use.
        maximize: Whether a higher value of the metric is better; otherwise a score is 1 minus that value.
    """

    def __init__(
        self, metric: Metric, graph: Graph, dataset: Dataset, services: Services, *, maximize: bool = True
    ) -> None:
        self.metric = metric
        self._dataset = dataset
        self._services = services
        self._maximize = maximize
        outputs = {output.name for output in graph.outputs}
        self.reads: tuple[str, ...] = tuple(name for name in metric.inputs if name in outputs)

    def check(self, row: Row) -> None:
        """Makes sure that the row has what the metric reads, before anything is paid for.

        Raises:
            DataError: It has not.
        """
        expected = expected_of(self._dataset, row)
        for name in self.metric.inputs:
            if name not in self.reads:
                self._column(name, row, expected)

    async def score(self, run: Run, row: Row) -> Scored:
        """The score of a run on its row.

        Raises:
            DataError: The metric reads a column that the row does not have.
        """
        expected = expected_of(self._dataset, row)
        found = recall(run.events, gold_of(row.values))
        if not run.completed:
            return Scored(run, Score(run.row, None, expected=expected, problem=run.problem), recall=found)
        if missing := next((name for name in self.reads if name not in run.outputs), None):
            feedback = run.problem.message if run.problem is not None else f"'{missing}' is absent"
            return Scored(run, Score(run.row, 0.0, feedback, expected, run.problem), recall=found)
        values = {name: self._value(name, run, row, expected) for name in self.metric.inputs}
        tracing = self._services.tracing
        with tracing.span(f"score {self.metric.name}", score_attributes(self.metric, run.row)) as span:
            verdict = await self._measure(values, run)
            value = verdict.score
            if value is not None and not self._maximize:
                value = 1 - value
            score = Score(run.row, value, verdict.critique, expected, verdict.problem)
            span.set(scored_attributes(score, content=tracing.content))
            if score.problem is not None:
                span.fail(score.problem.kind.value, score.problem.message)
        return Scored(run, score, verdict.cost, found)

    def _value(self, name: str, run: Run, row: Row, expected: JsonValue) -> JsonValue:
        return run.outputs[name] if name in self.reads else self._column(name, row, expected)

    def _column(self, name: str, row: Row, expected: JsonValue) -> JsonValue:
        if name in row.values:
            return row.values[name]
        if name == EXPECTED and expected is not None:
            return expected
        hint = "Name the reference column with `expect` in the dataset." if name == EXPECTED else "Check its name."
        raise DataError(
            f"The metric '{self.metric.name}' reads '{name}', which row '{row.id}' does not have.",
            where=row.where or self._dataset.name,
            hint=hint,
        )

    async def _measure(self, values: dict[str, JsonValue], run: Run) -> Verdict:
        match self.metric.body:
            case BuiltinMetric(name):
                output, *others = values.values()
                expected = others[0] if others else None
                value = MEASURES[name](output, expected)
                return Verdict(value, "" if value == 1 else _difference(output, expected, told=bool(others)))
            case FunctionMetric() as function:
                return await measure(function, values, self._services)
            case JudgeMetric() as by_model:
                replica = run.events[0].key.replica if run.events else 0
                return await judge(by_model, values, self._services, where=self.metric.name, replica=replica)


def _difference(output: JsonValue, expected: JsonValue, *, told: bool) -> str:
    got = _quoted(output)
    return f"Expected {_quoted(expected)}, got {got}." if told else f"Got {got}."


def _quoted(value: JsonValue) -> str:
    text = text_of(value) if value is not None else "nothing"
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[: _SHOWN - 1]}…'"
