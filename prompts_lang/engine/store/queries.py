"""Every statement that reads or writes the store's tables, in SQL that SQLite and PostgreSQL both understand, and in one place.

Parameters are numbered where one is used twice. The casts are for PostgreSQL: it wants to know a parameter's type, and sums to decimals.
"""

from __future__ import annotations

from typing import Final

RESERVE: Final = """
INSERT INTO ledger (at, state, run, key, purpose, node, model, attempt, picodollars)
VALUES (?, 'reserved', ?, ?, ?, ?, ?, ?, ?)
"""
# A call that came to its end after it had been given up stays given up; its result is kept all the same.
SETTLE: Final = """
INSERT INTO ledger (at, state, settles, picodollars, tokens_in, tokens_out, seconds, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
ENTRIES: Final = """
SELECT number, run, key, purpose, node, model, attempt, state, bound, tokens_in, tokens_out, picodollars, seconds,
  reserved, settled, error
FROM calls WHERE run = ?1 AND (CAST(?2 AS TEXT) IS NULL OR key = ?2) ORDER BY number
"""
_SUMS: Final = """
count(*), count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state IN ('possibly_spent', 'reserved')),
  count(*) FILTER (WHERE picodollars IS NULL), coalesce(sum(picodollars), 0), CAST(coalesce(sum(tokens_in), 0) AS BIGINT),
  CAST(coalesce(sum(tokens_out), 0) AS BIGINT), coalesce(sum(seconds), 0.0)
"""
COSTS: Final = f"""
SELECT purpose, node, model, {_SUMS} FROM calls WHERE run = ? GROUP BY purpose, node, model ORDER BY purpose, node, model
"""  # noqa: S608
SPENT_SINCE: Final = f"SELECT {_SUMS} FROM calls WHERE reserved >= ?"  # noqa: S608

# The first draw of a key counts: a second one would be a second observation under the same name.
REMEMBER: Final = "INSERT INTO memo (key, value, run, used) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
TOUCH: Final = "UPDATE memo SET used = ? WHERE key = ?"
MEMO: Final = "SELECT key, CAST(value AS TEXT), run, used FROM memo WHERE key = ?"

_RUN_COLUMNS: Final = "id, kind, file, graph, state, seed, parameters, started, finished, report"
START_RUN: Final = f"INSERT INTO runs ({_RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
SET_RUN_STATE: Final = "UPDATE runs SET state = ?, finished = NULL WHERE id = ?"
FINISH_RUN: Final = "UPDATE runs SET state = ?, finished = ?, report = ? WHERE id = ?"
RUNS_IN_STATE: Final = "SELECT id FROM runs WHERE state = ?"
RUN: Final = f"""
SELECT {_RUN_COLUMNS} FROM runs WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id = ?1 DESC LIMIT 2
"""  # noqa: S608
RUNS: Final = f"""
SELECT {_RUN_COLUMNS} FROM runs WHERE CAST(?1 AS TEXT) IS NULL OR file = ?1 ORDER BY started DESC, id DESC LIMIT ?2
"""  # noqa: S608

KEEP_EVENT: Final = """
INSERT INTO events (run, candidate, row, path, iteration, replica, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run, candidate, row, path, iteration, replica) DO UPDATE SET body = excluded.body
"""
EVENTS: Final = """
SELECT run, row, path, body, iteration, replica, candidate FROM events
WHERE run = ?1 AND (CAST(?2 AS TEXT) IS NULL OR row = ?2) AND (CAST(?3 AS TEXT) IS NULL OR path = ?3)
  AND (CAST(?4 AS TEXT) IS NULL OR candidate = ?4)
ORDER BY seq
"""
KEEP_CANDIDATE: Final = """
INSERT INTO candidates (run, id, parents, body) VALUES (?, ?, ?, ?)
ON CONFLICT (run, id) DO UPDATE SET parents = excluded.parents, body = excluded.body
"""
CANDIDATES: Final = "SELECT run, id, body, parents FROM candidates WHERE run = ? ORDER BY seq"

KEEP_FINDING: Final = """
INSERT INTO findings (id, file, graph, slot, text_hash, run, body, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET file = excluded.file, graph = excluded.graph, slot = excluded.slot, text_hash = excluded.text_hash,
  run = excluded.run, body = excluded.body, created = excluded.created
"""
DROP_FINDINGS: Final = "DELETE FROM findings WHERE file = ? AND graph = ?"
REMOVE_FINDING: Final = "DELETE FROM findings WHERE id = ?"
FINDINGS: Final = "SELECT id, file, graph, slot, text_hash, run, body, created FROM findings WHERE file = ?"
