"""Budgets as people write them."""

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
