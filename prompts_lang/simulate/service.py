"""A world put to work: counts attempts and calls, and turns replies into the shape of OpenAI's chat completions.

The only state of the simulation lives here: how often a request was made (so that a fault of the service passes when it is retried),
and the counters that `/stats` shows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.model import FINGERPRINT, reply, request_key
from prompts_lang.simulate.request import SimulatedReply, SimulatedRequest, count_tokens
from prompts_lang.simulate.world import World

EMBEDDING_SIZE = 256
"""Numbers in an embedding."""

_ATTEMPTS_KEPT = 100_000
"""Requests whose attempts are remembered; beyond that the count starts over, which only moves simulated faults."""


@dataclass(slots=True)
class Service:
    """Answers requests for one world. Safe to share between tasks of one thread."""

    world: World
    attempts: Counter[str] = field(default_factory=Counter[str])
    stats: Counter[str] = field(default_factory=Counter[str])

    def answer(self, request: SimulatedRequest) -> SimulatedReply:
        """Answers one request.

        Raises:
            ProviderError: as `model.reply`.
        """
        attempt = self._attempt(request)
        self.stats["requests"] += 1
        answered = reply(self.world, request, attempt=attempt)
        self.stats["calls"] += 1
        self.stats[f"calls.{answered.purpose}"] += 1
        self.stats["prompt_tokens"] += answered.prompt_tokens
        self.stats["completion_tokens"] += answered.completion_tokens
        model = request.model.rpartition("/")[2]
        self.stats[f"model.{model}.calls"] += 1
        self.stats[f"model.{model}.tokens"] += answered.prompt_tokens + answered.completion_tokens
        return answered

    def _attempt(self, request: SimulatedRequest) -> int:
        dials = self.world.dials.service
        if not (dials.rate_limited or dials.server_error or dials.malformed):
            return 0
        key = request_key(self.world, request)
        if len(self.attempts) > _ATTEMPTS_KEPT:
            self.attempts.clear()
        self.attempts[key] += 1
        return self.attempts[key] - 1


def completion(answered: SimulatedReply, request: SimulatedRequest, *, created: int) -> Mapping[str, Any]:
    """A reply as the JSON of `/v1/chat/completions`. `created` is in seconds since 1970."""
    return {
        "id": f"chatcmpl-simulated-{identity(answered, request)}",
        "object": "chat.completion",
        "created": created,
        "model": request.model,
        "system_fingerprint": FINGERPRINT,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answered.text},
                "finish_reason": answered.finish,
                "logprobs": None,
            }
        ],
        "usage": usage(answered),
    }


def chunks(answered: SimulatedReply, request: SimulatedRequest, *, created: int) -> Iterator[Mapping[str, Any]]:
    """A reply as the events of a stream; the last one carries the usage."""
    shared = {
        "id": f"chatcmpl-simulated-{identity(answered, request)}",
        "object": "chat.completion.chunk",
        "created": created,
        "model": request.model,
        "system_fingerprint": FINGERPRINT,
    }
    for piece in pieces(answered.text):
        yield {
            **shared,
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}],
        }
    yield {**shared, "choices": [{"index": 0, "delta": {}, "finish_reason": answered.finish}]}
    yield {**shared, "choices": [], "usage": usage(answered)}


def pieces(text: str) -> Iterator[str]:
    """A text in the pieces in which it is streamed."""
    size = 24
    for start in range(0, len(text), size):
        yield text[start : start + size]


def usage(answered: SimulatedReply) -> Mapping[str, int]:
    """The token counts of a reply."""
    return {
        "prompt_tokens": answered.prompt_tokens,
        "completion_tokens": answered.completion_tokens,
        "total_tokens": answered.prompt_tokens + answered.completion_tokens,
    }


def embeddings(model: str, texts: Sequence[str]) -> Mapping[str, Any]:
    """Deterministic embeddings as the JSON of `/v1/embeddings`: hashed words, so that shared words make texts similar."""
    tokens = sum(count_tokens(text) for text in texts)
    return {
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": _embed(text)} for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _embed(text: str) -> list[float]:
    vector = [0.0] * EMBEDDING_SIZE
    words = ["".join(character for character in word if character.isalnum()) for word in text.lower().split()]
    for word in filter(None, words):
        chance = Chance.of("embedding", word)
        vector[int(chance.draw("place") * EMBEDDING_SIZE)] += 1.0 if chance.hit(0.5, "sign") else -1.0
    length = math.sqrt(sum(number * number for number in vector))
    return [number / length for number in vector] if length else [1.0, *vector[1:]]


def identity(answered: SimulatedReply, request: SimulatedRequest) -> str:
    """A name for a reply that depends on nothing but the exchange."""
    return Chance.of(request.model, request.seed, request.text, answered.text).key[:20]
