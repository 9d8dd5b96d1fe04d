"""What one run may spend and has spent.

A run that was stopped is resumed by replaying it: it starts from the beginning with the same seed, and the memo answers
what it had paid for. So that the replay decides as the run did, its past counts when the replay gets there: when a key
is asked for the first time, the calls that this run made for it are added to `totals`, and its remembered result is no
cache hit. The budget itself is held against everything in the ledger from the start.

Where the store is shared, several processes may work on one run, each with an account of its own. Then the store decides
in the transaction that opens an entry whether all of them together stay within the budget, and whether somebody is
paying for the same already. Whoever leads the run learns from the others' accounts what only they know (`share`,
`absorb`) and from the store what they spent (`refresh`).

Invariant: no call is made before its reservation is in the store, and none whose upper bound does not fit the budget.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.store.in_flight import InFlight
from prompts_lang.engine.store.journal import Journal
from prompts_lang.engine.store.model import UNLIMITED, UNUSED, ZERO, Budget, EntryState, Totals, Usage
from prompts_lang.engine.store.past import Past, totals_of
from prompts_lang.engine.store.protocol import (
    KeepCandidate,
    KeepEvent,
    Refusal,
    Refused,
    Remember,
    Reserve,
    Settle,
    Touch,
    Written,
)
from prompts_lang.errors import BudgetExceeded, ProviderError, ProviderFailure, StoreError

if TYPE_CHECKING:
    from decimal import Decimal

    from prompts_lang.engine.store.model import CandidateRecord, EventRecord
    from prompts_lang.engine.store.protocol import Store
    from prompts_lang.graph.types import JsonValue

_TOUCH_EVERY: Final = 3600.0
"""Seconds between two notes that a result was of use: eviction needs no finer ones, and each is a write."""
_FIRST_LOOK: Final = 0.02
_LAST_LOOK: Final = 0.5
"""Seconds between two tries for what another process holds; doubled from the first to the last."""


class AnsweredElsewhere(Exception):  # noqa: N818  not an error: the memo has the result
    """Another process has paid for the same meanwhile, so no call is made."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A remembered result. `cached` is false where this run paid for it and asks for it the first time."""

    value: JsonValue
    cached: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What one account of a run knows and the store does not: results that were remembered, and keys of the run's past that were met."""

    cached: int = 0
    relived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reservation:
    """An open entry of the ledger, with the most that it can cost."""

    number: int
    bound: Decimal | None


class RunAccount:
    """The account of a run in one process. It belongs to one event loop.

    Args:
        store: Where the run was started or resumed.
        run_id: The run.
        budget: Its limits, past included.
        before: The entry of the ledger up to which it is the run's past; all that are there, if not given.
    """

    def __init__(self, store: Store, run_id: str, budget: Budget = UNLIMITED, *, before: int | None = None) -> None:
        self.run_id = run_id
        self.budget = budget
        self._store = store
        self._journal = Journal(store)
        self._totals = Totals()
        self._cached = 0
        self._relived: list[str] = []
        entries, self._elsewhere_before = store.standing(run_id) if before != 0 else ((), store.spent_elsewhere(run_id))
        self._past = Past(entries, before, shared=store.shared)
        self._in_flight = InFlight()
        self._elsewhere = Totals()

    @property
    def before(self) -> int:
        """The last entry of the ledger that is the run's past."""
        return self._past.last

    @property
    def totals(self) -> Totals:
        """What the run has used up to here; calls in flight are not in it yet."""
        return self._totals + self._elsewhere

    @property
    def in_flight(self) -> int:
        """Calls that are reserved and not settled."""
        return self._in_flight.calls

    def can_afford(self, calls: int = 0, usd: Decimal = ZERO) -> bool:
        """Whether `calls` more calls that cost `usd` at most would fit the budget, calls in flight at their bound."""
        left = self.remaining()
        return (left.calls is None or calls <= left.calls) and (left.usd is None or usd <= left.usd)

    def remaining(self) -> Budget:
        """What is left of the budget, calls in flight at their bound; never less than nothing."""
        calls, usd = self.budget.calls, self.budget.usd
        return Budget(
            None if calls is None else max(calls - self.totals.calls - self._in_flight.calls, 0),
            None if usd is None else max(usd - self.totals.usd - self._in_flight.usd, ZERO),
        )

    # -- the memo

    def recall(self, key: str) -> Recalled | None:
        """Returns the result remembered under `key`, and counts it: as this run's own past, or as cached.

        Raises:
            StoreError: The store cannot be read.
        """
        past = self.relive(key)
        waiting = self._journal.waiting(key)
        memo = self._store.memo(key) if waiting is None else None
        if waiting is not None:
            value, run = waiting.value, waiting.run
        elif memo is not None:
            value, run = memo.value, memo.run
            if memo.used < time.time() - _TOUCH_EVERY:
                self._journal.submit(Touch(key))
        else:
            return None
        cached = not (past and run == self.run_id)
        if cached and run is not None:
            self._totals += Totals(cached=1)
            self._cached += 1
        return Recalled(value, cached)

    def relive(self, key: str) -> bool:
        """Counts what a resumed run paid under `key` before it stopped as used now, once; False where there is nothing to count.

        It is for results that are kept outside of the memo.
        """
        past = self._past.take(key)
        if past is None:
            return False
        self._totals += past
        self._relived.append(key)
        return True

    async def remember(self, key: str, value: JsonValue) -> None:
        """Keeps a result that cost nothing, of a code node for instance."""
        await self._journal.submit(Remember(key, value))

    # -- the ledger

    async def reserve(self, change: Reserve) -> Reservation:
        """Opens a ledger entry; the call may be made when this returns.

        Where only the bounds of calls in flight are in the way, it waits for them: they mostly cost less.

        Raises:
            AnsweredElsewhere: The result is in the memo by now.
            BudgetExceeded: The call could take the run over its budget.
            ProviderError: The budget is in money, and the model's price is unknown.
            StoreError: The entry could not be written.
        """
        self._require_price(change)
        if not self._store.shared:
            await self._wait_for_room(change)
            return _reservation(await self._enter(change), change)
        pause = _FIRST_LOOK
        while True:
            written = await self._enter(replace(change, within=self.budget))
            if not isinstance(written, Refused):
                return _reservation(written, change)
            match written.reason:
                case Refusal.ANSWERED:
                    raise AnsweredElsewhere
                case Refusal.EXCEEDED:
                    raise self._exceeded(change, written.calls, written.usd)
                case Refusal.UNDER_WAY | Refusal.NO_SLOT | Refusal.HELD:
                    # What is in the way may be a call of this process, whose end is told at once, or of another.
                    await asyncio.wait([self._in_flight.end()], timeout=pause)
                    pause = min(2 * pause, _LAST_LOOK)

    async def commit(self, reservation: Reservation, usage: Usage, memo: Remember | None = None) -> None:
        """Books what a call cost, together with its result. The result is safe when this returns."""
        await self._settle(reservation, EntryState.COMMITTED, usage, memo)

    async def fail(self, reservation: Reservation, error: str, seconds: float = 0.0) -> None:
        """Books a call that was answered with an error, at no cost."""
        await self._settle(reservation, EntryState.FAILED, Usage(seconds=seconds), error=error)

    def lose(self, reservation: Reservation, error: str, seconds: float = 0.0) -> asyncio.Future[Written]:
        """Books a call that nobody saw end, at its bound. There is no need to await it, so it suits a cancellation."""
        usage = Usage(usd=reservation.bound, seconds=seconds)
        return self._settle(reservation, EntryState.POSSIBLY_SPENT, usage, error=error)

    # -- several processes

    def share(self) -> Share:
        """What this account knows since it was asked last, for the account of the process that leads the run."""
        known = Share(self._cached, tuple(self._relived))
        self._cached, self._relived = 0, []
        return known

    def absorb(self, share: Share) -> None:
        """Counts what another process's account knows. What two of them met of the run's past was paid for once."""
        again = sum(not self.relive(key) for key in share.relived)
        self._totals += Totals(cached=share.cached + again)

    async def refresh(self) -> None:
        """Reads what other processes have spent for this run.

        Raises:
            StoreError: The store cannot be read.
        """
        found = await asyncio.to_thread(self._store.spent_elsewhere, self.run_id)
        # Another refresh may have been slower in the asking and quicker in the answer.
        self._elsewhere = max(self._elsewhere, found - self._elsewhere_before, key=lambda totals: totals.calls)

    # -- the trace

    def keep_event(self, event: EventRecord) -> None:
        """Keeps an event, soon and together with others."""
        self._journal.submit(KeepEvent(event))

    def keep_candidate(self, candidate: CandidateRecord) -> None:
        """Keeps a candidate, soon and together with others."""
        self._journal.submit(KeepCandidate(candidate))

    async def flush(self) -> None:
        """Writes all that is waiting. Do this before the run is finished.

        Raises:
            StoreError: It cannot be written now. It stays, and the next flush tries again.
        """
        await self._journal.flush()

    def flush_now(self) -> None:
        """Does what `flush` does, for when the event loop has ended.

        Raises:
            StoreError: As for `flush`.
        """
        self._journal.flush_now()

    # -- inside

    def _require_price(self, change: Reserve) -> None:
        if self.budget.usd is not None and change.bound is None:
            raise ProviderError(
                f"The price of {change.model} is not known, so a budget in money cannot be held.",
                kind=ProviderFailure.UNKNOWN_PRICE,
                where=change.node,
                hint="Give the budget in calls, or declare it: `price $0.15 in, $0.60 out` below the model.",
            )

    async def _wait_for_room(self, change: Reserve) -> None:
        """Returns when the budget has room for a call."""
        while not self._fits(change):
            if not self._in_flight.calls or (
                self.budget.calls is not None and self._calls_known() >= self.budget.calls
            ):
                raise self._exceeded(change, self._calls_known(), self._past.usd + self.totals.usd)
            await self._in_flight.room()

    async def _enter(self, change: Reserve) -> Written:
        """Puts an entry into the ledger; what it holds of the budget is let go of again where there is none."""
        self._in_flight.hold(change.bound)
        written = self._journal.submit(change, unclaimed=lambda found: self._settle_unsent(found, change))
        try:
            found = await written
        except asyncio.CancelledError:
            if self._journal.withdraw(change):
                self._in_flight.release(change.bound)
            elif not written.cancelled():
                self._settle_unsent(None if written.exception() else written.result(), change)
            raise
        except StoreError:
            self._in_flight.release(change.bound)
            raise
        if isinstance(found, Refused):
            self._in_flight.let_go(change.bound)
        return found

    def _settle(
        self,
        reservation: Reservation,
        state: EntryState,
        usage: Usage,
        memo: Remember | None = None,
        error: str | None = None,
    ) -> asyncio.Future[Written]:
        self._in_flight.release(reservation.bound)
        self._totals += totals_of(state, usage)
        return self._journal.submit(Settle(reservation.number, state, usage, memo, error))

    def _settle_unsent(self, written: Written, change: Reserve) -> None:
        if written is None or isinstance(written, Refused):
            self._in_flight.release(change.bound)
        else:
            self._settle(_reservation(written, change), EntryState.FAILED, UNUSED, error="It was not sent.")

    def _fits(self, change: Reserve) -> bool:
        calls, usd = self.budget.calls, self.budget.usd
        if calls is not None and self._calls_known() >= calls:
            return False
        if usd is None or change.bound is None:
            return True
        return self._past.usd + self.totals.usd + self._in_flight.usd + change.bound <= usd

    def _calls_known(self) -> int:
        return self._past.calls + self.totals.calls + self._in_flight.calls

    def _exceeded(self, change: Reserve, calls: int, usd: Decimal) -> BudgetExceeded:
        if self.budget.calls is not None and calls >= self.budget.calls:
            said = f"The budget of {self.budget.calls} calls is used up."
        else:
            said = f"The next call could cost ${change.bound:.4f}, and ${usd:.4f} of ${self.budget.usd} are spent."
        return BudgetExceeded(said, calls=calls, usd=usd, where=change.node, hint="Raise the budget to go on.")


def _reservation(number: Written, change: Reserve) -> Reservation:
    if not isinstance(number, int):
        raise TypeError("a store returns the number of an entry that it opened")
    return Reservation(number, change.bound)
