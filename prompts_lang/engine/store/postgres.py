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
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prompts_lang.data.content import content_key, stored_json
from prompts_lang.engine.store import postgres_queries as queries
from prompts_lang.engine.store import rows
from prompts_lang.engine.store.database import PATIENCE
from prompts_lang.engine.store.model import RunState, Totals
from prompts_lang.engine.store.postgres_server import client, connect, speaking_of
from prompts_lang.engine.store.protocol import Change, Refusal, Refused, Reserve, Written
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
    from prompts_lang.engine.store.postgres_address import PostgresAddress
    from prompts_lang.graph.types import JsonValue


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


class PostgresStore:
    """A `Store` over PostgreSQL. Use `open_postgres`.

    It evicts nothing by itself: the disk is the server's.
    """

    path = None
    shared = True

    def __init__(self, address: PostgresAddress) -> None:
        self.address = address
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
                connection.execute(queries.BOOK_LOST_CALLS, (self.holder, now, None))
            # The answers are read when all has been sent: a batch takes one round trip, not one per change.
            answers = [self._write(connection, change, now) for change in changes]
        return tuple(None if answer is None else _written(answer.fetchone()) for answer in answers)

    def start_run(self, run: RunRecord) -> None:
        """Enters a new run and holds it for this process."""
        self._hold(run.id)
        self._execute(queries.START_RUN, rows.run_values(run))

    def resume_run(self, run_id: str) -> RunRecord:
        """Takes up a run that stopped (see `Store.resume_run`). Calls of its workers that still live end as they do."""
        run = self.run(run_id)
        if run is None:
            raise StoreError(
                f"There is no run {run_id}.",
                kind=StoreFailure.UNKNOWN_RUN,
                where=self.address.shown,
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

    def replace_findings(self, file: str, graph: str, findings: Sequence[FindingRecord]) -> None:
        """Makes `findings` the findings of a graph in a file."""
        with self._transaction() as connection:
            connection.execute(queries.DROP_FINDINGS, _storable((file, graph)))
            for finding in findings:
                connection.execute(queries.KEEP_FINDING, _storable(rows.finding_values(finding)))

    def remove_finding(self, finding_id: str) -> None:
        """Forgets one finding."""
        self._execute(queries.REMOVE_FINDING, (finding_id,))

    def note_dead_runs(self) -> tuple[str, ...]:
        """Marks runs as stopped whose process died, books their calls in flight, and returns their ids."""
        dead: list[str] = []
        for (run_id,) in self._select(queries.RUNS_IN_STATE, (RunState.RUNNING,)):
            if run_id in self._runs_held or not self._try_to_hold(run_id):
                continue
            self._book_lost_calls(run_id)
            self._execute(queries.SET_RUN_STATE, (RunState.STOPPED, run_id))
            self._release(run_id)
            dead.append(run_id)
        return tuple(dead)

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

    # -- reading

    def memo(self, key: str) -> Memo | None:
        """Returns the result remembered under `key`."""
        found = self._select(queries.MEMO, (key,))
        return rows.read_memo(found[0]) if found else None

    def run(self, run_id: str) -> RunRecord | None:
        """Returns one run; a unique prefix of its id is enough."""
        found = [rows.read_run(row) for row in self._select(queries.RUN, (run_id, run_id))]
        return found[0] if found and (len(found) == 1 or found[0].id == run_id) else None

    def runs(self, *, file: str | None = None, limit: int = 100) -> tuple[RunRecord, ...]:
        """Returns runs, the newest first."""
        return tuple(map(rows.read_run, self._select(queries.RUNS, (file, file, limit))))

    def entries(self, run_id: str, *, key: str | None = None) -> tuple[Entry, ...]:
        """Returns the ledger of a run in order, or the part of it about one content key."""
        return tuple(map(rows.read_entry, self._select(queries.ENTRIES, (run_id, key, key))))

    def spent(self, run_id: str) -> Totals:
        """Returns what the ledger says that a run has used; open reservations count at their bound."""
        return sum((cost.totals for cost in self.costs(run_id)), Totals())

    def spent_since(self, moment: float) -> Totals:
        """Returns what all runs have used since `moment`."""
        return rows.read_totals(self._select(queries.SPENT_SINCE, (moment,))[0])

    def spent_elsewhere(self, run_id: str) -> Totals:
        """Returns what other processes have used for a run, calls in flight left out."""
        return rows.read_totals(self._select(queries.SPENT_ELSEWHERE, (run_id, self.holder))[0])

    def costs(self, run_id: str) -> tuple[Cost, ...]:
        """Returns what a run has used, per purpose, node and model."""
        return tuple(map(rows.read_cost, self._select(queries.COSTS, (run_id,))))

    def events(
        self, run_id: str, *, row: str | None = None, path: str | None = None, candidate: str | None = None
    ) -> tuple[EventRecord, ...]:
        """Returns the events of a run in the order in which they were first recorded."""
        wanted = (run_id, row, row, path, path, candidate, candidate)
        return tuple(map(rows.read_event, self._select(queries.EVENTS, wanted)))

    def candidates(self, run_id: str) -> tuple[CandidateRecord, ...]:
        """Returns the candidates of a run in the order in which they were first recorded."""
        return tuple(map(rows.read_candidate, self._select(queries.CANDIDATES, (run_id,))))

    def findings(self, file: str) -> tuple[FindingRecord, ...]:
        """Returns the findings of a file, ordered by slot."""
        return tuple(map(rows.read_finding, self._select(queries.FINDINGS, (file,))))

    # -- inside

    def _write(self, connection: Any, change: Change, now: float) -> Any:
        """Sends a change; returns where to read what came of it, if there is anything to read."""
        if isinstance(change, Reserve):
            return connection.execute(queries.RESERVE, _storable(_reserve_values(change, self.holder, now)))
        for statement, values in rows.statements(change):
            connection.execute(queries.WRITES[statement], _storable(values))
        return None

    @contextmanager
    def _transaction(self, patience: float = PATIENCE) -> Generator[Any]:
        """A transaction that writes: nobody else writes meanwhile. Statements in it are sent without waiting for their answers."""
        if not self._writing.acquire(timeout=patience):
            raise StoreError("The store is locked.", kind=StoreFailure.LOCKED, where=self.address.shown)
        try:
            connection = self._connected_writer()
            with speaking_of(self.address.shown), connection.pipeline(), connection.transaction():
                connection.execute(queries.PATIENCE, (f"{max(int(patience * 1000), 1)}ms",))
                connection.execute(queries.ONE_WRITER)
                yield connection
        finally:
            self._writing.release()

    def _execute(self, statement: str, values: tuple[rows.Value, ...]) -> None:
        with self._transaction() as connection:
            connection.execute(statement, _storable(values))

    def _select(self, query: str, values: tuple[rows.Value, ...]) -> list[rows.Row]:
        with self._reading, speaking_of(self.address.shown):
            self._refuse_if_closed()
            if self._reader is not None and not self._reader.closed:
                with suppress(client().OperationalError):
                    return self._reader.execute(query, _storable(values)).fetchall()
            # To read twice does no harm, so a connection that was lost meanwhile is nobody's business.
            self._reader = connect(self.address)
            return self._reader.execute(query, _storable(values)).fetchall()

    def _connected_writer(self) -> Any:
        self._refuse_if_closed()
        if self._writer.closed:
            self._writer = self._open_writer()
        return self._writer

    def _open_writer(self) -> Any:
        connection = connect(self.address)
        with speaking_of(self.address.shown):
            for name in (f"holder:{self.holder}", *map(_run_lock, self._runs_held)):
                connection.execute(queries.HOLD, (name,))
        return connection

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("The store was closed.", kind=StoreFailure.UNWRITABLE, where=self.address.shown)

    def _book_lost_calls(self, run_id: str) -> None:
        self._execute(queries.BOOK_LOST_CALLS, (None, time.time(), run_id))

    def _hold(self, run_id: str) -> None:
        if not self._try_to_hold(run_id):
            raise StoreError(
                f"The run {run_id} is still going in another process.",
                kind=StoreFailure.RUN_IN_USE,
                where=self.address.shown,
                hint="Wait for it, or stop it.",
            )

    def _try_to_hold(self, run_id: str) -> bool:
        with self._writing, speaking_of(self.address.shown):
            if run_id in self._runs_held:
                return True
            (held,) = self._connected_writer().execute(queries.HOLD, _storable((_run_lock(run_id),))).fetchone()
            if held:
                self._runs_held.add(run_id)
            return bool(held)

    def _release(self, run_id: str) -> None:
        with self._writing, speaking_of(self.address.shown):
            if run_id in self._runs_held:
                self._runs_held.remove(run_id)
                self._connected_writer().execute(queries.LET_GO, _storable((_run_lock(run_id),)))


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


def _storable(values: tuple[rows.Value, ...]) -> tuple[rows.Value, ...]:
    return tuple(_without_what_text_cannot_hold(value) if isinstance(value, str) else value for value in values)


def _without_what_text_cannot_hold(text: str) -> str:
    """Escapes lone surrogates and NUL in names, the same way on writing and on looking for them."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
