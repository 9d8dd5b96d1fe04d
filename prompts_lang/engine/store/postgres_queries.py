"""What a PostgreSQL server is told beyond `queries`, and how it spells the parameters of those."""

from __future__ import annotations

import re
from functools import cache
from itertools import count
from typing import Final

ONE_WRITER: Final = "SELECT pg_advisory_xact_lock(lock_key('writing'))"
"""Begins every transaction that writes: without an order of their own, those of several processes would wait for each other in a circle."""
PATIENCE: Final = "SELECT set_config('lock_timeout', ?, true)"
ONE_MOMENT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
HOLD: Final = "SELECT pg_try_advisory_lock(lock_key(?))"
LET_GO: Final = "SELECT pg_advisory_unlock(lock_key(?))"
IS_HELD: Final = "SELECT is_held(?)"
LET_GO_OF_ALL: Final = "SELECT pg_advisory_unlock_all()"
BOOK_LOST_CALLS: Final = "SELECT book_lost_calls(?, ?, ?)"
RESERVE: Final = """
SELECT number, refusal, used_calls, used_picodollars
FROM reserve(?, ?, ?, ?, ?, ?, ?::int, ?::bigint, ?, ?, ?, ?, ?::int, ?::bigint, ?::bigint)
"""
"""Takes the place of `queries.RESERVE`: within a budget it may refuse."""
SPENT_ELSEWHERE: Final = """
SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(failed), 0)::bigint, coalesce(sum(possibly_spent), 0)::bigint,
  coalesce(sum(unpriced), 0)::bigint, coalesce(sum(picodollars), 0), coalesce(sum(tokens_in), 0)::bigint,
  coalesce(sum(tokens_out), 0)::bigint, coalesce(sum(seconds), 0.0)
FROM accounts WHERE run = ? AND holder <> ?
"""

_PARAMETER: Final = re.compile(r"\?(\d*)")


@cache
def spelled(statement: str) -> str:
    """A statement with parameters as PostgreSQL has them: `$1` for `?1`, and for the first plain `?`."""
    plain = count(1)
    return _PARAMETER.sub(lambda found: f"${found[1] or next(plain)}", statement)
