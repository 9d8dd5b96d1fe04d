"""How a budget is divided, and what the next batch may cost: decided before the batch is started, never while it runs.

The rows for the claim and for the final report are set aside first, so that a budget that runs out in the search still yields a measured
best so far. Because every decision falls between batches and rests on upper bounds, it does not depend on which call came back first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from prompts_lang.engine.bound import Bound
from prompts_lang.engine.store.model import Budget, Totals
from prompts_lang.optimize.bench import Splits

SET_ASIDE = 0.5
"""Share of the budget that is kept for the claim and the report at most. What is left at the end goes to them as well."""
CLAIM_ROWS = 6
"""Validation rows that come before test rows: the fewest that can prove anything."""
_MARGIN = Decimal("1.25")
"""By how much a row may cost more money than the rows before it."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Rows that are kept for the end: both the original and the candidate run on each."""

    validation: int
    test: int

    @property
    def runs(self) -> int:
        """Executions of the graph that this stands for."""
        return 2 * (self.validation + self.test)


@dataclass(frozen=True, slots=True)
class Purse:
    """The budget of the search.

    `row` is what one row may cost; `row_calls`, `row_usd` and `call_usd` are what rows and calls have cost so far, on average.
    """

    reserve: Reserve
    row: Bound
    row_calls: Decimal | None = None
    row_usd: Decimal | None = None
    call_usd: Decimal | None = None

    @classmethod
    def divide(cls, splits: Splits, budget: Budget, row: Bound) -> Purse:
        """Sets rows aside, as many as `SET_ASIDE` of the budget pays for: a few validation rows, all test rows, all validation rows."""
        validation, test = len(splits.validation), len(splits.test)
        if budget.calls is None or not row.calls:
            return cls(Reserve(validation, test), row)
        pairs = int(SET_ASIDE * budget.calls / (2 * row.calls))
        claimed = min(validation, CLAIM_ROWS, pairs // 2 if test else pairs)
        reported = min(test, pairs - claimed)
        return cls(Reserve(min(validation, pairs - reported), reported), row)

    def informed(self, totals: Totals, runs: int) -> Purse:
        """The purse with the calls and prices that were really paid, after the first rows."""
        if not runs or not totals.calls:
            return self
        seen = replace(self, row_calls=Decimal(totals.calls) / runs)
        if totals.unpriced:
            return seen
        return replace(seen, row_usd=totals.usd / runs, call_usd=totals.usd / totals.calls)

    def affords(self, left: Budget, *, runs: int, calls: int, reserved: int | None = None) -> bool:
        """Whether a batch of executions and other calls fits what is left beside the reserve (`reserved`: what is left of it)."""
        kept = self.reserve.runs if reserved is None else reserved
        if left.calls is not None and (runs + kept) * self.row.calls + calls > left.calls:
            return False
        return self._can_pay(left, runs, calls, kept)

    def likely_runs(self, left: Budget, most: int) -> int:
        """How many executions, `most` at most, fit beside the reserve if rows go on to cost what they did.

        For work that may end at any point. What it costs more than that goes off the reserve, never beyond the budget.
        """
        if left.calls is None or not self.row.calls:
            fitting = most
        else:
            each = self.row.calls if self.row_calls is None else min(_MARGIN * self.row_calls, self.row.calls)
            beside = left.calls - self.reserve.runs * self.row.calls
            fitting = most if each == 0 else max(0, min(most, int(beside / each)))
        return next((runs for runs in range(fitting, 0, -1) if self._can_pay(left, runs, 0, self.reserve.runs)), 0)

    def _can_pay(self, left: Budget, runs: int, calls: int, kept: int) -> bool:
        if left.usd is None or self.row_usd is None or self.call_usd is None:
            return True
        return _MARGIN * ((runs + kept) * self.row_usd + calls * self.call_usd) <= left.usd

    def rows(self, left: Budget, wanted: int, *, each: int, reserved: int) -> int:
        """How many of `wanted` rows can be run `each` times."""
        return max(
            (count for count in range(wanted + 1) if self.affords(left, runs=count * each, calls=0, reserved=reserved)),
            default=0,
        )
