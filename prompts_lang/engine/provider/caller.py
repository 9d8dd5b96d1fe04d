"""Asking a model, as a run does it: remember, share, wait for a turn, reserve, ask, book; try again, or ask another.

Invariants: a reply that was paid for is remembered whatever it says, so that it is never paid for twice; every attempt
is an entry of the ledger, settled however the attempt ends; what is raised is never a score.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from prompts_lang.engine.provider.failures import failure
from prompts_lang.engine.provider.flights import Flights
from prompts_lang.engine.provider.model import FinishReason, Reply
from prompts_lang.engine.provider.pacing import (
    FALL_BACK,
    LONGEST_RETRY_AFTER,
    TRANSIENT,
    Circuit,
    Clock,
    Endpoint,
    Limits,
    LoopClock,
    backoff,
)
from prompts_lang.engine.provider.prices import cost_bound
from prompts_lang.engine.store.model import Usage
from prompts_lang.engine.store.protocol import Remember, Reserve
from prompts_lang.errors import ProviderError, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from prompts_lang.engine.provider.model import Backend, ModelSpec, Request
    from prompts_lang.engine.store.account import Reservation, RunAccount
    from prompts_lang.engine.store.model import Purpose
    from prompts_lang.graph.types import JsonValue


class Caller:
    """Asks models on behalf of one run. It belongs to one event loop.

    Args:
        backend: The way to the models.
        account: Who pays.
        limits: Slots per model, shared by the runs of a process.
        seed: The run's seed, for the jitter of waits.
        remember: Whether to use the memo; an application that wants a fresh draw each time does not.
        clock: Time, for tests.
    """

    def __init__(
        self,
        backend: Backend,
        account: RunAccount,
        limits: Limits,
        *,
        seed: int = 0,
        remember: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.account = account
        self._backend = backend
        self._limits = limits
        self._seed = seed
        self._remember = remember
        self._clock = clock or LoopClock()
        self._flights = Flights[Reply]()
        self._circuits: dict[str, Circuit] = {}

    async def complete(self, request: Request, *, purpose: Purpose, node: str) -> Reply:
        """Returns the model's reply, or its fallback's; a truncated one too (see `Reply.truncated`).

        Args:
            request: What to ask.
            purpose: What for, for the ledger.
            node: For whom, for the ledger.

        Raises:
            ProviderError: There is no usable reply, after retries and fallbacks.
            BudgetExceeded: The next attempt could take the run over its budget.
            StoreError: The attempt could not be entered into the ledger, so it was not made.
        """
        while True:
            try:
                reply = await self._ask(request, purpose, node)
            except ProviderError as error:
                fallback = request.model.fallback
                if fallback is None or error.kind not in FALL_BACK:
                    raise
                request = request.to(fallback)
            else:
                return _usable(reply, request.model)

    async def stream(self, request: Request, *, purpose: Purpose, node: str) -> AsyncGenerator[str]:
        """Yields the model's reply in pieces, as they come; a remembered one in one piece.

        Retries and fallbacks end with the first piece: what was yielded cannot be taken back. Whoever stops early closes
        the generator (`contextlib.aclosing`), which books the call as possibly spent.

        Raises:
            ProviderError: As for `complete`, also after some pieces.
            BudgetExceeded: As for `complete`.
            StoreError: As for `complete`.
        """
        begun = False
        while True:
            try:
                async with contextlib.aclosing(self._ask_by_piece(request, purpose, node)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except ProviderError as error:
                fallback = request.model.fallback
                if begun or fallback is None or error.kind not in FALL_BACK:
                    raise
                request = request.to(fallback)
            else:
                return

    def bound(self, request: Request) -> Decimal | None:
        """Returns the most that one attempt can cost in US dollars, or None where the price is unknown.

        The backend must be prepared.
        """
        model = request.model
        return cost_bound(request, self._backend.price(model), self._backend.limits(model))

    async def _ask(self, request: Request, purpose: Purpose, node: str) -> Reply:
        if not self._remember:
            return await self._pay(request, request.key, purpose, node)
        key = request.key
        while True:
            recalled = self.account.recall(key)
            if recalled is not None:
                return _reply(recalled.value, cached=recalled.cached)
            leads = key not in self._flights
            reply = await self._flights.join(key, lambda: self._pay(request, key, purpose, node))
            if leads:
                return reply
            # Another paid: the memo has it by now, and recalling it counts it as cached.

    async def _pay(self, request: Request, key: str, purpose: Purpose, node: str) -> Reply:
        # Not before: a run whose replies are all remembered never waits for a backend to get ready.
        await self._backend.prepare()
        endpoint = self._limits.endpoint(request.model)
        circuit = self._circuits.setdefault(request.model.endpoint, Circuit(self._clock))
        # The slot is kept between attempts: an endpoint in trouble gets fewer calls, not the same number from others.
        async with endpoint.slots:
            mark = circuit.check()
            for attempt in itertools.count():
                reservation = await self._reserve(request, key, attempt, endpoint, purpose, node)
                try:
                    async with self._booking_failures(reservation, endpoint):
                        reply = await self._backend.attempt(request)
                except ProviderError as error:
                    await self._recover(error, request.model, key, attempt, circuit, mark)
                else:
                    await self._book(reservation, key, reply)
                    circuit.answered()
                    return reply
        raise AssertionError("attempts do not run out")

    async def _ask_by_piece(self, request: Request, purpose: Purpose, node: str) -> AsyncGenerator[str]:
        key = request.key
        recalled = self.account.recall(key) if self._remember else None
        if recalled is not None:
            yield _usable(_reply(recalled.value, cached=recalled.cached), request.model).text
            return
        await self._backend.prepare()
        endpoint = self._limits.endpoint(request.model)
        circuit = self._circuits.setdefault(request.model.endpoint, Circuit(self._clock))
        begun = False
        async with endpoint.slots:
            mark = circuit.check()
            for attempt in itertools.count():
                reservation = await self._reserve(request, key, attempt, endpoint, purpose, node)
                try:
                    async with self._booking_failures(reservation, endpoint):
                        async for piece in self._backend.stream(request):
                            if isinstance(piece, Reply):
                                reply = piece
                                break
                            begun = True
                            yield piece
                        else:
                            raise failure(ProviderFailure.MALFORMED, request.model, "it has no end", billable=True)
                except ProviderError as error:
                    if begun:
                        raise
                    await self._recover(error, request.model, key, attempt, circuit, mark)
                else:
                    await self._book(reservation, key, reply)
                    circuit.answered()
                    _usable(reply, request.model)
                    return

    async def _reserve(
        self, request: Request, key: str, attempt: int, endpoint: Endpoint, purpose: Purpose, node: str
    ) -> Reservation:
        while (pause := endpoint.paused_until - self._clock.now()) > 0:
            await self._clock.sleep(pause)
        model = request.model.model
        bound = self.bound(request)
        return await self.account.reserve(Reserve(self.account.run_id, key, purpose, node, model, bound, attempt))

    @contextlib.asynccontextmanager
    async def _booking_failures(self, reservation: Reservation, endpoint: Endpoint) -> AsyncGenerator[None]:
        started = time.perf_counter()
        try:
            yield
        except ProviderError as error:
            seconds = time.perf_counter() - started
            if error.billable:
                await self.account.lose(reservation, error.message, seconds)
            else:
                await self.account.fail(reservation, error.message, seconds)
            endpoint.pause(error.retry_after, self._clock)
            raise
        except BaseException as error:
            seconds = time.perf_counter() - started
            self.account.lose(reservation, f"The call was given up ({type(error).__name__}).", seconds)
            raise

    async def _recover(
        self, error: ProviderError, model: ModelSpec, key: str, attempt: int, circuit: Circuit, mark: int
    ) -> None:
        """Returns when it is time for another attempt, or raises what there is to raise instead."""
        if error.kind is ProviderFailure.SCHEMA and attempt <= model.retries:
            return
        if not _worth_another(error, model, attempt):
            circuit.give_up(error, mark)
            raise error
        await self._clock.sleep(max(error.retry_after or 0.0, backoff(self._seed, key, attempt, error.kind)))
        circuit.check()

    async def _book(self, reservation: Reservation, key: str, reply: Reply) -> None:
        usage = Usage(reply.tokens_in, reply.tokens_out, reply.usd, reply.seconds)
        memo = Remember(key, _value(reply), self.account.run_id) if self._remember else None
        await self.account.commit(reservation, usage, memo)


def _worth_another(error: ProviderError, model: ModelSpec, attempt: int) -> bool:
    patient = (error.retry_after or 0.0) <= LONGEST_RETRY_AFTER
    return error.kind in TRANSIENT and attempt < model.retries and patient


def _usable(reply: Reply, model: ModelSpec) -> Reply:
    if reply.finish_reason is FinishReason.REFUSED:
        raise failure(ProviderFailure.REFUSED, model, reply.text)
    if not reply.text.strip() and not reply.truncated:
        raise failure(ProviderFailure.EMPTY, model)
    return reply


def _value(reply: Reply) -> JsonValue:
    return {
        "text": reply.text,
        "finish_reason": str(reply.finish_reason),
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "usd": None if reply.usd is None else str(reply.usd),
        "seconds": reply.seconds,
        "model": reply.model,
    }


def _reply(value: JsonValue, *, cached: bool) -> Reply:
    held = cast("Mapping[str, JsonValue]", value)
    reply = Reply(
        text=str(held["text"]),
        finish_reason=FinishReason(str(held["finish_reason"])),
        tokens_in=int(cast("int", held["tokens_in"])),
        tokens_out=int(cast("int", held["tokens_out"])),
        usd=None if held["usd"] is None else Decimal(str(held["usd"])),
        seconds=float(cast("float", held["seconds"])),
        model=str(held["model"]),
    )
    return replace(reply, cached=cached)
