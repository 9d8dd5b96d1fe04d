"""Asking a teacher model (a critic or a rewriter) for JSON, and reading what it says as data.

A reply is used only if it parses and fits its schema. A malformed one is asked for once more and then counted and reported as no answer:
it never becomes an exception, a score or a text of a prompt. A budget that is used up and a cancellation do pass through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jsonschema

from prompts_lang.engine.provider.model import ChatMessage, ModelSpec, Reply, Request, Role
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.structured import fenced
from prompts_lang.errors import ProviderError

ATTEMPTS = 2
"""How often a teacher is asked until its reply fits."""

LONGEST_REPLY = 500_000
"""Characters of a reply that is looked at: many times what any question asks for."""


class Complete(Protocol):
    """The way to a model: memo, limits, budget and retries are its business."""

    async def complete(self, request: Request, *, purpose: Purpose, node: str) -> Reply:
        """Asks once.

        Raises:
            ProviderError: there is no usable reply.
            BudgetExceeded: the call could exceed the budget of the run.
        """
        ...


@dataclass(frozen=True, slots=True)
class Teacher:
    """A model that is asked about the graph instead of working in it."""

    caller: Complete
    model: ModelSpec


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: instructions, the material, and the JSON schema of the reply."""

    instructions: str
    material: str
    schema: Mapping[str, Any]
    replica: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that fits the schema, or the reason why there is none."""

    value: Mapping[str, Any] | None
    problem: str | None = None


async def ask(teacher: Teacher, question: Question, *, purpose: Purpose, node: str) -> Answer:
    """Asks a teacher, at most `ATTEMPTS` times, until its reply fits the schema.

    Raises:
        BudgetExceeded: the run has no money left for the call.
    """
    problem = ""
    for attempt in range(ATTEMPTS):
        material = question.material if not problem else f"{question.material}\n\n{_again(problem)}"
        request = Request(
            model=teacher.model,
            messages=(ChatMessage(Role.SYSTEM, question.instructions), ChatMessage(Role.USER, material)),
            response_schema=dict(question.schema),
            replica=question.replica * ATTEMPTS + attempt,
        )
        try:
            reply = await teacher.caller.complete(request, purpose=purpose, node=node)
        except ProviderError as error:
            return Answer(None, str(error))
        answer = read_answer(reply.text, question.schema, truncated=reply.truncated)
        if answer.value is not None:
            return answer
        problem = answer.problem or ""
    return Answer(None, problem)


def read_answer(text: str, schema: Mapping[str, Any], *, truncated: bool = False) -> Answer:
    """Reads a reply: bare JSON, JSON in a code fence, or JSON with words around it. Never raises."""
    if truncated:
        return Answer(None, "The reply was cut off at the token limit.")
    if len(text) > LONGEST_REPLY:
        return Answer(None, f"The reply has {len(text):,} characters, far more than were asked for.")
    problem = "The reply holds no JSON object."
    for candidate in _candidates(text):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError) as error:
            problem = f"The reply is not valid JSON: {error}."
            continue
        try:
            jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)
        except jsonschema.ValidationError as misfit:
            # Where and which rule, but not what stands there: these words go to the teacher outside of every block.
            problem = f"The reply does not fit the schema: `{misfit.validator}` does not hold at {misfit.json_path}."
        else:
            return Answer(value)
    return Answer(None, problem)


def _candidates(text: str) -> list[str]:
    """The places where the JSON object may be, the most literal reading first."""
    found = [text.strip(), *fenced(text)]
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        found.append(text[start : end + 1])
    return [candidate for candidate in dict.fromkeys(found) if candidate.startswith("{")]


def _again(problem: str) -> str:
    return f"Your previous reply could not be used. {problem} Reply with one JSON object that fits the schema, and nothing else."
