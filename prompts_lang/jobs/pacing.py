"""How many rows may be under way at once, so that a budget is not spread over rows that it cannot finish."""

from __future__ import annotations

from prompts_lang.engine.bound import row_bound
from prompts_lang.engine.executor import ROWS_AT_ONCE
from prompts_lang.engine.objective import Objective
from prompts_lang.engine.store.model import Budget

UNDER_MONEY = 16
"""Rows at once under a budget in money: what a row will cost is not known before some have run."""


def rows_at_once(objective: Objective, budget: Budget) -> int:
    """The most rows to begin before one of them is finished."""
    most = ROWS_AT_ONCE if budget.usd is None else UNDER_MONEY
    row = row_bound(objective.graph, objective.metric).calls
    if budget.calls is None or not row:
        return most
    return max(1, min(most, budget.calls // row))
