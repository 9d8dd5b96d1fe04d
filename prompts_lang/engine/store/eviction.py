"""Keeping the store within its size: old events and results go, the ledger stays.

Invariant: nothing goes that a running run relies on; what a stopped run would need to be resumed goes last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

MAX_BYTES: Final = 1 << 30
"""A gibibyte: some hundred thousand events of a few kilobytes each."""

_AIM: Final = 0.8
"""Part of the limit to come down to, so that eviction is rare."""
_CHUNK: Final = 100
"""Rows per transaction, so that other writers get their turn."""
_KEPT_IN_MEMORY: Final = 20
"""Finished runs that a store without a file keeps."""

# From what is missed least to what is missed most.
_EVICTIONS: Final = (
    """
    DELETE FROM events WHERE seq IN (
      SELECT e.seq FROM events AS e JOIN runs AS r ON r.id = e.run
      WHERE r.state IN ('done', 'failed') ORDER BY r.started, e.seq LIMIT ?)
    """,
    """
    DELETE FROM memo WHERE key IN (
      SELECT m.key FROM memo AS m LEFT JOIN runs AS r ON r.id = m.run
      WHERE coalesce (r.state, 'done') IN ('done', 'failed') ORDER BY m.used LIMIT ?)
    """,
    """
    DELETE FROM events WHERE seq IN (
      SELECT e.seq FROM events AS e JOIN runs AS r ON r.id = e.run
      WHERE r.state = 'stopped' ORDER BY r.started, e.seq LIMIT ?)
    """,
    """
    DELETE FROM memo WHERE key IN (
      SELECT m.key FROM memo AS m JOIN runs AS r ON r.id = m.run
      WHERE r.state = 'stopped' ORDER BY m.used LIMIT ?)
    """,
)
_FORGET_RUN: Final = (
    "DELETE FROM ledger WHERE settles IN (SELECT seq FROM ledger WHERE run = ? AND settles IS NULL)",
    "DELETE FROM ledger WHERE run = ?",
    "DELETE FROM events WHERE run = ?",
    "DELETE FROM candidates WHERE run = ?",
    "DELETE FROM runs WHERE id = ?",
)


def make_room(connection: sqlite3.Connection, *, max_bytes: int, keep: float) -> None:
    """Evicts until the content is within `max_bytes`, or within `keep` (0 to 1) of its size now if that is less."""
    size = _bytes_used(connection)
    if size <= max_bytes and keep >= 1.0:
        return
    aim = min(max_bytes * _AIM, size * keep)
    for eviction in _EVICTIONS:
        while _bytes_used(connection) > aim:
            if connection.execute(eviction, (_CHUNK,)).rowcount < 1:
                break
    # `execute` would step once, which frees one page.
    connection.executescript("PRAGMA incremental_vacuum")


def forget_finished_runs(connection: sqlite3.Connection) -> None:
    """Drops all but the latest finished runs with their ledger: for a store that ends with its process anyway."""
    connection.execute("DROP TRIGGER IF EXISTS ledger_keeps_rows")
    old = connection.execute(
        "SELECT id FROM runs WHERE finished IS NOT NULL ORDER BY finished DESC, id DESC LIMIT -1 OFFSET ?",
        (_KEPT_IN_MEMORY,),
    ).fetchall()
    for values in old:
        for statement in _FORGET_RUN:
            connection.execute(statement, values)


def _bytes_used(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
