"""The store on a PostgreSQL server, which processes on several machines share.

Invariants: all that `append` is given is one transaction, and transactions that write follow one another; a reservation within a budget is
opened only if the run as a whole stays within it, nobody is paying for the same key, and the endpoint has a slot. Who works on a run holds
a lock that ends with its connection: the calls of a process that died are booked at their bounds by whoever reserves next.

Methods may be called from any thread. A connection that was lost is opened again by the next method.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from prompts_lang.data.content import content_key
from prompts_lang.engine.store import postgres_queries as queries
from prompts_lang.engine.store import rows
from prompts_lang.engine.store.database import PATIENCE
from prompts_lang.engine.store.model import Totals
from prompts_lang.engine.store.postgres_server import client, connect, speaking_of
from prompts_lang.engine.store.protocol import Change, Refusal, Refused, Reserve, Written
from prompts_lang.engine.store.queries import ENTRIES
from prompts_lang.engine.store.sql import SqlStore
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from prompts_lang.engine.store.model import Entry
    from prompts_lang.engine.store.postgres_address import PostgresAddress

_Found = TypeVar("_Found")


def open_postgres(address: PostgresAddress) -> PostgresStore:
    """Opens a store, making its tables where needed, and takes note of runs whose process died.

    Raises:
        StoreError: The server cannot be reached, or the schema cannot be used.
        UsageError: The client library is not installed.
    """
    store = PostgresStore(address)
    try:
        store.note_dead_runs()
    except BaseException:
        store.close()
        raise
    return store


class PostgresStore(SqlStore):
    """A `Store` over PostgreSQL. Use `open_postgres`.

    It evicts nothing by itself: the disk is the server's.
    """

    path = None
    shared = True

    def __init__(self, address: PostgresAddress) -> None:
        self.address, self.shown = address, address.shown
        self.holder = secrets.token_hex(8)
        self._runs_held: set[str] = set()
        self._closed = False
        self._writing, self._reading = threading.RLock(), threading.Lock()
        self._reader: Any = None
        self._writer: Any = self._open_writer()

    # -- writing

    def append(self, changes: Sequence[Change], *, patience: float = PATIENCE) -> tuple[Written, ...]:
        """Writes all changes in one transaction, in order, or none of them (see `Store.append`)."""
        now = time.time()
        with self._transaction(patience) as connection:
            if any(isinstance(change, Reserve) and change.within is not None for change in changes):
                _send(connection, queries.BOOK_LOST_CALLS, (self.holder, now, None))
            # The answers are read when all has been sent: a batch takes one round trip, not one per change.
            answers = [self._write(connection, change, now) for change in changes]
        return tuple(None if answer is None else _written(answer.fetchone()) for answer in answers)

    def is_led(self, run_id: str) -> bool:
        """Whether a live process holds a run."""
        return bool(self._select(queries.IS_HELD, (_run_lock(run_id),))[0][0])

    def close(self) -> None:
        """Lets go of everything, runs that this process holds included."""
        with self._writing, self._reading:
            if self._closed:
                return
            self._closed = True
            with suppress(client().Error):  # the server lets go by itself, a moment after the connection has ended
                self._writer.execute(queries.LET_GO_OF_ALL)
            for connection in (self._writer, self._reader):
                if connection is not None:
                    connection.close()

    def spent_elsewhere(self, run_id: str) -> Totals:
        """Returns what other processes have used for a run, calls in flight left out."""
        return rows.read_totals(self._select(queries.SPENT_ELSEWHERE, (run_id, self.holder))[0])

    def standing(self, run_id: str) -> tuple[tuple[Entry, ...], Totals]:
        """Returns `entries` and `spent_elsewhere` as they are at one moment."""

        def read(connection: Any) -> tuple[list[rows.Row], rows.Row]:
            with connection.transaction():
                connection.execute(queries.ONE_MOMENT)
                entries = _send(connection, ENTRIES, (run_id, None)).fetchall()
                return entries, _send(connection, queries.SPENT_ELSEWHERE, (run_id, self.holder)).fetchone()

        entries, elsewhere = self._read(read)
        return tuple(map(rows.read_entry, entries)), rows.read_totals(elsewhere)

    # -- inside

    def _write(self, connection: Any, change: Change, now: float) -> Any:
        """Sends a change; returns where to read what came of it, if there is anything to read."""
        if isinstance(change, Reserve):
            return _send(connection, queries.RESERVE, _reserve_values(change, self.holder, now))
        for statement, values in rows.statements(change):
            _send(connection, statement, values)
        return None

    @contextmanager
    def _transaction(self, patience: float = PATIENCE) -> Generator[Any]:
        """A transaction that writes: nobody else writes meanwhile. Statements in it are sent without waiting for their answers."""
        if not self._writing.acquire(timeout=patience):
            raise StoreError("The store is locked.", kind=StoreFailure.LOCKED, where=self.shown)
        try:
            connection = self._connected_writer()
            with speaking_of(self.shown), connection.pipeline(), connection.transaction():
                _send(connection, queries.PATIENCE, (f"{max(int(patience * 1000), 1)}ms",))
                connection.execute(queries.ONE_WRITER)
                yield connection
        finally:
            self._writing.release()

    def _execute(self, *statements: rows.Statement) -> None:
        with self._transaction() as connection:
            for statement, values in statements:
                _send(connection, statement, values)

    def _select(self, query: str, values: tuple[rows.Value, ...]) -> list[rows.Row]:
        return self._read(lambda connection: _send(connection, query, values).fetchall())

    def _read(self, read: Callable[[Any], _Found]) -> _Found:
        with self._reading, speaking_of(self.shown):
            self._refuse_if_closed()
            if self._reader is not None and not self._reader.closed:
                with suppress(client().OperationalError):
                    return read(self._reader)
            # To read twice does no harm, so a connection that was lost meanwhile is nobody's business.
            self._reader = connect(self.address)
            return read(self._reader)

    def _connected_writer(self) -> Any:
        self._refuse_if_closed()
        if self._writer.closed:
            self._writer = self._open_writer()
        return self._writer

    def _open_writer(self) -> Any:
        connection = connect(self.address)
        with speaking_of(self.shown):
            for name in (f"holder:{self.holder}", *map(_run_lock, self._runs_held)):
                _send(connection, queries.HOLD, (name,))
        return connection

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("The store was closed.", kind=StoreFailure.UNWRITABLE, where=self.shown)

    def _book_lost_calls(self, run_id: str) -> None:
        self._execute((queries.BOOK_LOST_CALLS, (None, time.time(), run_id)))

    def _holds(self, run_id: str) -> bool:
        return run_id in self._runs_held

    def _try_to_hold(self, run_id: str) -> bool:
        with self._writing, speaking_of(self.shown):
            if run_id in self._runs_held:
                return True
            (held,) = _send(self._connected_writer(), queries.HOLD, (_run_lock(run_id),)).fetchone()
            if held:
                self._runs_held.add(run_id)
            return bool(held)

    def _release(self, run_id: str) -> None:
        with self._writing, speaking_of(self.shown):
            if run_id in self._runs_held:
                self._runs_held.remove(run_id)
                _send(self._connected_writer(), queries.LET_GO, (_run_lock(run_id),))


def _send(connection: Any, statement: str, values: tuple[rows.Value, ...]) -> Any:
    storable = tuple(_without_what_text_cannot_hold(value) if isinstance(value, str) else value for value in values)
    return connection.execute(queries.spelled(statement), storable)


def _reserve_values(change: Reserve, holder: str, now: float) -> tuple[rows.Value, ...]:
    within = change.within
    return (
        now,
        change.run,
        change.key,
        change.purpose,
        change.node,
        change.model,
        change.attempt,
        rows.picodollars(change.bound),
        holder,
        # An address may hold what is nobody's business; that two are the same is all that is asked.
        content_key("endpoint", change.endpoint),
        change.lease,
        within is not None,
        change.at_once,
        None if within is None else within.calls,
        None if within is None else rows.picodollars(within.usd),
    )


def _written(answer: rows.Row) -> Written:
    number, refusal, calls, spent = answer
    if refusal is None:
        return int(number)
    usd = rows.dollars(int(spent))
    assert usd is not None  # noqa: S101  a sum is always known
    return Refused(Refusal(refusal), int(calls), usd)


def _run_lock(run_id: str) -> str:
    return f"run:{run_id}"


def _without_what_text_cannot_hold(text: str) -> str:
    """Escapes lone surrogates and NUL in names, the same way on writing and on looking for them."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
