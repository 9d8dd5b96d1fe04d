"""The optimiser on the real engine: files, a store, LiteLLM and the simulated model, with nothing replaced but what a test watches."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend
from prompts_lang.engine.provider.model import Backend, ChatMessage, ModelLimits, ModelSpec, Price, Reply, Request
from prompts_lang.engine.session import Surroundings
from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.graph.load import load_program
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.optimization import run_optimization
from prompts_lang.jobs.plan import Wish, plan
from prompts_lang.optimize.report import Report
from prompts_lang.simulate.generate import Specification, generate


def project(folder: Path, specification: Specification, *changes: tuple[str, str]) -> Path:
    """A generated project, with words of its file replaced."""
    made = generate(specification)
    text = made.prompt
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return replace(made, prompt=text).write(folder)


class Watched:
    """A backend that counts answers by request, and answers in another order where `shuffle` says how long each waits."""

    def __init__(self, shuffle: Mapping[int, float] | None = None) -> None:
        self.inner: Backend = LiteLLMBackend({})
        self.answered: Counter[str] = Counter()
        self.questions: dict[str, Counter[tuple[ChatMessage, ...]]] = defaultdict(Counter)
        self.shuffle = shuffle or {}

    async def prepare(self) -> None:
        await self.inner.prepare()

    async def attempt(self, request: Request) -> Reply:
        if self.shuffle:
            await asyncio.sleep(self.shuffle[int(request.key[-2:], 16) % len(self.shuffle)])
        reply = await self.inner.attempt(request)
        self.answered[request.key] += 1
        self.questions[request.model.name][request.messages] += 1
        return reply

    async def embed(self, request: EmbedRequest) -> Embedded:
        return await self.inner.embed(request)

    def price(self, model: ModelSpec) -> Price | None:
        return self.inner.price(model)

    def limits(self, model: ModelSpec) -> ModelLimits:
        return self.inner.limits(model)

    async def close(self) -> None:
        await self.inner.close()


@dataclass
class Ended:
    """What a run has left behind."""

    report: Report
    events: list[dict[str, JsonValue]]
    backend: Watched

    @property
    def accepted(self) -> list[dict[str, JsonValue]]:
        return [event for event in self.events if event["event"] == "accepted"]


@dataclass
class Start:
    """How to run a file."""

    file: Path
    wish: Wish = field(default_factory=Wish)
    store: Store | None = None
    backend: Watched = field(default_factory=Watched)

    async def run(self, events: list[dict[str, JsonValue]] | None = None) -> Ended:
        events = [] if events is None else events
        given = Surroundings(backend=self.backend, store=self.store or memory_store(), environ={})  # type: ignore[arg-type]
        chosen = plan(load_program(self.file), self.file, self.wish)
        report = await run_optimization(chosen, events.append, surroundings=given)
        return Ended(report, events, self.backend)
