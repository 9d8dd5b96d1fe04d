"""Amounts as people write and read them: budgets, scores, money, time."""

from __future__ import annotations

import re
from decimal import Decimal

from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import UsageError


def read_budget(text: str) -> Budget:
    """`$2`, `2.50 usd`, `300 calls` or `300`; both limits with a comma between.

    Raises:
        UsageError: it is none of these.
    """
    calls: int | None = None
    usd: Decimal | None = None
    for part in text.split(","):
        money = re.fullmatch(r"\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:usd|USD)", part.strip())
        count = re.fullmatch(r"(\d+)(?:\s*calls?)?", part.strip())
        if money is not None:
            usd = Decimal(money[1] or money[2])
        elif count is not None:
            calls = int(count[1])
        else:
            raise UsageError(f"'{text}' is no budget.", hint='Write "$2", "300 calls", or both with a comma between.')
    return Budget(calls=calls, usd=usd)


def dollars(usd: Decimal | float | None) -> str:
    """Money for people; four digits below a cent, and words where the price is unknown."""
    if usd is None:
        return "unknown cost"
    return f"${usd:.2f}" if usd >= Decimal("0.01") or usd == 0 else f"${usd:.4f}"


def scored(score: float | None, interval: tuple[float, float] | None) -> str:
    """A score with its interval."""
    if score is None:
        return "no score"
    return f"{score:.3f}" + ("" if interval is None else f" (95 % between {interval[0]:.3f} and {interval[1]:.3f})")


def plural(count: int, thing: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
