"""The store in one SQLite file, or in memory: the same statements, so that nothing differs but how long it lasts.

Invariants: writes go through one connection, in transactions that are whole or nothing; reads go through another, so
that they never wait for a writer. Methods may be called from any thread.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
from prompts_lang.engine.store.sql import SqlStore
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from prompts_lang.engine.store.model import Entry
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


class SqliteStore(SqlStore):
    """A `Store` over SQLite. Use `open_store` or `memory_store`."""

    shared = False

    def __init__(self, path: Path | None, *, max_bytes: int) -> None:
        self.path = path
        self.shown = IN_MEMORY if path is None else str(path)
        self._max_bytes = max_bytes
        self._leases: dict[str, Lease] = {}
        self._writing = threading.Lock()
        self._writer = connect(self.shown)
        if path is None:
            self._reading, self._reader = self._writing, self._writer
        else:
            self._reading, self._reader = threading.Lock(), connect(self.shown)

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

    def finish_run(self, run_id: str, state: RunState, report: JsonValue = None) -> None:
        """Writes how a run ended, lets go of it, and makes room."""
        super().finish_run(run_id, state, report)
        self.make_room()

    def make_room(self, *, keep: float = 1.0) -> None:
        """Evicts old events and results until the file is within its limit, or within `keep` of what it holds now."""
        with self._writing, speaking_of(self.shown):
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

    def spent_elsewhere(self, run_id: str) -> Totals:  # noqa: ARG002  as the protocol has it
        """Returns nothing: a run has one process here."""
        return Totals()

    def standing(self, run_id: str) -> tuple[tuple[Entry, ...], Totals]:
        """Returns the run's ledger, and nothing from elsewhere."""
        return self.entries(run_id), Totals()

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
            raise store_error(StoreFailure.LOCKED, self.shown)
        try:
            with speaking_of(self.shown):
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

    def _execute(self, *statements: rows.Statement) -> None:
        with self._transaction() as connection:
            for statement, values in statements:
                _run(connection, statement, values)

    def _select(self, query: str, values: tuple[rows.Value, ...]) -> list[rows.Row]:
        with self._reading, speaking_of(self.shown):
            return _run(self._reader, query, values).fetchall()

    def _book_lost_calls(self, run_id: str) -> None:
        lost = [entry for entry in self.entries(run_id) if entry.state is EntryState.RESERVED]
        self.append(
            [
                Settle(entry.number, EntryState.POSSIBLY_SPENT, Usage(usd=entry.bound), error="The process ended.")
                for entry in lost
            ]
        )

    def _holds(self, run_id: str) -> bool:
        return run_id in self._leases

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
