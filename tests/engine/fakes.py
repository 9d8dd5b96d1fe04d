"""Stand-ins for what lies outside of the engine: a model that answers by a function, and code that runs in this process."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from typing import Any

from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest, Vector, vector_of
from prompts_lang.engine.provider.model import FinishReason, ModelLimits, ModelSpec, Price, Reply, Request
from prompts_lang.engine.sandbox.model import (
    CodeUnit,
    Level,
    Limits,
    SandboxProblem,
    SandboxProblemKind,
    SandboxResult,
)

Answer = str | Reply | Exception


def reply(text: str, *, finish: FinishReason = FinishReason.STOP, seconds: float = 0.5) -> Reply:
    return Reply(text, finish, tokens_in=10, tokens_out=2, usd=Decimal("0.01"), seconds=seconds, model="fake")


DIMENSIONS = 1024


def meaning(text: str) -> Vector:
    """A vector by which texts that share words are near: one number per word, as far as there are places."""
    numbers = [0.0] * DIMENSIONS
    for word in re.findall(r"[a-z]{3,}", text.lower()):
        numbers[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % DIMENSIONS] += 1.0
    return vector_of(numbers)


class FakeBackend:
    """Answers every request with what `answer` says, and remembers the requests."""

    def __init__(self, answer: Callable[[Request], Answer] = lambda request: "ok") -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.embedded: list[tuple[str, ...]] = []
        self.refuse_texts: Callable[[tuple[str, ...]], Exception | None] = lambda texts: None
        self.closed = False

    async def prepare(self) -> None:
        pass

    async def attempt(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self.answer(request)
        if isinstance(answer, Exception):
            raise answer
        return reply(answer) if isinstance(answer, str) else answer

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        whole = await self.attempt(request)
        for number, word in enumerate(whole.text.split(" ")):
            yield word if number == 0 else f" {word}"
        yield whole

    async def embed(self, request: EmbedRequest) -> Embedded:
        if (error := self.refuse_texts(request.texts)) is not None:
            raise error
        self.embedded.append(request.texts)
        vectors = tuple(map(meaning, request.texts))
        return Embedded(vectors, 5 * len(request.texts), Decimal("0.001"), 0.1, request.model.model)

    async def close(self) -> None:
        self.closed = True

    def price(self, model: ModelSpec) -> Price | None:
        return Price(Decimal("0.0001"), Decimal("0.0002"))

    def limits(self, model: ModelSpec) -> ModelLimits:
        return ModelLimits(8000, 1000)


class InProcess:
    """Runs trusted test code in this process, with the sandbox's contract."""

    def __init__(self) -> None:
        self.calls: list[Mapping[str, Any]] = []

    async def call(self, code: CodeUnit, arguments: Mapping[str, Any], limits: Limits) -> SandboxResult:
        self.calls.append(arguments)
        names: dict[str, Any] = dict(arguments)
        try:
            exec(code.main.text, names)  # noqa: S102  the tests' own code
            function = getattr(code, "function", None)
            if function is None:
                value = {name: names[name] for name in code.outputs}
            else:
                given = arguments.values()
                result = names[function](*given) if code.positional else names[function](**arguments)
                value = {code.outputs[0]: result} if len(code.outputs) == 1 else result
        except Exception as error:  # noqa: BLE001  what code does is a value
            problem = SandboxProblem(SandboxProblemKind.EXCEPTION, f"{type(error).__name__}: {error}")
            return SandboxResult(None, problem, "", "", 0.01, Level.LIMITS)
        return SandboxResult(json.loads(json.dumps(value)), None, "", "", 0.01, Level.LIMITS)
