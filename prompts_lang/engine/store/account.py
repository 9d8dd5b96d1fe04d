"""What one run may spend and has spent.

A run that was stopped is resumed by replaying it: it starts from the beginning with the same seed, and the memo answers
what it had paid for. So that the replay decides as the run did, its past counts when the replay gets there: when a key
is asked for the first time, the calls that this run made for it are added to `totals`, and its remembered result is no
cache hit. The budget itself is held against everything in the ledger from the start.

Invariant: no call is made before its reservation is in the store, and none whose upper bound does not fit the budget.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.store.journal import Journal
from prompts_lang.engine.store.model import UNLIMITED, UNUSED, ZERO, Budget, EntryState, Totals, Usage
from prompts_lang.engine.store.protocol import KeepCandidate, KeepEvent, Remember, Reserve, Settle, Touch
from prompts_lang.errors import BudgetExceeded, ProviderError, ProviderFailure, StoreError

if TYPE_CHECKING:
    from decimal import Decimal

    from prompts_lang.engine.store.model import CandidateRecord, EventRecord
    from prompts_lang.engine.store.protocol import Store
    from prompts_lang.graph.types import JsonValue

_TOUCH_EVERY: Final = 3600.0
"""Seconds between two notes that a result was of use: eviction needs no finer ones, and each is a write."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A remembered result. `cached` is false where this run paid for it and asks for it the first time."""

    value: JsonValue
    cached: bool


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
    """

    def __init__(self, store: Store, run_id: str, budget: Budget = UNLIMITED) -> None:
        self.run_id = run_id
        self.budget = budget
        self._store = store
        self._journal = Journal(store)
        self._totals = Totals()
        self._touched: set[str] = set()
        self._past: dict[str, Totals] = {}
        self._calls_ahead = 0
        self._usd_ahead = ZERO
        for entry in store.entries(run_id):
            used = _totals(entry.state, entry.usage)
            self._past[entry.key] = self._past.get(entry.key, Totals()) + used
            self._calls_ahead += used.calls
            self._usd_ahead += used.usd
        self._open_calls = 0
        self._open_usd = ZERO
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def totals(self) -> Totals:
        """What the run has used up to here; calls in flight are not in it yet."""
        return self._totals

    @property
    def in_flight(self) -> int:
        """Calls that are reserved and not settled."""
        return self._open_calls

    def can_afford(self, calls: int = 0, usd: Decimal = ZERO) -> bool:
        """Whether `calls` more calls that cost `usd` at most would fit the budget, calls in flight at their bound."""
        left = self.remaining()
        return (left.calls is None or calls <= left.calls) and (left.usd is None or usd <= left.usd)

    def remaining(self) -> Budget:
        """What is left of the budget, calls in flight at their bound; never less than nothing."""
        calls, usd = self.budget.calls, self.budget.usd
        return Budget(
            None if calls is None else max(calls - self._totals.calls - self._open_calls, 0),
            None if usd is None else max(usd - self._totals.usd - self._open_usd, ZERO),
        )

    # -- the memo

    def recall(self, key: str) -> Recalled | None:
        """Returns the result remembered under `key`, and counts it: as this run's own past, or as cached.

        Raises:
            StoreError: The store cannot be read.
        """
        first = key not in self._touched
        self._touched.add(key)
        self.relive(key)
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
        cached = not (first and run == self.run_id)
        if cached and run is not None:
            self._totals += Totals(cached=1)
        return Recalled(value, cached)

    def relive(self, key: str) -> None:
        """Counts what a resumed run paid under `key` before it stopped as used now; for results that are kept outside of the memo."""
        past = self._past.pop(key, None)
        if past is not None:
            self._totals += past
            self._calls_ahead -= past.calls
            self._usd_ahead -= past.usd

    async def remember(self, key: str, value: JsonValue) -> None:
        """Keeps a result that cost nothing, of a code node for instance."""
        await self._journal.submit(Remember(key, value))

    # -- the ledger

    async def reserve(self, change: Reserve) -> Reservation:
        """Opens a ledger entry; the call may be made when this returns.

        Where only the bounds of calls in flight are in the way, it waits for them: they mostly cost less.

        Raises:
            BudgetExceeded: The call could take the run over its budget.
            ProviderError: The budget is in money, and the model's price is unknown.
            StoreError: The entry could not be written.
        """
        while not self._fits(change):
            if not self._open_calls or (self.budget.calls is not None and self._calls_known() >= self.budget.calls):
                raise self._exceeded(change)
            settled = asyncio.get_running_loop().create_future()
            self._waiting.append(settled)
            await settled
        self._hold(change.bound)
        written = self._journal.submit(change)
        try:
            number = await asyncio.shield(written)
        except asyncio.CancelledError:
            if self._journal.withdraw(change):
                self._release(change.bound)
            else:
                written.add_done_callback(lambda done: self._settle_unsent(done, change))
            raise
        except StoreError:
            self._release(change.bound)
            raise
        return _reservation(number, change)

    async def commit(self, reservation: Reservation, usage: Usage, memo: Remember | None = None) -> None:
        """Books what a call cost, together with its result. The result is safe when this returns."""
        await self._settle(reservation, EntryState.COMMITTED, usage, memo)

    async def fail(self, reservation: Reservation, error: str, seconds: float = 0.0) -> None:
        """Books a call that was answered with an error, at no cost."""
        await self._settle(reservation, EntryState.FAILED, Usage(seconds=seconds), error=error)

    def lose(self, reservation: Reservation, error: str, seconds: float = 0.0) -> asyncio.Future[int | None]:
        """Books a call that nobody saw end, at its bound. There is no need to await it, so it suits a cancellation."""
        usage = Usage(usd=reservation.bound, seconds=seconds)
        return self._settle(reservation, EntryState.POSSIBLY_SPENT, usage, error=error)

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

    def _settle(
        self,
        reservation: Reservation,
        state: EntryState,
        usage: Usage,
        memo: Remember | None = None,
        error: str | None = None,
    ) -> asyncio.Future[int | None]:
        self._release(reservation.bound)
        self._totals += _totals(state, usage)
        return self._journal.submit(Settle(reservation.number, state, usage, memo, error))

    def _settle_unsent(self, written: asyncio.Future[int | None], change: Reserve) -> None:
        if written.cancelled() or written.exception() is not None:
            self._release(change.bound)
        else:
            self._settle(_reservation(written.result(), change), EntryState.FAILED, UNUSED, error="It was not sent.")

    def _fits(self, change: Reserve) -> bool:
        calls, usd = self.budget.calls, self.budget.usd
        if calls is not None and self._calls_known() >= calls:
            return False
        if usd is None:
            return True
        if change.bound is None:
            raise ProviderError(
                f"The price of {change.model} is not known, so a budget in money cannot be held.",
                kind=ProviderFailure.UNKNOWN_PRICE,
                where=change.node,
                hint="Give the budget in calls, or declare it: `price $0.15 in, $0.60 out` below the model.",
            )
        return self._usd_ahead + self._totals.usd + self._open_usd + change.bound <= usd

    def _calls_known(self) -> int:
        return self._calls_ahead + self._totals.calls + self._open_calls

    def _hold(self, bound: Decimal | None) -> None:
        self._open_calls += 1
        self._open_usd += bound or ZERO

    def _release(self, bound: Decimal | None) -> None:
        self._open_calls -= 1
        self._open_usd -= bound or ZERO
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            if not settled.done():
                settled.set_result(None)

    def _exceeded(self, change: Reserve) -> BudgetExceeded:
        calls, usd = self._calls_known(), self._usd_ahead + self._totals.usd
        if self.budget.calls is not None and calls >= self.budget.calls:
            said = f"The budget of {self.budget.calls} calls is used up."
        else:
            said = f"The next call could cost ${change.bound:.4f}, and ${usd:.4f} of ${self.budget.usd} are spent."
        return BudgetExceeded(said, calls=calls, usd=usd, where=change.node, hint="Raise the budget to go on.")


def _reservation(number: int | None, change: Reserve) -> Reservation:
    if number is None:
        raise TypeError("a store returns the number of an entry that it opened")
    return Reservation(number, change.bound)


def _totals(state: EntryState, usage: Usage) -> Totals:
    return Totals(
        calls=1,
        failed=int(state is EntryState.FAILED),
        possibly_spent=int(state in {EntryState.POSSIBLY_SPENT, EntryState.RESERVED}),
        unpriced=int(usage.usd is None),
        usd=usage.usd or ZERO,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        seconds=usage.seconds,
    )
