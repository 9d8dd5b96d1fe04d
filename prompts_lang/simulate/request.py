"""What reaches the simulated model and what it answers, free of any protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from prompts_lang.simulate.shapes import is_array, is_object

CHARACTERS_PER_TOKEN = 4
"""The simulated tokenizer: four characters are a token, as a rule of thumb for English text."""

MOST_TOKENS = 4_096
"""The longest simulated reply, in tokens."""

Purpose = Literal["solve", "critic", "suspects", "rewriter", "judge", "feedback", "unknown"]
"""What a request asked for, as far as the simulation could tell. Counted in the endpoint's `/stats`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation, as text."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class SimulatedRequest:
    """One chat request. `schema` is the JSON schema asked for by `response_format`; `json_asked` also covers plain JSON mode."""

    model: str
    turns: tuple[Turn, ...]
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    json_asked: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All turns, one after the other."""
        return "\n\n".join(turn.text for turn in self.turns)

    @property
    def last_user(self) -> str:
        """The last user turn, or the last turn where there is none."""
        users = [turn.text for turn in self.turns if turn.role == "user"]
        return users[-1] if users else self.turns[-1].text


@dataclass(frozen=True, slots=True)
class SimulatedReply:
    """The answer with its simulated token counts. `finish` is `length` where the text was cut."""

    text: str
    purpose: Purpose
    finish: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int


def read_request(model: str, messages: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> SimulatedRequest:
    """Reads a request in the shape of OpenAI's chat completions.

    Raises:
        ValueError: no messages, or a message that is not an object with a role.
    """
    if not messages:
        raise ValueError("The request has no messages: send at least one with a role and a content.")
    response_format = options.get("response_format")
    wanted: Mapping[str, Any] = response_format if is_object(response_format) else {}
    kind, described = wanted.get("type"), wanted.get("json_schema")
    limit = options.get("max_completion_tokens") or options.get("max_tokens")
    stop: str | Sequence[str] | None = options.get("stop")
    return SimulatedRequest(
        model=model,
        turns=tuple(_turn(message) for message in messages),
        seed=options.get("seed"),
        schema=described.get("schema") if kind == "json_schema" and is_object(described) else None,
        json_asked=kind in ("json_schema", "json_object"),
        max_tokens=int(limit) if limit else None,
        stop=(stop,) if isinstance(stop, str) else tuple(stop or ()),
    )


def count_tokens(text: str) -> int:
    """Simulated tokens of a text: at least one for any text, none for the empty one."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _turn(message: Mapping[str, Any]) -> Turn:
    role = message.get("role")
    if not isinstance(role, str):
        raise ValueError("A message has no role: every message needs a role and a content.")  # noqa: TRY004 - a wrong value
    content: object = message.get("content")
    if is_array(content):
        texts = [str(part["text"]) for part in content if is_object(part) and part.get("type") == "text"]
        return Turn(role, "\n".join(texts))
    return Turn(role, "" if content is None else str(content))
