"""What a store does the same way on every SQL database: reading, runs and who holds them, findings.

The statements are those of `queries`, with the same values in the same order.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from prompts_lang.data.content import stored_json
from prompts_lang.engine.store import queries, rows
from prompts_lang.engine.store.model import RunState, Totals
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class SqlStore(ABC):
    """The part of a `Store` that needs nothing but statements, and a way to hold a run."""

    shown: str
    """Where the store is, for people."""

    # -- what a database does in its own way

    @abstractmethod
    def _execute(self, *statements: rows.Statement) -> None:
        """Executes statements in one transaction."""

    @abstractmethod
    def _select(self, query: str, values: tuple[rows.Value, ...]) -> list[rows.Row]:
        """Reads rows, without waiting for a writer."""

    @abstractmethod
    def _holds(self, run_id: str) -> bool:
        """Whether this process holds a run."""

    @abstractmethod
    def _try_to_hold(self, run_id: str) -> bool:
        """Holds a run for this process; False where another one does."""

    @abstractmethod
    def _release(self, run_id: str) -> None:
        """Lets go of a run, if this process holds it."""

    @abstractmethod
    def _book_lost_calls(self, run_id: str) -> None:
        """Books the calls in flight of a process that died as possibly spent."""

    # -- runs and findings

    def start_run(self, run: RunRecord) -> None:
        """Enters a new run and holds it for this process."""
        self._hold(run.id)
        self._execute((queries.START_RUN, rows.run_values(run)))

    def resume_run(self, run_id: str) -> RunRecord:
        """Takes up a run that stopped (see `Store.resume_run`). Calls of its workers that still live end as they do."""
        run = self.run(run_id)
        if run is None:
            raise StoreError(
                f"There is no run {run_id}.",
                kind=StoreFailure.UNKNOWN_RUN,
                where=self.shown,
                hint="`prompts runs` lists those that there are.",
            )
        self._hold(run.id)
        self._book_lost_calls(run.id)
        self._execute((queries.SET_RUN_STATE, (RunState.RUNNING, run.id)))
        return replace(run, state=RunState.RUNNING, finished=None)

    def finish_run(self, run_id: str, state: RunState, report: JsonValue = None) -> None:
        """Writes how a run ended and lets go of it."""
        self._execute((queries.FINISH_RUN, (state, time.time(), stored_json(report), run_id)))
        self._release(run_id)

    def note_dead_runs(self) -> tuple[str, ...]:
        """Marks runs as stopped whose process died, books their calls in flight, and returns their ids."""
        dead: list[str] = []
        for (run_id,) in self._select(queries.RUNS_IN_STATE, (RunState.RUNNING,)):
            if self._holds(run_id) or not self._try_to_hold(run_id):
                continue
            self._book_lost_calls(run_id)
            self._execute((queries.SET_RUN_STATE, (RunState.STOPPED, run_id)))
            self._release(run_id)
            dead.append(run_id)
        return tuple(dead)

    def replace_findings(self, file: str, graph: str, findings: Sequence[FindingRecord]) -> None:
        """Makes `findings` the findings of a graph in a file."""
        kept = [(queries.KEEP_FINDING, rows.finding_values(finding)) for finding in findings]
        self._execute((queries.DROP_FINDINGS, (file, graph)), *kept)

    def remove_finding(self, finding_id: str) -> None:
        """Forgets one finding."""
        self._execute((queries.REMOVE_FINDING, (finding_id,)))

    # -- reading

    def memo(self, key: str) -> Memo | None:
        """Returns the result remembered under `key`."""
        found = self._select(queries.MEMO, (key,))
        return rows.read_memo(found[0]) if found else None

    def run(self, run_id: str) -> RunRecord | None:
        """Returns one run; a unique prefix of its id is enough."""
        found = [rows.read_run(row) for row in self._select(queries.RUN, (run_id,))]
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
        found = map(rows.read_finding, self._select(queries.FINDINGS, (file,)))
        # Not by the database: its order of texts may be that of a language.
        return tuple(sorted(found, key=lambda finding: (finding.slot, finding.id)))

    # -- inside

    def _hold(self, run_id: str) -> None:
        if not self._try_to_hold(run_id):
            raise StoreError(
                f"The run {run_id} is still going in another process.",
                kind=StoreFailure.RUN_IN_USE,
                where=self.shown,
                hint="Wait for it, or stop it.",
            )
