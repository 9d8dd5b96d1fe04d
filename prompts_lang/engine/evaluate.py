"""Measures a graph on rows: the score with its interval, what it took, and the runs behind it.

Invariant: a row that could not be run is counted and named, and is no part of the score.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import fmean
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.data.dataset import Row, rows_of
from prompts_lang.data.splitting import Split
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.metrics.aggregate import Summary, summarise
from prompts_lang.engine.metrics.score import Scored, Scorer
from prompts_lang.engine.store.model import Purpose, Totals
from prompts_lang.errors import DataError

if TYPE_CHECKING:
    from prompts_lang.engine.execution import Listener
    from prompts_lang.engine.objective import Objective
    from prompts_lang.engine.session import Session
    from prompts_lang.engine.values import Event, Problem
    from prompts_lang.graph.model import Dataset, Graph
    from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an evaluation is: runs that are over, runs in all, and the mean score so far."""

    done: int
    total: int
    score: float | None


Watcher: TypeAlias = "Callable[[Progress], None]"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        graph: The graph's name.
        dataset: The dataset's name.
        split: The split; None where all rows were taken.
        rows: How many rows were wanted.
        summary: Rows with a score, the mean of the metric and its interval; repeats of a row are averaged first.
        outcomes: Runs and scores, by row in the order of the dataset, then by replica.
        used: What it used: calls, tokens, money.
        seconds: Time on the clock.
    """

    graph: str
    dataset: str
    split: Split | None
    rows: int
    summary: Summary
    outcomes: tuple[Scored, ...]
    used: Totals
    seconds: float

    @property
    def score(self) -> float | None:
        """The mean over the rows that have a score."""
        return self.summary.mean

    @property
    def not_run(self) -> int:
        """How many rows have no score."""
        return self.rows - self.summary.count

    @property
    def problems(self) -> tuple[tuple[Problem, int], ...]:
        """Why rows have no score, the most frequent reason first, with the number of runs."""
        found = Counter(outcome.score.problem for outcome in self.outcomes if outcome.score.problem is not None)
        unscored = {outcome.score.problem for outcome in self.outcomes if outcome.score.value is None}
        return tuple((problem, count) for problem, count in found.most_common() if problem in unscored)

    @property
    def recall(self) -> float | None:
        """The mean share of a row's gold passages that its retrievals found, where rows name any."""
        found = [outcome.recall for outcome in self.outcomes if outcome.recall is not None]
        return fmean(found) if found else None

    @property
    def usd(self) -> Decimal | None:
        """US dollars; None where the price of a call is unknown."""
        return None if self.used.unpriced else self.used.usd

    def row_scores(self) -> list[JsonValue]:
        """The verdict on each row, as the store keeps it with the run: `row score feedback problem`, in the order of the rows."""
        return [
            {
                "row": score.row,
                "score": score.value,
                "feedback": score.feedback,
                "problem": "" if score.problem is None else score.problem.message,
            }
            for score in (outcome.score for outcome in self.outcomes)
        ]

    def to_json(self) -> dict[str, JsonValue]:
        """The object of `prompts eval --json`."""
        interval = self.summary.interval
        return {
            "graph": self.graph,
            "dataset": self.dataset,
            "split": None if self.split is None else self.split.value,
            "rows": self.rows,
            "scored": self.summary.count,
            "not_run": self.not_run,
            "score": self.score,
            "interval": None if interval is None else list(interval),
            "recall": self.recall,
            "calls": self.used.calls,
            "cached": self.used.cached,
            "usd": None if self.usd is None else float(self.usd),
            "tokens": self.used.tokens_in + self.used.tokens_out,
            "seconds": round(self.seconds, 3),
        }


async def evaluate(
    session: Session,
    objective: Objective,
    *,
    graph: Graph | None = None,
    split: Split | None = Split.TEST,
    rows: int | None = None,
    repeat: int = 1,
    purpose: Purpose = Purpose.FORWARD,
    keep_events: bool = True,
    hold_events: bool = True,
    on_progress: Watcher | None = None,
    on_event: Listener | None = None,
) -> Evaluation:
    """Runs and scores a graph on the rows of a split, side by side.

    Args:
        session: Where it runs. Its account should serve nothing else meanwhile, or the costs of both are counted.
        objective: The graph, its dataset and its metric.
        graph: A candidate to run in the place of the objective's graph.
        split: Which rows; None for all of them.
        rows: Takes no more rows than that, in the order of the dataset.
        repeat: How many draws of each row; more than one makes sense for models that sample.
        purpose: What the calls are made for, for the books.
        keep_events: Whether the store keeps the events.
        hold_events: Whether the outcomes keep them too; without, memory does not grow with the size of the graph.
        on_progress: Is told whenever a run is over.
        on_event: Is told of every event as soon as it is over.

    Raises:
        FileError: The dataset cannot be read.
        DataError: A row is not what it should be, the split is empty, or the metric reads a column that there is not.
        PromptsError: Nothing can go on: the store or the sandbox does not work.
    """
    started, before = time.perf_counter(), session.account.totals
    graph = graph or objective.graph
    chosen = chosen_rows(session.resources.rows(objective.dataset), objective.dataset, split, at_most=rows)
    outcomes = await measure(
        session,
        objective,
        graph,
        chosen,
        repeat=repeat,
        purpose=purpose,
        keep_events=keep_events,
        hold_events=hold_events,
        on_progress=on_progress,
        on_event=on_event,
    )
    return Evaluation(
        graph=graph.name,
        dataset=objective.dataset.name,
        split=split,
        rows=len(chosen),
        summary=summarise(_by_row(outcomes, maximize=objective.maximize)),
        outcomes=outcomes,
        used=session.account.totals - before,
        seconds=time.perf_counter() - started,
    )


async def measure(
    session: Session,
    objective: Objective,
    graph: Graph,
    rows: Sequence[Row],
    *,
    repeat: int = 1,
    purpose: Purpose = Purpose.FORWARD,
    keep_events: bool = False,
    hold_events: bool = True,
    on_progress: Watcher | None = None,
    on_event: Listener | None = None,
) -> tuple[Scored, ...]:
    """Runs and scores a graph on given rows: for each row in order, its replicas in order (see `evaluate`)."""
    scorer = Scorer(objective.metric, graph, objective.dataset, session.services, maximize=objective.maximize)
    listeners = [listener for listener in (session.keep if keep_events else None, on_event) if listener is not None]

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    executions = [
        session.executor.prepare(graph, purpose=purpose, replica=replica, on_event=tell if listeners else None)
        for replica in range(repeat)
    ]
    for row in rows:
        scorer.check(row)
    finished: list[float] = []
    done = 0

    async def work(item: tuple[Row, int]) -> Scored:
        nonlocal done
        row, replica = item
        outcome = await scorer.score(await executions[replica].run(row), row)
        if not hold_events:
            outcome = replace(outcome, run=replace(outcome.run, events=()))
        done += 1
        if outcome.score.value is not None:
            finished.append(outcome.score.value)
        if on_progress is not None:
            on_progress(Progress(done, len(items), fmean(finished) if finished else None))
        return outcome

    items = [(row, replica) for row in rows for replica in range(repeat)]
    return await side_by_side(items, work, at_once=session.executor.rows_at_once)


def chosen_rows(
    rows: Sequence[Row], dataset: Dataset, split: Split | None, *, at_most: int | None = None
) -> tuple[Row, ...]:
    """The rows of a split.

    Raises:
        DataError: There are none.
    """
    chosen = rows_of(rows, split, at_most=at_most)
    if not chosen:
        sizes = Counter(row.split.value for row in rows)
        told = ", ".join(f"{sizes[part.value]} {part.value}" for part in Split)
        raise DataError(
            f"'{dataset.name}' has no rows in the split '{split}'." if split else f"'{dataset.name}' has no rows.",
            where=str(dataset.path or dataset.name),
            hint=f"It has {told}. Add rows, change its `split`, or take another split.",
        )
    return chosen


def _by_row(outcomes: Sequence[Scored], *, maximize: bool) -> list[float]:
    """One value of the metric per row that has any score: the mean of its replicas."""
    values: dict[str, list[float]] = {}
    for outcome in outcomes:
        if outcome.score.value is not None:
            value = outcome.score.value if maximize else 1 - outcome.score.value
            values.setdefault(outcome.score.row, []).append(value)
    return [fmean(scores) for scores in values.values()]
