"""What the optimiser needs of the engine, as a protocol: rows, measurements, a way to models, and an account.

Everything that costs goes through it. A measurement is by row and by graph; a candidate is simply another graph, so what an edit cannot
reach comes from the memo.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from prompts_lang.autodiff.ask import Teacher
from prompts_lang.engine.bound import Bound
from prompts_lang.engine.store.model import Budget, Purpose, Totals
from prompts_lang.engine.values import Run, Score
from prompts_lang.graph.model import Graph, Model, Slot, SlotId


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run and its score. `value` is None where the row could not be run or scored: it is then left out on both sides."""

    run: Run
    score: Score

    @property
    def row(self) -> str:
        """The row's id."""
        return self.run.row

    @property
    def value(self) -> float | None:
        """The score, higher is better, in [0, 1]."""
        return self.score.value


@dataclass(frozen=True, slots=True)
class Splits:
    """Row ids, in the order of the dataset."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


class Bench(Protocol):
    """Runs and scores graphs on rows, for one objective and on one account."""

    @property
    def splits(self) -> Splits:
        """The dataset's rows by split."""
        ...

    def teacher(self, model: Model) -> Teacher:
        """The way to the critic or the rewriter."""
        ...

    @property
    def totals(self) -> Totals:
        """What the run has used so far."""
        ...

    @property
    def maximize(self) -> bool:
        """Whether a higher value of the metric is better. Where it is not, a score is 1 minus that value."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether somebody has asked the run to end. Nothing new is begun then."""
        ...

    def remaining(self) -> Budget:
        """What is left of the budget."""
        ...

    def row_bound(self, graph: Graph) -> Bound:
        """The most that one row can cost, its scoring included. Maps are taken at one item."""
        ...

    def edit_bound(self, graph: Graph, slots: Collection[SlotId]) -> Bound:
        """The most that a row can cost whose run is remembered, but for new texts in these slots."""
        ...

    def call_bound(self, model: Model) -> Bound:
        """The most that one question to the critic or the rewriter can cost."""
        ...

    def dearest_attempt(self, graph: Graph, *teachers: Model) -> Decimal | None:
        """The most that any one attempt of a call can cost in US dollars, of the graph, its scoring or the teachers; None if unknown."""
        ...

    def unpriced_models(self, graph: Graph, *teachers: Model) -> tuple[str, ...]:
        """The names of the models for which that is not known: there is no price for them, or no limit of what they read."""
        ...

    async def measure(
        self, graph: Graph, rows: Sequence[str], *, purpose: Purpose = Purpose.FORWARD
    ) -> tuple[Outcome, ...]:
        """Runs and scores rows, side by side, one outcome per row in the order given. Failures are outcomes, not exceptions.

        Raises:
            BudgetExceeded: nothing more can be paid for.
        """
        ...

    def statement(self, outcome: Outcome) -> str:
        """What went wrong on a row, for the critic: score, expected and given outputs, the metric's feedback."""
        ...

    def scored_outputs(self) -> tuple[str, ...]:
        """The graph's outputs that the metric reads."""
        ...

    def gold(self, row: str) -> tuple[str, ...]:
        """The passages that a row says should be retrieved; empty where it says nothing."""
        ...

    def example_rows(self, slot: Slot, rows: Sequence[str]) -> tuple[str, ...]:
        """Those of the rows that can stand in an examples slot: they say what its node should answer.

        Where the slot takes its rows from another dataset than the objective's, all training rows of that one are meant.
        """
        ...

    def row_texts(self, row: str) -> tuple[str, ...]:
        """The texts of a row, inputs and references, for the check against copying."""
        ...
