"""Making one call that costs money, as a run does it: wait for a turn, reserve, ask, book; try again where that can help.

Invariants: every attempt is an entry of the ledger, settled however the attempt ends; a result is booked together with the settlement of
the call that paid for it; what is raised is never a score.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from prompts_lang.engine.provider.pacing import (
    LONGEST_RETRY_AFTER,
    TRANSIENT,
    Circuit,
    Clock,
    Endpoint,
    Limits,
    LoopClock,
    backoff,
)
from prompts_lang.engine.store.model import Usage
from prompts_lang.engine.store.protocol import Remember, Reserve
from prompts_lang.errors import ProviderError, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from decimal import Decimal

    from prompts_lang.engine.provider.model import Backend, ModelSpec
    from prompts_lang.engine.store.account import Reservation, RunAccount
    from prompts_lang.engine.store.model import Purpose


class Answer(Protocol):
    """What every answer says about what it took."""

    @property
    def tokens_in(self) -> int:
        """Tokens that were sent."""
        ...

    @property
    def tokens_out(self) -> int:
        """Tokens that came back."""
        ...

    @property
    def usd(self) -> Decimal | None:
        """US dollars; None where the price is unknown."""
        ...

    @property
    def seconds(self) -> float:
        """Time on the clock."""
        ...


Answered = TypeVar("Answered", bound=Answer)


def _no_objection(_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Call(Generic[Answered]):
    """One thing to pay for.

    Attributes:
        model: Whom to ask.
        key: What is asked, by content.
        purpose: What for, for the ledger.
        node: For whom, for the ledger.
        bound: The most that an attempt can cost in US dollars, None where nobody knows; asked for when the backend is ready.
        attempt: Asks once.
        memo: What to remember of an answer, in the transaction that books it; None for nothing.
        objection: Why an answer that was paid for is of no use, if so: it is booked, and asked for again where that can help.
        lease: Whether nobody else needs to pay for the same meanwhile, since the answer will be remembered.
        keep: Takes an answer before it is booked, to keep it elsewhere: a process that dies in between counts the call as possibly
            spent, and does not repeat it.
    """

    model: ModelSpec
    key: str
    purpose: Purpose
    node: str
    bound: Callable[[], Decimal | None]
    attempt: Callable[[], Awaitable[Answered]]
    memo: Callable[[Answered], Remember | None]
    objection: Callable[[Answered], ProviderError | None] = _no_objection
    lease: bool = True
    keep: Callable[[Answered], Awaitable[None]] | None = None


class Turn:
    """A slot at an endpoint, held within the block for all attempts of one call.

    An endpoint in trouble so gets fewer calls, not the same number from others. Entering waits for the slot, and raises `ProviderError`
    where the endpoint is taken for dead.
    """

    def __init__(self, backend: Backend, endpoint: Endpoint, circuit: Circuit) -> None:
        self.endpoint = endpoint
        self.circuit = circuit
        self.mark = 0
        self._backend = backend

    async def __aenter__(self) -> Self:
        # Not before: a run whose replies are all remembered never waits for a backend to get ready.
        await self._backend.prepare()
        await self.endpoint.slots.acquire()
        try:
            self.mark = self.circuit.check()
        except BaseException:
            self.endpoint.slots.release()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.endpoint.slots.release()


class BookingFailures:
    """Settles a reservation, if the attempt in its block fails or is given up."""

    def __init__(self, account: RunAccount, clock: Clock, reservation: Reservation, turn: Turn) -> None:
        self._account = account
        self._clock = clock
        self._reservation = reservation
        self._turn = turn
        self._started = 0.0

    async def __aenter__(self) -> None:
        self._started = time.perf_counter()

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        seconds = time.perf_counter() - self._started
        if not isinstance(error, ProviderError):
            self._account.lose(self._reservation, f"The call was given up ({type(error).__name__}).", seconds)
            return
        if error.billable:
            await self._account.lose(self._reservation, error.message, seconds)
        else:
            await self._account.fail(self._reservation, error.message, seconds)
        self._turn.endpoint.pause(error.retry_after, self._clock)


class Payer:
    """Makes calls on behalf of one run. It belongs to one event loop.

    Args:
        backend: The way to the models.
        account: Who pays.
        limits: Slots per model, shared by the runs of a process.
        seed: The run's seed, for the jitter of waits.
        clock: Time, for tests.
    """

    def __init__(
        self, backend: Backend, account: RunAccount, limits: Limits, *, seed: int = 0, clock: Clock | None = None
    ) -> None:
        self._backend = backend
        self._account = account
        self._limits = limits
        self._seed = seed
        self._clock = clock or LoopClock()
        self._circuits: dict[str, Circuit] = {}
        self._hurried = asyncio.Event()

    def hurry(self) -> None:
        """Ends all waits between attempts: the run is to end, and its account refuses the next attempt anyway."""
        self._hurried.set()

    async def pay(self, call: Call[Answered]) -> Answered:
        """Makes a call, with the retries that its model allows.

        Raises:
            AnsweredElsewhere: Another process has paid for the same meanwhile: the memo has it.
            ProviderError: There is no answer.
            BudgetExceeded: The next attempt could take the run over its budget.
            StoreError: The attempt could not be entered into the ledger, so it was not made.
        """
        async with self.turn(call.model) as turn:
            for attempt in itertools.count():
                reservation = await self.reserve(call, attempt, turn)
                try:
                    async with self.booking_failures(reservation, turn):
                        answer = await call.attempt()
                        if call.keep is not None:
                            await call.keep(answer)
                except ProviderError as error:
                    await self.recover(error, call, attempt, turn)
                else:
                    await self.book(reservation, call, answer, turn)
                    if (objection := call.objection(answer)) is None:
                        return answer
                    await self.recover(objection, call, attempt, turn)
        raise AssertionError("attempts do not run out")

    def turn(self, model: ModelSpec) -> Turn:
        """A slot for a call of this model, to be held while the call is made."""
        circuit = self._circuits.setdefault(model.endpoint, Circuit(self._clock))
        return Turn(self._backend, self._limits.endpoint(model), circuit)

    async def reserve(self, call: Call[Answered], attempt: int, turn: Turn) -> Reservation:
        """Waits out a pause that the provider asked for, and enters an attempt into the ledger; raises as `pay` does."""
        while (pause := turn.endpoint.paused_until - self._clock.now()) > 0 and not self._hurried.is_set():
            await self._rest(pause)
        return await self._account.reserve(
            Reserve(
                run=self._account.run_id,
                key=call.key,
                purpose=call.purpose,
                node=call.node,
                model=call.model.model,
                bound=call.bound(),
                attempt=attempt,
                endpoint=call.model.endpoint,
                at_once=call.model.concurrency,
                lease=call.lease,
            )
        )

    def booking_failures(self, reservation: Reservation, turn: Turn) -> BookingFailures:
        """Settles a reservation, if the attempt in the block fails or is given up."""
        return BookingFailures(self._account, self._clock, reservation, turn)

    async def recover(self, error: ProviderError, call: Call[Answered], attempt: int, turn: Turn) -> None:
        """Returns when it is time for another attempt, or raises what there is to raise instead."""
        if error.kind is ProviderFailure.SCHEMA and attempt <= call.model.retries:
            return
        if not _worth_another(error, call.model, attempt):
            turn.circuit.give_up(error, turn.mark)
            raise error
        await self._rest(max(error.retry_after or 0.0, backoff(self._seed, call.key, attempt, error.kind)))
        turn.circuit.check()

    async def _rest(self, seconds: float) -> None:
        """Waits so long, or until there is no point in it any more."""
        waits = [asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(self._hurried.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def book(self, reservation: Reservation, call: Call[Answered], answer: Answered, turn: Turn) -> None:
        """Settles the reservation of an attempt that was answered, and keeps what is to be remembered of it."""
        usage = Usage(answer.tokens_in, answer.tokens_out, answer.usd, answer.seconds)
        await self._account.commit(reservation, usage, call.memo(answer))
        turn.circuit.answered()


def _worth_another(error: ProviderError, model: ModelSpec, attempt: int) -> bool:
    patient = (error.retry_after or 0.0) <= LONGEST_RETRY_AFTER
    return error.kind in TRANSIENT and attempt < model.retries and patient
