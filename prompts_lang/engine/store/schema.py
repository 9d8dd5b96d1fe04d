"""The tables of the store's SQLite file, and the versions they went through.

Invariants, held by the file itself so that any tool that writes to it is bound by them too: the ledger is append-only,
and an entry is settled at most once.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x50524D54
"""`PRMT`: tells our file from any other SQLite file."""

PICODOLLAR: Final = 10**12
"""Money is kept as whole picodollars: exact sums in SQL, prices down to a millionth of a dollar per million tokens."""

_FIRST: Final = """
CREATE TABLE runs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, graph TEXT NOT NULL, state TEXT NOT NULL,
  seed INTEGER NOT NULL, parameters TEXT NOT NULL, started REAL NOT NULL, finished REAL, report TEXT NOT NULL
);
CREATE INDEX runs_by_file ON runs (file, started);
CREATE INDEX runs_by_state ON runs (state);

-- A reservation is one row; how it ended is a second row that `settles` it. See the view `calls`.
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, settles INTEGER REFERENCES ledger (seq), at REAL NOT NULL,
  state TEXT NOT NULL CHECK ((state = 'reserved') = (settles IS NULL)),
  run TEXT, key TEXT, purpose TEXT, node TEXT, model TEXT, attempt INTEGER,
  picodollars INTEGER, tokens_in INTEGER, tokens_out INTEGER, seconds REAL, error TEXT
);
CREATE UNIQUE INDEX ledger_settled ON ledger (settles) WHERE settles IS NOT NULL;
CREATE INDEX ledger_by_run ON ledger (run, key) WHERE run IS NOT NULL;
CREATE INDEX ledger_by_time ON ledger (at) WHERE settles IS NULL;
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
  BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps_words BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END;

CREATE VIEW calls AS
  SELECT r.seq AS number, r.run, r.key, r.purpose, r.node, r.model, r.attempt, coalesce (s.state, r.state) AS state,
    r.picodollars AS bound, coalesce (s.tokens_in, 0) AS tokens_in, coalesce (s.tokens_out, 0) AS tokens_out,
    CASE WHEN s.seq IS NULL THEN r.picodollars ELSE s.picodollars END AS picodollars,
    coalesce (s.seconds, 0.0) AS seconds, r.at AS reserved, s.at AS settled, s.error
  FROM ledger AS r LEFT JOIN ledger AS s ON s.settles = r.seq WHERE r.settles IS NULL;

CREATE TABLE memo (key TEXT PRIMARY KEY, value TEXT NOT NULL, run TEXT, used REAL NOT NULL);
CREATE INDEX memo_by_use ON memo (used);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, candidate TEXT NOT NULL, row TEXT NOT NULL, path TEXT NOT NULL,
  iteration TEXT NOT NULL, replica INTEGER NOT NULL, body TEXT NOT NULL,
  UNIQUE (run, candidate, row, path, iteration, replica)
);

CREATE TABLE candidates (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, id TEXT NOT NULL, parents TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (run, id)
);

CREATE TABLE findings (
  id TEXT PRIMARY KEY, file TEXT NOT NULL, graph TEXT NOT NULL, slot TEXT NOT NULL, text_hash TEXT NOT NULL,
  run TEXT NOT NULL, body TEXT NOT NULL, created REAL NOT NULL
);
CREATE INDEX findings_by_file ON findings (file, graph);
"""

MIGRATIONS: Final = (_FIRST,)
"""Script number N takes a file from version N to N + 1. Scripts are never changed, only added."""

VERSION: Final = len(MIGRATIONS)
