"""A backend that does as it is told, and a clock that only moves when someone waits for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal

from prompts_lang.engine.provider.model import (
    ChatMessage,
    FinishReason,
    ModelLimits,
    ModelSpec,
    Price,
    Reply,
    Request,
    Role,
)
from prompts_lang.errors import ProviderError, ProviderFailure

PRICE = Price(Decimal("0.000001"), Decimal("0.000002"))
MODEL = ModelSpec("small", "openai/small", retries=2)


def ask(text: str = "question", model: ModelSpec = MODEL, **options) -> Request:
    return Request(model, (ChatMessage(Role.USER, text),), **options)


def reply(text: str = "answer", finish: FinishReason = FinishReason.STOP, model: str = MODEL.model) -> Reply:
    return Reply(text, finish, tokens_in=10, tokens_out=5, usd=Decimal("0.00002"), seconds=0.1, model=model)


def trouble(kind: ProviderFailure, **options) -> ProviderError:
    return ProviderError(f"The model has {kind}.", kind=kind, **options)


class FakeBackend:
    """Answers by a function of the request, or by a list of what to do, call by call."""

    def __init__(self, *script: Reply | ProviderError | Callable[[Request], Awaitable[Reply]]) -> None:
        self.script = list(script)
        self.asked: list[Request] = []
        self.price_of: Price | None = PRICE
        self.begun = asyncio.Event()
        self.active = 0
        self.most_active = 0

    async def prepare(self) -> None:
        pass

    async def attempt(self, request: Request) -> Reply:
        self.asked.append(request)
        self.begun.set()
        step = self.script.pop(0) if len(self.script) > 1 else (self.script or [reply()])[0]
        self.active += 1
        self.most_active = max(self.active, self.most_active)
        try:
            await asyncio.sleep(0)
            if isinstance(step, ProviderError):
                raise step
            return step if isinstance(step, Reply) else await step(request)
        finally:
            self.active -= 1

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        whole = await self.attempt(request)
        for word in whole.text.split(" "):
            yield word
        yield whole

    def price(self, model: ModelSpec) -> Price | None:
        return self.price_of

    def limits(self, model: ModelSpec) -> ModelLimits:
        return ModelLimits(context=1000, output=100)

    async def close(self) -> None:
        pass


class FakeClock:
    """Time that passes only in `sleep`."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)
