"""The simulated model: one pure function from a world and a request to a reply.

Invariant: `reply` reads no clock, file, network or state. Equal worlds and equal requests give equal replies in any process; `seed`
gives another draw, and `attempt` only moves the faults of the service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from prompts_lang.errors import ProviderError, ProviderFailure
from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.recognise import Seen, see_task
from prompts_lang.simulate.request import (
    CHARACTERS_PER_TOKEN,
    MOST_TOKENS,
    Purpose,
    SimulatedReply,
    SimulatedRequest,
    count_tokens,
)
from prompts_lang.simulate.schema import fill, requested_schema, resolve
from prompts_lang.simulate.skill import perform
from prompts_lang.simulate.teacher import answer, reading
from prompts_lang.simulate.world import SimulatedModel, World

FINGERPRINT = "simulated"
"""The `system_fingerprint` of every reply."""


def reply(world: World, request: SimulatedRequest, *, attempt: int = 0) -> SimulatedReply:
    """Answers a request.

    Args:
        world: What the model knows.
        request: What it is asked.
        attempt: How often this very request was made before. Faults of the service are drawn anew for each attempt.

    Raises:
        ProviderError: the world has no such model, or the dials drew a fault of the service (429 or 500).
    """
    model = _model(world, request.model)
    chance = _chance(world, request)
    service = Chance.of(chance.key, "service", attempt)
    _fail_sometimes(world, service)
    text, purpose = _answer(world, model, request, chance)
    finish: Literal["stop", "length"] = "stop"
    if purpose == "rewriter" and chance.hit(world.dials.rewriter.truncate, "truncate"):
        text, finish = text[: max(1, int(len(text) * (0.3 + 0.6 * chance.draw("cut"))))], "length"
    if service.hit(world.dials.service.malformed, "malformed"):
        text = text[: len(text) // 2]
    text = _stopped(text, request.stop)
    limit = min(request.max_tokens or MOST_TOKENS, MOST_TOKENS)
    if count_tokens(text) > limit:
        text, finish = text[: limit * CHARACTERS_PER_TOKEN], "length"
    return SimulatedReply(text, purpose, finish, count_tokens(request.text), count_tokens(text))


def request_key(world: World, request: SimulatedRequest) -> str:
    """What makes a request the same request: the world, the model, the messages and the seed."""
    return _chance(world, request).key


def _answer(world: World, model: SimulatedModel, request: SimulatedRequest, chance: Chance) -> tuple[str, Purpose]:
    task = see_task(world, request, strictly=True)
    if task is not None and task.certain:
        return _solve(world, model, request, task, chance), "solve"
    taught = answer.respond(world, reading.view(world, request), chance)
    if taught is not None:
        return taught
    task = task or see_task(world, request)
    if task is not None:
        return _solve(world, model, request, task, chance), "solve"
    return world.unknown, "unknown"


def _solve(world: World, model: SimulatedModel, request: SimulatedRequest, task: Seen, chance: Chance) -> str:
    outputs = perform(world, task, chance, expertise=model.expertise).outputs
    schema = requested_schema(request)
    if schema is not None:
        return json.dumps(fill(resolve(schema), outputs), ensure_ascii=False)
    if request.json_asked:
        return json.dumps(outputs, ensure_ascii=False)
    if "[[ ## completed ## ]]" in request.text:
        fields = [f"[[ ## {name} ## ]]\n{value}" for name, value in outputs.items()]
        return "\n\n".join([*fields, "[[ ## completed ## ]]"])
    return _as_text(outputs)


def _as_text(outputs: Mapping[str, Any]) -> str:
    if len(outputs) == 1:
        return str(next(iter(outputs.values())))
    return "\n".join(f"{name}: {value}" for name, value in outputs.items())


def _stopped(text: str, stops: tuple[str, ...]) -> str:
    ends = [position for stop in stops if stop and (position := text.find(stop)) >= 0]
    return text[: min(ends)] if ends else text


def _fail_sometimes(world: World, service: Chance) -> None:
    dials = world.dials.service
    if service.hit(dials.rate_limited, "429"):
        raise ProviderError(
            "Simulated rate limit.",
            kind=ProviderFailure.RATE_LIMIT,
            status=429,
            retry_after=dials.retry_after,
            where=world.name,
        )
    if service.hit(dials.server_error, "500"):
        raise ProviderError("Simulated server error.", kind=ProviderFailure.SERVER, status=500, where=world.name)


def _model(world: World, name: str) -> SimulatedModel:
    model = world.models.get(name.rpartition("/")[2])
    if model is None:
        raise ProviderError(
            f"The simulated world has no model {name!r}.",
            kind=ProviderFailure.UNKNOWN_MODEL,
            status=404,
            where=world.name,
            hint=f"It has: {', '.join(world.models)}.",
        )
    return model


def _chance(world: World, request: SimulatedRequest) -> Chance:
    turns = [part for turn in request.turns for part in (turn.role, turn.text)]
    return Chance.of(world.seed, request.model.rpartition("/")[2], request.seed, *turns)
