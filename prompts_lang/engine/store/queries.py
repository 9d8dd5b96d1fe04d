"""Every statement that reads or writes the store's tables, in SQL and in one place."""

from __future__ import annotations

from typing import Final

RESERVE: Final = """
INSERT INTO ledger (at, state, run, key, purpose, node, model, attempt, picodollars)
VALUES (?, 'reserved', ?, ?, ?, ?, ?, ?, ?)
"""
# A call that came to its end after it had been given up stays given up; its result is kept all the same.
SETTLE: Final = """
INSERT OR IGNORE INTO ledger (at, state, settles, picodollars, tokens_in, tokens_out, seconds, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
ENTRIES: Final = """
SELECT number, run, key, purpose, node, model, attempt, state, bound, tokens_in, tokens_out, picodollars, seconds,
  reserved, settled, error
FROM calls WHERE run = ?1 AND (?2 IS NULL OR key = ?2) ORDER BY number
"""
COSTS: Final = """
SELECT purpose, node, model, count (*), sum (state = 'failed'), sum (state IN ('possibly_spent', 'reserved')),
  sum (picodollars IS NULL), coalesce (sum (picodollars), 0), sum (tokens_in), sum (tokens_out), sum (seconds)
FROM calls WHERE run = ? GROUP BY purpose, node, model ORDER BY purpose, node, model
"""
SPENT_SINCE: Final = """
SELECT count (*), coalesce (sum (state = 'failed'), 0), coalesce (sum (state IN ('possibly_spent', 'reserved')), 0),
  coalesce (sum (picodollars IS NULL), 0), coalesce (sum (picodollars), 0), coalesce (sum (tokens_in), 0),
  coalesce (sum (tokens_out), 0), coalesce (sum (seconds), 0.0)
FROM calls WHERE reserved >= ?
"""

# The first draw of a key counts: a second one would be a second observation under the same name.
REMEMBER: Final = "INSERT OR IGNORE INTO memo (key, value, run, used) VALUES (?, ?, ?, ?)"
TOUCH: Final = "UPDATE memo SET used = ? WHERE key = ?"
MEMO: Final = "SELECT key, value, run, used FROM memo WHERE key = ?"

START_RUN: Final = """
INSERT INTO runs (id, kind, file, graph, state, seed, parameters, started, finished, report)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SET_RUN_STATE: Final = "UPDATE runs SET state = ?, finished = NULL WHERE id = ?"
FINISH_RUN: Final = "UPDATE runs SET state = ?, finished = ?, report = ? WHERE id = ?"
RUNS_IN_STATE: Final = "SELECT id FROM runs WHERE state = ?"
RUN: Final = """
SELECT id, kind, file, graph, state, seed, parameters, started, finished, report
FROM runs WHERE id GLOB ? ORDER BY id = ? DESC LIMIT 2
"""
RUNS: Final = """
SELECT id, kind, file, graph, state, seed, parameters, started, finished, report
FROM runs WHERE ?1 IS NULL OR file = ?1 ORDER BY started DESC, id DESC LIMIT ?2
"""

KEEP_EVENT: Final = """
INSERT INTO events (run, candidate, row, path, iteration, replica, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET body = excluded.body
"""
EVENTS: Final = """
SELECT run, row, path, body, iteration, replica, candidate FROM events
WHERE run = ?1 AND (?2 IS NULL OR row = ?2) AND (?3 IS NULL OR path = ?3) AND (?4 IS NULL OR candidate = ?4)
ORDER BY seq
"""
KEEP_CANDIDATE: Final = """
INSERT INTO candidates (run, id, parents, body) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET parents = excluded.parents, body = excluded.body
"""
CANDIDATES: Final = "SELECT run, id, body, parents FROM candidates WHERE run = ? ORDER BY seq"

KEEP_FINDING: Final = """
INSERT OR REPLACE INTO findings (id, file, graph, slot, text_hash, run, body, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
DROP_FINDINGS: Final = "DELETE FROM findings WHERE file = ? AND graph = ?"
REMOVE_FINDING: Final = "DELETE FROM findings WHERE id = ?"
FINDINGS: Final = """
SELECT id, file, graph, slot, text_hash, run, body, created FROM findings WHERE file = ? ORDER BY slot, id
"""
