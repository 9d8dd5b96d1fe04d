"""Asking a model, as a run does it: remember, share with whoever asks the same, pay, or ask another model.

Invariants: a reply that was paid for is remembered whatever it says, unless it says nothing at all, so that it is never paid for twice;
what is raised is never a score.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest, embedded_value, read_embedded
from prompts_lang.engine.provider.failures import failure
from prompts_lang.engine.provider.flights import Flights
from prompts_lang.engine.provider.model import FinishReason, Reply
from prompts_lang.engine.provider.pacing import FALL_BACK, Clock, Limits
from prompts_lang.engine.provider.payer import Call, Payer
from prompts_lang.engine.provider.prices import cost_bound, embedding_bound
from prompts_lang.engine.store.account import AnsweredElsewhere
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.store.protocol import Remember
from prompts_lang.errors import ProviderError, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from prompts_lang.engine.provider.model import Backend, ModelSpec, Request
    from prompts_lang.engine.store.account import RunAccount
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
        self._remember = remember
        self._payer = Payer(backend, account, limits, seed=seed, clock=clock)
        self._flights = Flights[Reply]()
        self._embeddings = Flights[Embedded]()

    def hurry(self) -> None:
        """Ends all waits between attempts; for a run that is to end, after its budget was taken away."""
        self._payer.hurry()

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
            except AnsweredElsewhere:
                continue  # nothing was yielded, and the memo has it
            except ProviderError as error:
                fallback = request.model.fallback
                if begun or fallback is None or error.kind not in FALL_BACK:
                    raise
                request = request.to(fallback)
            else:
                return

    async def embed(
        self, request: EmbedRequest, *, node: str, keep: Callable[[Embedded], Awaitable[None]] | None = None
    ) -> Embedded:
        """Returns the vectors of texts. There is no fallback: vectors of another model cannot be compared with these.

        Args:
            request: The texts.
            node: For whom, for the ledger.
            keep: Keeps the vectors, so that the memo need not (see `Call.keep`); whoever gives it looks there first.

        Raises:
            ProviderError: There are no vectors, after retries.
            BudgetExceeded: As for `complete`.
            StoreError: As for `complete`.
        """
        key = request.key
        if keep is not None or not self._remember:
            return await self._payer.pay(self._embedding(request, key, node, keep))
        while True:
            recalled = self.account.recall(key)
            if recalled is not None:
                return read_embedded(recalled.value, cached=recalled.cached)
            with contextlib.suppress(AnsweredElsewhere):
                made, ours = await self._embeddings.join(
                    key, lambda: self._payer.pay(self._embedding(request, key, node, None))
                )
                if ours:
                    return made

    def relive(self, keys: Iterable[str]) -> None:
        """Counts calls that a resumed run made before it stopped, and whose vectors were kept by `keep`, as made now."""
        for key in keys:
            self.account.relive(key)

    def bound(self, request: Request) -> Decimal | None:
        """Returns the most that one attempt can cost in US dollars, or None where the price is unknown.

        The backend must be prepared.
        """
        model = request.model
        return cost_bound(request, self._backend.price(model), self._backend.limits(model))

    async def _ask(self, request: Request, purpose: Purpose, node: str) -> Reply:
        key = request.key
        if not self._remember:
            return await self._payer.pay(self._call(request, key, purpose, node))
        while True:
            recalled = self.account.recall(key)
            if recalled is not None:
                return _reply(recalled.value, cached=recalled.cached)
            with contextlib.suppress(AnsweredElsewhere):
                reply, ours = await self._flights.join(
                    key, lambda: self._payer.pay(self._call(request, key, purpose, node))
                )
                if ours:
                    return reply
            # Another paid: the memo has it by now, and recalling it counts it as cached.

    async def _ask_by_piece(self, request: Request, purpose: Purpose, node: str) -> AsyncGenerator[str]:
        key = request.key
        recalled = self.account.recall(key) if self._remember else None
        if recalled is not None:
            yield _usable(_reply(recalled.value, cached=recalled.cached), request.model).text
            return
        call = self._call(request, key, purpose, node)
        begun = False
        async with self._payer.turn(request.model) as turn:
            for attempt in itertools.count():
                reservation = await self._payer.reserve(call, attempt, turn)
                try:
                    async with self._payer.booking_failures(reservation, turn):
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
                    await self._payer.recover(error, call, attempt, turn)
                else:
                    await self._payer.book(reservation, call, reply, turn)
                    if (objection := _objection(reply, request.model)) is None:
                        return
                    if begun:
                        raise objection
                    await self._payer.recover(objection, call, attempt, turn)

    def _call(self, request: Request, key: str, purpose: Purpose, node: str) -> Call[Reply]:
        return Call(
            model=request.model,
            key=key,
            purpose=purpose,
            node=node,
            bound=lambda: self.bound(request),
            attempt=lambda: self._backend.attempt(request),
            memo=lambda reply: None if _is_empty(reply) else self._memo(key, _value(reply)),
            objection=lambda reply: _objection(reply, request.model) if _is_empty(reply) else None,
            lease=self._remember,
        )

    def _embedding(
        self, request: EmbedRequest, key: str, node: str, keep: Callable[[Embedded], Awaitable[None]] | None
    ) -> Call[Embedded]:
        return Call(
            model=request.model,
            key=key,
            purpose=Purpose.EMBED,
            node=node,
            bound=lambda: embedding_bound(request, self._backend.price(request.model)),
            attempt=lambda: self._backend.embed(request),
            memo=lambda made: None if keep is not None else self._memo(key, embedded_value(made)),
            lease=self._remember and keep is None,
            keep=keep,
        )

    def _memo(self, key: str, value: JsonValue) -> Remember | None:
        return Remember(key, value, self.account.run_id) if self._remember else None


def _usable(reply: Reply, model: ModelSpec) -> Reply:
    if (objection := _objection(reply, model)) is not None:
        raise objection
    return reply


def _objection(reply: Reply, model: ModelSpec) -> ProviderError | None:
    if reply.finish_reason is FinishReason.REFUSED:
        return failure(ProviderFailure.REFUSED, model, reply.text)
    return failure(ProviderFailure.EMPTY, model) if _is_empty(reply) else None


def _is_empty(reply: Reply) -> bool:
    """Whether there is nothing in a reply, for no reason: providers send that now and then, and an answer when they are asked again."""
    return not reply.text.strip() and reply.finish_reason not in (FinishReason.REFUSED, FinishReason.LENGTH)


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
