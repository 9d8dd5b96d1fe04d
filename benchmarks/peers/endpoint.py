"""The endpoint that everybody is measured at: it counts, it ends the budget, and it gives a teacher's second answer to a second question.

Invariants: past the budget nothing is answered or counted; `/stats` shows exactly what was answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from aiohttp import web

from prompts_lang.simulate.endpoint import HOST, application
from prompts_lang.simulate.model import request_key
from prompts_lang.simulate.request import SimulatedReply, SimulatedRequest
from prompts_lang.simulate.service import Service
from prompts_lang.simulate.world import World

_PAID = ("/v1/chat/completions", "/v1/responses")
_NEVER = 3_600.0
"""Seconds for which a call past the budget is left waiting: longer than the harness lets a contestant live."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class FreshService(Service):
    """A service whose teacher, asked the same again without a seed, answers anew, as a model above temperature 0 does.

    The plain simulation answers equal requests equally. That would favour those who send a seed with each draw, as Prompts does.
    """

    asked: Counter[str] = field(default_factory=Counter[str])

    def answer(self, request: SimulatedRequest) -> SimulatedReply:
        """Answers one request."""
        if request.seed is None and request.model.endswith("teacher"):
            key = request_key(self.world, request)
            if before := self.asked[key]:
                request = replace(request, seed=before)
            self.asked[key] += 1
        return Service.answer(self, request)


@dataclass(frozen=True, slots=True)
class Metered:
    """A running endpoint and its meter. `exhausted` is set by the first call past the budget."""

    base: str
    service: FreshService
    exhausted: asyncio.Event

    @property
    def calls(self) -> int:
        """Calls answered so far."""
        return self.service.stats["calls"]

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens of all calls answered so far."""
        return self.service.stats["prompt_tokens"] + self.service.stats["completion_tokens"]


@asynccontextmanager
async def metered(world: World, *, budget: int, latency: float) -> AsyncGenerator[Metered]:
    """Serves a world on a free port of the loopback interface. `latency` is in seconds per call."""
    dials = replace(world.dials, service=replace(world.dials.service, latency=latency))
    service = FreshService(replace(world, dials=dials))
    exhausted = asyncio.Event()
    in_flight = 0

    @web.middleware
    async def meter(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal in_flight
        if request.path not in _PAID:
            return await handler(request)
        if service.stats["calls"] + in_flight >= budget:
            exhausted.set()
            await asyncio.sleep(_NEVER)
        in_flight += 1
        try:
            return await handler(request)
        finally:
            in_flight -= 1

    app = application(service)
    app.middlewares.append(meter)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield Metered(f"http://{HOST}:{runner.addresses[0][1]}/v1", service, exhausted)
    finally:
        await runner.cleanup()
