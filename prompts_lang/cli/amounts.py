"""Amounts as people read them: scores, money, counts."""

from __future__ import annotations

from decimal import Decimal


def dollars(usd: Decimal | float | None) -> str:
    """Money for people: cents, ten-thousandths below a cent, and words where the price is unknown."""
    if usd is None:
        return "unknown cost"
    if usd == 0 or usd >= Decimal("0.01"):
        return f"${usd:,.2f}"
    return f"${usd:.4f}" if usd >= Decimal("0.0001") else "less than $0.0001"


def scored(score: float | None, interval: tuple[float, float] | None) -> str:
    """A score with its interval."""
    if score is None:
        return "no score"
    return f"{score:.3f}" + ("" if interval is None else f" (95 % between {interval[0]:.3f} and {interval[1]:.3f})")


def plural(count: int, thing: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
