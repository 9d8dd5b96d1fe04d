"""Budgets as the settings have them, and what is left of them."""

from decimal import Decimal
from typing import TypeVar

from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import UsageError

_Amount = TypeVar("_Amount", int, Decimal)


def is_budget(text: str) -> bool:
    """Whether a text is an amount such as `$2` or `300 calls`; an empty one is no limit, which is fine too."""
    try:
        if text:
            read_budget(text)
    except UsageError:
        return False
    return True


def left_of(budget: Budget, calls: int, usd: Decimal) -> Budget:
    """What is left of a budget after spending that; never less than nothing."""
    return Budget(
        calls=None if budget.calls is None else max(budget.calls - calls, 0),
        usd=None if budget.usd is None else max(budget.usd - usd, Decimal(0)),
    )


def stricter(one: Budget, other: Budget) -> Budget:
    """What both budgets allow."""
    return Budget(calls=_least(one.calls, other.calls), usd=_least(one.usd, other.usd))


def is_spent(budget: Budget) -> bool:
    """Whether nothing more may be spent."""
    return (budget.calls is not None and budget.calls <= 0) or (budget.usd is not None and budget.usd <= 0)


def written(budget: Budget) -> str:
    """A budget as `read_budget` reads it."""
    parts = ["" if budget.usd is None else f"${budget.usd}", "" if budget.calls is None else f"{budget.calls} calls"]
    return ", ".join(filter(None, parts))


def _least(one: _Amount | None, other: _Amount | None) -> _Amount | None:
    return one if other is None else other if one is None else min(one, other)
