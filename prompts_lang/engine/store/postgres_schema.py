"""The tables of the store in a PostgreSQL schema, and the versions they went through.

The tables are those of the SQLite file, with two more: `open_calls`, which has a row for every call in flight, and `accounts`, which has
the sums of every process of every run. Both are kept by a trigger on the ledger, so that they cannot disagree with it.

Invariants, held by the database itself: the ledger is append-only; an entry is settled at most once; of the calls in flight with a lease,
no two are for the same key.
"""

from __future__ import annotations

from typing import Final

_FIRST: Final = """
CREATE TABLE runs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, graph TEXT NOT NULL, state TEXT NOT NULL, seed BIGINT NOT NULL,
  parameters TEXT NOT NULL, started DOUBLE PRECISION NOT NULL, finished DOUBLE PRECISION, report TEXT NOT NULL
);
CREATE INDEX runs_by_file ON runs (file, started);
CREATE INDEX runs_by_state ON runs (state);

-- A reservation is one row; how it ended is a second row that `settles` it. See the view `calls`.
CREATE TABLE ledger (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, settles BIGINT REFERENCES ledger (seq), at DOUBLE PRECISION NOT NULL,
  state TEXT NOT NULL CHECK ((state = 'reserved') = (settles IS NULL)),
  run TEXT, key TEXT, purpose TEXT, node TEXT, model TEXT, attempt INTEGER, holder TEXT, endpoint TEXT, lease BOOLEAN,
  picodollars BIGINT, tokens_in BIGINT, tokens_out BIGINT, seconds DOUBLE PRECISION, error TEXT
);
CREATE UNIQUE INDEX ledger_settled ON ledger (settles) WHERE settles IS NOT NULL;
CREATE INDEX ledger_by_run ON ledger (run, key) WHERE run IS NOT NULL;
CREATE INDEX ledger_by_time ON ledger (at) WHERE settles IS NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER ledger_keeps_words BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_keeps_rows BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW calls AS
  SELECT r.seq AS number, r.run, r.key, r.purpose, r.node, r.model, r.attempt, coalesce(s.state, r.state) AS state,
    r.picodollars AS bound, coalesce(s.tokens_in, 0) AS tokens_in, coalesce(s.tokens_out, 0) AS tokens_out,
    CASE WHEN s.seq IS NULL THEN r.picodollars ELSE s.picodollars END AS picodollars,
    coalesce(s.seconds, 0.0) AS seconds, r.at AS reserved, s.at AS settled, s.error
  FROM ledger AS r LEFT JOIN ledger AS s ON s.settles = r.seq WHERE r.settles IS NULL;

CREATE TABLE open_calls (
  number BIGINT PRIMARY KEY, run TEXT NOT NULL, key TEXT NOT NULL, holder TEXT NOT NULL, endpoint TEXT, lease BOOLEAN NOT NULL, bound BIGINT
);
CREATE UNIQUE INDEX open_calls_leased ON open_calls (key) WHERE lease;

CREATE TABLE accounts (
  run TEXT, holder TEXT, open INTEGER NOT NULL DEFAULT 0, open_bound BIGINT NOT NULL DEFAULT 0,
  calls BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0, possibly_spent BIGINT NOT NULL DEFAULT 0,
  unpriced BIGINT NOT NULL DEFAULT 0, picodollars BIGINT NOT NULL DEFAULT 0, tokens_in BIGINT NOT NULL DEFAULT 0,
  tokens_out BIGINT NOT NULL DEFAULT 0, seconds DOUBLE PRECISION NOT NULL DEFAULT 0, PRIMARY KEY (run, holder)
);

CREATE FUNCTION keep_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reserved open_calls;
BEGIN
  IF NEW.settles IS NULL THEN
    INSERT INTO open_calls (number, run, key, holder, endpoint, lease, bound)
      VALUES (NEW.seq, NEW.run, NEW.key, NEW.holder, NEW.endpoint, NEW.lease, NEW.picodollars);
    INSERT INTO accounts AS a (run, holder, open, open_bound) VALUES (NEW.run, NEW.holder, 1, coalesce(NEW.picodollars, 0))
      ON CONFLICT (run, holder) DO UPDATE SET open = a.open + 1, open_bound = a.open_bound + excluded.open_bound;
  ELSE
    DELETE FROM open_calls WHERE number = NEW.settles RETURNING * INTO reserved;
    UPDATE accounts SET open = open - 1, open_bound = open_bound - coalesce(reserved.bound, 0), calls = calls + 1,
      failed = failed + (NEW.state = 'failed')::int, possibly_spent = possibly_spent + (NEW.state = 'possibly_spent')::int,
      unpriced = unpriced + (NEW.picodollars IS NULL)::int, picodollars = picodollars + coalesce(NEW.picodollars, 0),
      tokens_in = tokens_in + NEW.tokens_in, tokens_out = tokens_out + NEW.tokens_out, seconds = seconds + NEW.seconds
      WHERE run = reserved.run AND holder = reserved.holder;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_is_counted AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION keep_accounts();

-- Who works on runs, and who leads one, holds a session's advisory lock on its name, which ends with the connection.
CREATE FUNCTION lock_key(name TEXT) RETURNS BIGINT LANGUAGE sql STABLE AS
  $$ SELECT hashtextextended(current_schema() || ':' || name, 0) $$;

CREATE FUNCTION is_held(name TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND d.datname = current_database()
      AND (classid::bigint << 32) | objid::bigint = lock_key(name))
$$;

-- Books the calls in flight of processes that are gone, at their bounds; those of one run, or of all. Who gives no name of their own is
-- taken for gone as well: they begin anew.
CREATE FUNCTION book_lost_calls(me TEXT, moment DOUBLE PRECISION, of_run TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE gone TEXT;
BEGIN
  FOR gone IN SELECT DISTINCT holder FROM open_calls WHERE holder IS DISTINCT FROM me AND (of_run IS NULL OR run = of_run) LOOP
    CONTINUE WHEN NOT pg_try_advisory_xact_lock(lock_key('holder:' || gone));
    INSERT INTO ledger (at, state, settles, picodollars, tokens_in, tokens_out, seconds, error)
      SELECT moment, 'possibly_spent', number, bound, 0, 0, 0.0, 'The process ended.' FROM open_calls
      WHERE holder = gone AND (of_run IS NULL OR run = of_run) ORDER BY number
      ON CONFLICT (settles) WHERE settles IS NOT NULL DO NOTHING;
  END LOOP;
END $$;

-- Opens an entry, or says why it must not be. Without `managed` it is always opened.
CREATE FUNCTION reserve(
  moment DOUBLE PRECISION, of_run TEXT, of_key TEXT, of_purpose TEXT, of_node TEXT, of_model TEXT, of_attempt INTEGER, of_bound BIGINT,
  me TEXT, of_endpoint TEXT, leased BOOLEAN, managed BOOLEAN, at_once INTEGER, most_calls BIGINT, most_picodollars BIGINT,
  OUT number BIGINT, OUT refusal TEXT, OUT used_calls BIGINT, OUT used_picodollars BIGINT
) LANGUAGE plpgsql AS $$
DECLARE in_flight BIGINT; held BIGINT;
BEGIN
  IF managed THEN
    SELECT coalesce(sum(calls + open), 0), coalesce(sum(open), 0), coalesce(sum(picodollars), 0), coalesce(sum(open_bound), 0)
      INTO used_calls, in_flight, used_picodollars, held FROM accounts WHERE run = of_run;
    IF leased AND EXISTS (SELECT FROM memo WHERE key = of_key) THEN refusal := 'answered';
    ELSIF leased AND EXISTS (SELECT FROM open_calls WHERE key = of_key AND lease) THEN refusal := 'under_way';
    ELSIF used_calls >= most_calls THEN refusal := 'exceeded';
    ELSIF used_picodollars + held + of_bound > most_picodollars THEN
      refusal := CASE WHEN in_flight = 0 THEN 'exceeded' ELSE 'held' END;
    ELSIF (SELECT count(*) FROM open_calls WHERE endpoint = of_endpoint) >= at_once THEN refusal := 'no_slot';
    END IF;
    IF refusal IS NOT NULL THEN RETURN; END IF;
  END IF;
  INSERT INTO ledger (at, state, run, key, purpose, node, model, attempt, holder, endpoint, lease, picodollars)
    VALUES (moment, 'reserved', of_run, of_key, of_purpose, of_node, of_model, of_attempt, me, of_endpoint, managed AND leased, of_bound)
    RETURNING seq INTO number;
END $$;

CREATE TABLE memo (key TEXT PRIMARY KEY, value JSON NOT NULL, run TEXT, used DOUBLE PRECISION NOT NULL);
CREATE INDEX memo_by_use ON memo (used);

CREATE TABLE events (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run TEXT NOT NULL, candidate TEXT NOT NULL, row TEXT NOT NULL, path TEXT NOT NULL,
  iteration TEXT NOT NULL, replica INTEGER NOT NULL, body TEXT NOT NULL,
  UNIQUE (run, candidate, row, path, iteration, replica)
);

CREATE TABLE candidates (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run TEXT NOT NULL, id TEXT NOT NULL, parents TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (run, id)
);

CREATE TABLE findings (
  id TEXT PRIMARY KEY, file TEXT NOT NULL, graph TEXT NOT NULL, slot TEXT NOT NULL, text_hash TEXT NOT NULL,
  run TEXT NOT NULL, body TEXT NOT NULL, created DOUBLE PRECISION NOT NULL
);
CREATE INDEX findings_by_file ON findings (file, graph);
"""

MIGRATIONS: Final = (_FIRST,)
"""Script number N takes a schema from version N to N + 1. Scripts are never changed, only added."""

VERSION: Final = len(MIGRATIONS)
