"""The store in one SQLite file, or in memory: the same statements, so that nothing differs but how long it lasts.

Invariants: writes go through one connection, in transactions that are whole or nothing; reads go through another, so
that they never wait for a writer. Methods may be called from any thread.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompts_lang.data.content import stored_json
from prompts_lang.engine.store import queries, rows
from prompts_lang.engine.store.database import (
    FILE,
    FOLDER,
    IN_MEMORY,
    PATIENCE,
    connect,
    make_home,
    speaking_of,
    store_error,
)
from prompts_lang.engine.store.eviction import MAX_BYTES, forget_finished_runs, make_room
from prompts_lang.engine.store.lease import Lease
from prompts_lang.engine.store.model import EntryState, RunState, Totals, Usage
from prompts_lang.engine.store.protocol import Change, Settle, Written
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from prompts_lang.engine.store.model import (
        CandidateRecord,
        Cost,
        Entry,
        EventRecord,
        FindingRecord,
        Memo,
        RunRecord,
    )
    from prompts_lang.graph.types import JsonValue

_LOCKS: Final = "locks"


def open_store(folder: Path, *, max_bytes: int = MAX_BYTES) -> SqliteStore:
    """Opens the store of a folder, making `.prompts/` where needed, and takes note of runs whose process died.

    Args:
        folder: The folder of the `.prompt` files.
        max_bytes: Size from which old events and results are evicted; never the ledger.

    Raises:
        StoreError: The store is locked, damaged, of a newer version, or cannot be written.
    """
    home = folder / FOLDER
    make_home(home)
    store = SqliteStore(home / FILE, max_bytes=max_bytes)
    try:
        store.note_dead_runs()
        store.make_room()
    except BaseException:
        store.close()
        raise
    return store


def memory_store(*, max_bytes: int = MAX_BYTES) -> SqliteStore:
    """Opens a store that lasts as long as this object, and keeps only the latest of its finished runs."""
    return SqliteStore(None, max_bytes=max_bytes)


class SqliteStore:
    """A `Store` over SQLite. Use `open_store` or `memory_store`."""

    shared = False

    def __init__(self, path: Path | None, *, max_bytes: int) -> None:
        self.path = path
        self._name = IN_MEMORY if path is None else str(path)
        self._max_bytes = max_bytes
        self._leases: dict[str, Lease] = {}
        self._writing = threading.Lock()
        self._writer = connect(self._name)
        if path is None:
            self._reading, self._reader = self._writing, self._writer
        else:
            self._reading, self._reader = threading.Lock(), connect(self._name)

    # -- writing

    def append(self, changes: Sequence[Change], *, patience: float = PATIENCE) -> tuple[Written, ...]:
        """Writes all changes in one transaction, in order, or none of them (see `Store.append`)."""
        work = [tuple(rows.statements(change)) for change in changes]
        try:
            return self._write(work, patience)
        except StoreError as error:
            if error.kind is not StoreFailure.FULL:
                raise
            self.make_room(keep=0.5)
            return self._write(work, patience)

    def start_run(self, run: RunRecord) -> None:
        """Enters a new run and holds it for this process."""
        self._hold(run.id)
        self._execute(queries.START_RUN, rows.run_values(run))

    def resume_run(self, run_id: str) -> RunRecord:
        """Takes up a run that stopped (see `Store.resume_run`)."""
        run = self.run(run_id)
        if run is None:
            raise StoreError(
                f"There is no run {run_id}.",
                kind=StoreFailure.UNKNOWN_RUN,
                where=self._name,
                hint="`prompts runs` lists those that there are.",
            )
        self._hold(run.id)
        self._book_lost_calls(run.id)
        self._execute(queries.SET_RUN_STATE, (RunState.RUNNING, run.id))
        return replace(run, state=RunState.RUNNING, finished=None)

    def finish_run(self, run_id: str, state: RunState, report: JsonValue = None) -> None:
        """Writes how a run ended and lets go of it."""
        self._execute(queries.FINISH_RUN, (state, time.time(), stored_json(report), run_id))
        self._release(run_id)
        self.make_room()

    def replace_findings(self, file: str, graph: str, findings: Sequence[FindingRecord]) -> None:
        """Makes `findings` the findings of a graph in a file."""
        with self._transaction() as connection:
            _run(connection, queries.DROP_FINDINGS, (file, graph))
            for finding in findings:
                _run(connection, queries.KEEP_FINDING, rows.finding_values(finding))

    def remove_finding(self, finding_id: str) -> None:
        """Forgets one finding."""
        self._execute(queries.REMOVE_FINDING, (finding_id,))

    def note_dead_runs(self) -> tuple[str, ...]:
        """Marks runs as stopped whose process died, books their calls in flight, and returns their ids."""
        dead: list[str] = []
        for (run_id,) in self._select(queries.RUNS_IN_STATE, (RunState.RUNNING,)):
            if run_id in self._leases or not self._try_to_hold(run_id):
                continue
            self._book_lost_calls(run_id)
            self._execute(queries.SET_RUN_STATE, (RunState.STOPPED, run_id))
            self._release(run_id)
            dead.append(run_id)
        return tuple(dead)

    def make_room(self, *, keep: float = 1.0) -> None:
        """Evicts old events and results until the file is within its limit, or within `keep` of what it holds now."""
        with self._writing, speaking_of(self._name):
            if self.path is None:
                forget_finished_runs(self._writer)
            make_room(self._writer, max_bytes=self._max_bytes, keep=keep)

    def close(self) -> None:
        """Lets go of everything, runs that this process holds included."""
        for run_id in tuple(self._leases):
            self._release(run_id)
        with self._writing:
            self._writer.close()
        with self._reading:
            self._reader.close()

    # -- reading

    def memo(self, key: str) -> Memo | None:
        """Returns the result remembered under `key`."""
        found = self._select(queries.MEMO, (key,))
        return rows.read_memo(found[0]) if found else None

    def run(self, run_id: str) -> RunRecord | None:
        """Returns one run; a unique prefix of its id is enough."""
        # Ids hold no character that GLOB takes for a pattern; what a user typed may.
        pattern = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in run_id) + "*"
        found = [rows.read_run(row) for row in self._select(queries.RUN, (pattern, run_id))]
        return found[0] if found and (len(found) == 1 or found[0].id == run_id) else None

    def runs(self, *, file: str | None = None, limit: int = 100) -> tuple[RunRecord, ...]:
        """Returns runs, the newest first."""
        return tuple(map(rows.read_run, self._select(queries.RUNS, (file, limit))))

    def entries(self, run_id: str, *, key: str | None = None) -> tuple[Entry, ...]:
        """Returns the ledger of a run in order, or the part of it about one content key."""
        return tuple(map(rows.read_entry, self._select(queries.ENTRIES, (run_id, key))))

    def spent(self, run_id: str) -> Totals:
        """Returns what the ledger says that a run has used; open reservations count at their bound."""
        return sum((cost.totals for cost in self.costs(run_id)), Totals())

    def spent_since(self, moment: float) -> Totals:
        """Returns what all runs have used since `moment`."""
        return rows.read_totals(self._select(queries.SPENT_SINCE, (moment,))[0])

    def costs(self, run_id: str) -> tuple[Cost, ...]:
        """Returns what a run has used, per purpose, node and model."""
        return tuple(map(rows.read_cost, self._select(queries.COSTS, (run_id,))))

    def spent_elsewhere(self, run_id: str) -> Totals:  # noqa: ARG002  as the protocol has it
        """Returns nothing: a run has one process here."""
        return Totals()

    def events(
        self, run_id: str, *, row: str | None = None, path: str | None = None, candidate: str | None = None
    ) -> tuple[EventRecord, ...]:
        """Returns the events of a run in the order in which they were first recorded."""
        return tuple(map(rows.read_event, self._select(queries.EVENTS, (run_id, row, path, candidate))))

    def candidates(self, run_id: str) -> tuple[CandidateRecord, ...]:
        """Returns the candidates of a run in the order in which they were first recorded."""
        return tuple(map(rows.read_candidate, self._select(queries.CANDIDATES, (run_id,))))

    def findings(self, file: str) -> tuple[FindingRecord, ...]:
        """Returns the findings of a file, ordered by slot."""
        return tuple(map(rows.read_finding, self._select(queries.FINDINGS, (file,))))

    # -- inside

    def _write(self, work: Sequence[tuple[rows.Statement, ...]], patience: float) -> tuple[int | None, ...]:
        with self._transaction(patience) as connection:
            return tuple(self._write_one(connection, statements) for statements in work)

    def _write_one(self, connection: sqlite3.Connection, statements: tuple[rows.Statement, ...]) -> int | None:
        opened: int | None = None
        for statement, values in statements:
            cursor = _run(connection, statement, values)
            if statement is queries.RESERVE:
                opened = cursor.lastrowid
        return opened

    @contextmanager
    def _transaction(self, patience: float = PATIENCE) -> Generator[sqlite3.Connection]:
        if not self._writing.acquire(timeout=patience):
            raise store_error(StoreFailure.LOCKED, self._name)
        try:
            with speaking_of(self._name):
                self._writer.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    self._writer.execute("COMMIT")
                except BaseException:
                    # SQLite has rolled back by itself after some errors, a full disk among them.
                    if self._writer.in_transaction:
                        self._writer.execute("ROLLBACK")
                    raise
        finally:
            self._writing.release()

    def _execute(self, statement: str, values: tuple[rows.Value, ...]) -> None:
        with self._transaction() as connection:
            _run(connection, statement, values)

    def _select(self, query: str, values: tuple[rows.Value, ...]) -> list[rows.Row]:
        with self._reading, speaking_of(self._name):
            return _run(self._reader, query, values).fetchall()

    def _book_lost_calls(self, run_id: str) -> None:
        lost = [entry for entry in self.entries(run_id) if entry.state is EntryState.RESERVED]
        self.append(
            [
                Settle(entry.number, EntryState.POSSIBLY_SPENT, Usage(usd=entry.bound), error="The process ended.")
                for entry in lost
            ]
        )

    def _hold(self, run_id: str) -> None:
        if not self._try_to_hold(run_id):
            raise StoreError(
                f"The run {run_id} is still going in another process.",
                kind=StoreFailure.RUN_IN_USE,
                where=self._name,
                hint="Wait for it, or stop it.",
            )

    def _try_to_hold(self, run_id: str) -> bool:
        if self.path is None or run_id in self._leases:
            return True
        path = self.path.parent / _LOCKS / f"{run_id}.lock"
        try:
            lease = Lease.take(path)
        except OSError as error:
            raise store_error(StoreFailure.UNWRITABLE, str(path), str(error.strerror or error)) from error
        if lease is not None:
            self._leases[run_id] = lease
        return lease is not None

    def _release(self, run_id: str) -> None:
        lease = self._leases.pop(run_id, None)
        if lease is not None:
            lease.release()


def _run(connection: sqlite3.Connection, statement: str, values: tuple[rows.Value, ...]) -> sqlite3.Cursor:
    try:
        return connection.execute(statement, values)
    except UnicodeEncodeError:
        # A lone surrogate in a name: escaped, the same way on writing and on looking for it.
        return connection.execute(statement, tuple(_encodable(value) for value in values))


def _encodable(value: rows.Value) -> rows.Value:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
