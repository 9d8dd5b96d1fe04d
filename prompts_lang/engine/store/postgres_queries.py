"""Every statement that reads or writes the store's tables on a PostgreSQL server.

What SQLite spells its own way stands here in PostgreSQL's; the values are the same and in the same order (see `rows`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prompts_lang.engine.store import queries

ONE_WRITER: Final = "SELECT pg_advisory_xact_lock(lock_key('writing'))"
"""Begins every transaction that writes: without an order of their own, those of several processes would wait for each other in a circle."""
PATIENCE: Final = "SELECT set_config('lock_timeout', %s, true)"
HOLD: Final = "SELECT pg_try_advisory_lock(lock_key(%s))"
LET_GO: Final = "SELECT pg_advisory_unlock(lock_key(%s))"
IS_HELD: Final = "SELECT is_held(%s)"
LET_GO_OF_ALL: Final = "SELECT pg_advisory_unlock_all()"
BOOK_LOST_CALLS: Final = "SELECT book_lost_calls(%s, %s, %s)"

RESERVE: Final = """
SELECT number, refusal, used_calls, used_picodollars
FROM reserve(%s, %s, %s, %s, %s, %s, %s::int, %s::bigint, %s, %s, %s, %s, %s::int, %s::bigint, %s::bigint)
"""
_SETTLE: Final = """
INSERT INTO ledger (at, state, settles, picodollars, tokens_in, tokens_out, seconds, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (settles) WHERE settles IS NOT NULL DO NOTHING
"""
_REMEMBER: Final = "INSERT INTO memo (key, value, run, used) VALUES (%s, %s::json, %s, %s) ON CONFLICT (key) DO NOTHING"
_KEEP_EVENT: Final = """
INSERT INTO events (run, candidate, row, path, iteration, replica, body) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (run, candidate, row, path, iteration, replica) DO UPDATE SET body = excluded.body
"""
_KEEP_CANDIDATE: Final = """
INSERT INTO candidates (run, id, parents, body) VALUES (%s, %s, %s, %s)
ON CONFLICT (run, id) DO UPDATE SET parents = excluded.parents, body = excluded.body
"""
WRITES: Final[Mapping[str, str]] = {
    queries.SETTLE: _SETTLE,
    queries.REMEMBER: _REMEMBER,
    queries.TOUCH: "UPDATE memo SET used = %s WHERE key = %s",
    queries.KEEP_EVENT: _KEEP_EVENT,
    queries.KEEP_CANDIDATE: _KEEP_CANDIDATE,
}
"""The writing statements of `rows.statements`; reservations are made by `RESERVE`."""

_RUN_COLUMNS: Final = "id, kind, file, graph, state, seed, parameters, started, finished, report"
START_RUN: Final = f"INSERT INTO runs ({_RUN_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
SET_RUN_STATE: Final = "UPDATE runs SET state = %s, finished = NULL WHERE id = %s"
FINISH_RUN: Final = "UPDATE runs SET state = %s, finished = %s, report = %s WHERE id = %s"
RUNS_IN_STATE: Final = "SELECT id FROM runs WHERE state = %s"
RUN: Final = f"SELECT {_RUN_COLUMNS} FROM runs WHERE starts_with(id, %s) ORDER BY id = %s DESC LIMIT 2"  # noqa: S608
RUNS: Final = f"""
SELECT {_RUN_COLUMNS} FROM runs WHERE %s::text IS NULL OR file = %s ORDER BY started DESC, id DESC LIMIT %s
"""  # noqa: S608

_SUMS: Final = """
count(*), count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state IN ('possibly_spent', 'reserved')),
  count(*) FILTER (WHERE picodollars IS NULL), coalesce(sum(picodollars), 0), coalesce(sum(tokens_in), 0)::bigint,
  coalesce(sum(tokens_out), 0)::bigint, coalesce(sum(seconds), 0.0)
"""
ENTRIES: Final = """
SELECT number, run, key, purpose, node, model, attempt, state, bound, tokens_in, tokens_out, picodollars, seconds,
  reserved, settled, error
FROM calls WHERE run = %s AND (%s::text IS NULL OR key = %s) ORDER BY number
"""
COSTS: Final = f"""
SELECT purpose, node, model, {_SUMS} FROM calls WHERE run = %s GROUP BY purpose, node, model ORDER BY purpose, node, model
"""  # noqa: S608
SPENT_SINCE: Final = f"SELECT {_SUMS} FROM calls WHERE reserved >= %s"  # noqa: S608
SPENT_ELSEWHERE: Final = """
SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(failed), 0)::bigint, coalesce(sum(possibly_spent), 0)::bigint,
  coalesce(sum(unpriced), 0)::bigint, coalesce(sum(picodollars), 0), coalesce(sum(tokens_in), 0)::bigint,
  coalesce(sum(tokens_out), 0)::bigint, coalesce(sum(seconds), 0.0)
FROM accounts WHERE run = %s AND holder <> %s
"""
MEMO: Final = "SELECT key, value::text, run, used FROM memo WHERE key = %s"

EVENTS: Final = """
SELECT run, row, path, body, iteration, replica, candidate FROM events
WHERE run = %s AND (%s::text IS NULL OR row = %s) AND (%s::text IS NULL OR path = %s) AND (%s::text IS NULL OR candidate = %s)
ORDER BY seq
"""
CANDIDATES: Final = "SELECT run, id, body, parents FROM candidates WHERE run = %s ORDER BY seq"

KEEP_FINDING: Final = """
INSERT INTO findings (id, file, graph, slot, text_hash, run, body, created) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET file = excluded.file, graph = excluded.graph, slot = excluded.slot, text_hash = excluded.text_hash,
  run = excluded.run, body = excluded.body, created = excluded.created
"""
DROP_FINDINGS: Final = "DELETE FROM findings WHERE file = %s AND graph = %s"
REMOVE_FINDING: Final = "DELETE FROM findings WHERE id = %s"
FINDINGS: Final = """
SELECT id, file, graph, slot, text_hash, run, body, created FROM findings WHERE file = %s ORDER BY slot COLLATE "C", id COLLATE "C"
"""
