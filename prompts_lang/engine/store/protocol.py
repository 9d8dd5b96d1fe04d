"""What a store can do, whatever it is made of.

Invariant: `append` is all or nothing. A reservation is durable before the call it stands for is made, and a result is
written in the same transaction as the settlement of the call that paid for it; so a process killed at any instant
neither loses nor repeats a call that had ended.

A change spells its value when it is made: a value that is not JSON raises `ValueError` or `TypeError` there, where its
maker can be blamed, and never in the middle of a transaction that others share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from prompts_lang.data.content import stored_json
from prompts_lang.engine.store.model import UNUSED, EntryState, Usage

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from prompts_lang.engine.store.model import (
        Budget,
        CandidateRecord,
        Cost,
        Entry,
        EventRecord,
        FindingRecord,
        Memo,
        Purpose,
        RunRecord,
        RunState,
        Totals,
    )
    from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class Reserve:
    """Opens a ledger entry for a call that is about to be made. `bound` is the most it can cost.

    The rest is for a shared store, which refuses what does not fit (see `Refused`):

    Attributes:
        endpoint: What throttles the call.
        at_once: The most calls in flight there, of all processes together.
        lease: Whether the result will be remembered, so that nobody pays for the same meanwhile.
        within: The run's budget, for all processes together. Without it nothing is refused.
    """

    run: str
    key: str
    purpose: Purpose
    node: str
    model: str
    bound: Decimal | None
    attempt: int = 0
    endpoint: str = ""
    at_once: int | None = None
    lease: bool = False
    within: Budget | None = None


@dataclass(frozen=True, slots=True)
class Remember:
    """Keeps a result under its content key. An earlier result of the same key stays: the first draw counts."""

    key: str
    value: JsonValue
    run: str | None = None
    spelled: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spelled", stored_json(self.value))


@dataclass(frozen=True, slots=True)
class Settle:
    """Closes the entry `number`, once, and keeps the result that it paid for, if any."""

    number: int
    state: EntryState
    usage: Usage = UNUSED
    memo: Remember | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """Notes that a remembered result was of use, so that eviction takes others first."""

    key: str


@dataclass(frozen=True, slots=True)
class KeepEvent:
    """Keeps an event; a later one with the same key replaces it, which makes a replay harmless."""

    event: EventRecord
    spelled: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spelled", stored_json(self.event.body))


@dataclass(frozen=True, slots=True)
class KeepCandidate:
    """Keeps a candidate; a later one with the same id replaces it."""

    candidate: CandidateRecord
    spelled: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spelled", stored_json(self.candidate.body))


Change: TypeAlias = Reserve | Settle | Remember | Touch | KeepEvent | KeepCandidate


class Refusal(StrEnum):
    """Why a shared store does not let a call be made. All but the last and the first may be over soon."""

    ANSWERED = "answered"  # the result is in the memo by now
    UNDER_WAY = "under_way"  # somebody else is paying for it
    NO_SLOT = "no_slot"  # enough calls are in flight at the endpoint
    HELD = "held"  # the bounds of calls in flight leave no room in the budget
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to a reservation that opened no entry, with what the run has used: calls in flight are in `calls`, not in `usd`."""

    reason: Refusal
    calls: int
    usd: Decimal


Written: TypeAlias = "int | Refused | None"
"""What came of a change: the number of the entry that a reservation opened, or why there is none; None for all other changes."""


class Store(Protocol):
    """Ledger, memo, runs, events, candidates and findings of one folder.

    Methods are short and safe to call from any thread. All of them raise `StoreError`.
    """

    @property
    def path(self) -> Path | None:
        """The file, or None for a store that lives in memory or on a server."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several processes may work on one run. Then budgets and limits are held here, and a write takes a network's time."""
        ...

    def append(self, changes: Sequence[Change], *, patience: float = ...) -> tuple[Written, ...]:
        """Writes all changes in one transaction, in order, or none of them.

        Args:
            changes: What to write.
            patience: Seconds to wait for another process that is writing.

        Returns:
            What came of each change.
        """
        ...

    def memo(self, key: str) -> Memo | None:
        """Returns the result remembered under `key`."""
        ...

    def start_run(self, run: RunRecord) -> None:
        """Enters a new run and holds it for this process until `finish_run` or the end of the process."""
        ...

    def resume_run(self, run_id: str) -> RunRecord:
        """Takes up a run that stopped: calls that were in flight are booked as possibly spent.

        Raises:
            StoreError: The run is unknown, or a live process holds it.
        """
        ...

    def finish_run(self, run_id: str, state: RunState, report: JsonValue = None) -> None:
        """Writes how a run ended and lets go of it."""
        ...

    def run(self, run_id: str) -> RunRecord | None:
        """Returns one run; a unique prefix of its id is enough."""
        ...

    def runs(self, *, file: str | None = None, limit: int = 100) -> tuple[RunRecord, ...]:
        """Returns runs, the newest first."""
        ...

    def entries(self, run_id: str, *, key: str | None = None) -> tuple[Entry, ...]:
        """Returns the ledger of a run in order, or the part of it about one content key."""
        ...

    def spent(self, run_id: str) -> Totals:
        """Returns what the ledger says that a run has used; open reservations count at their bound."""
        ...

    def spent_since(self, moment: float) -> Totals:
        """Returns what all runs have used since `moment`, for budgets per day."""
        ...

    def costs(self, run_id: str) -> tuple[Cost, ...]:
        """Returns what a run has used, per purpose, node and model."""
        ...

    def spent_elsewhere(self, run_id: str) -> Totals:
        """Returns what other processes have used for a run, calls in flight left out."""
        ...

    def standing(self, run_id: str) -> tuple[tuple[Entry, ...], Totals]:
        """Returns `entries` and `spent_elsewhere` as they are at one moment: a call that ends meanwhile is in both or in none."""
        ...

    def events(
        self, run_id: str, *, row: str | None = None, path: str | None = None, candidate: str | None = None
    ) -> tuple[EventRecord, ...]:
        """Returns the events of a run in the order in which they were first recorded."""
        ...

    def candidates(self, run_id: str) -> tuple[CandidateRecord, ...]:
        """Returns the candidates of a run in the order in which they were first recorded."""
        ...

    def replace_findings(self, file: str, graph: str, findings: Sequence[FindingRecord]) -> None:
        """Makes `findings` the findings of a graph in a file, in place of those of earlier runs."""
        ...

    def remove_finding(self, finding_id: str) -> None:
        """Forgets one finding: its suggestion was accepted, or it was dismissed."""
        ...

    def findings(self, file: str) -> tuple[FindingRecord, ...]:
        """Returns the findings of a file, ordered by slot."""
        ...

    def close(self) -> None:
        """Lets go of everything, runs that this process holds included. A store may be closed twice."""
        ...
