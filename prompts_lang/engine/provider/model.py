"""What is asked of a model and what comes back, as plain values.

Invariant: no value here ever holds a secret; a key is named by its environment variable and read by the backend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from prompts_lang.data.content import content_key
from prompts_lang.engine.provider.redact import public

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from decimal import Decimal

    from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
    from prompts_lang.graph.types import JsonValue

DEFAULT_RETRIES = 2
DEFAULT_TIMEOUT = 60.0
"""Seconds for one attempt; slow reasoning models want more."""
DEFAULT_CONCURRENCY = 16
"""Calls in flight per model; below the per-minute limits of the usual entry tiers at the usual latencies."""


class Role(StrEnum):
    """Who speaks a message. Roles are structure and never come out of text."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token."""

    tokens_in: Decimal
    tokens_out: Decimal


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A declared model.

    Attributes:
        name: Its name in the `.prompt` file, for messages only.
        model: LiteLLM's id, such as `openai/gpt-4o-mini`.
        parameters: Sampling and other request parameters in order of name, such as `(("temperature", 0.0),)`.
        retries: Attempts after the first one that failed.
        timeout: Seconds for one attempt.
        base: URL of the endpoint, or whatever the provider takes for one (an absolute path, for a local one).
        key_env: Environment variable that holds the key; `None` for the one that LiteLLM would look up.
        concurrency: Calls in flight at once.
        fallback: The model to ask where this one fails for good.
        price: Overrides the price table, for models that it does not know.
    """

    name: str
    model: str
    parameters: tuple[tuple[str, JsonValue], ...] = ()
    retries: int = DEFAULT_RETRIES
    timeout: float = DEFAULT_TIMEOUT
    base: str | None = None
    key_env: str | None = None
    concurrency: int = DEFAULT_CONCURRENCY
    fallback: ModelSpec | None = None
    price: Price | None = None

    @property
    def endpoint(self) -> str:
        """What fails, throttles and is throttled together: the model at its base, which is named without what it may hold of a key."""
        return self.model if self.base is None else f"{self.model} at {public(self.base)}"


@dataclass(frozen=True)
class Request:
    """One question to a model.

    Attributes:
        model: Whom to ask.
        messages: The conversation, at least one message.
        response_schema: JSON Schema that the reply's text must satisfy; the caller still validates.
        max_tokens: Upper limit of the reply; the model's own limit where absent.
        replica: Which independent draw is wanted; part of the key, so that a draw is never counted twice.
    """

    model: ModelSpec
    messages: tuple[ChatMessage, ...]
    response_schema: JsonValue = None
    max_tokens: int | None = None
    replica: int = 0

    @cached_property
    def key(self) -> str:
        """The content key: everything that decides the reply, nothing that does not (names, retries, keys)."""
        return content_key(
            "llm",
            {
                "model": self.model.model,
                "base": self.model.base,
                "parameters": [[name, value] for name, value in self.model.parameters],
                "messages": [[message.role, message.content] for message in self.messages],
                "schema": self.response_schema,
                "max_tokens": self.max_tokens,
                "replica": self.replica,
            },
        )

    def to(self, model: ModelSpec) -> Request:
        """Returns the same question to another model."""
        return replace(self, model=model)


class FinishReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. `usd` is None where its price is unknown; `cached` replies cost this run nothing now."""

    text: str
    finish_reason: FinishReason
    tokens_in: int
    tokens_out: int
    usd: Decimal | None
    seconds: float
    model: str
    cached: bool = False

    @property
    def truncated(self) -> bool:
        """Whether the token limit cut the reply off."""
        return self.finish_reason is FinishReason.LENGTH


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Tokens that a model takes and gives; `None` where nobody knows."""

    context: int | None = None
    output: int | None = None


class Backend(Protocol):
    """The way to models: one attempt at a time, no retries, no cache, no bookkeeping."""

    async def prepare(self) -> None:
        """Does what is slow and needed once, such as imports, without blocking the event loop for long."""
        ...

    async def attempt(self, request: Request) -> Reply:
        """Asks once.

        Raises:
            ProviderError: There was no reply; its `kind` says why and its text holds no secret.
        """
        ...

    def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        """Asks once and yields the reply's text in pieces, and at the end the whole reply.

        Raises:
            ProviderError: As for `attempt`, also in the middle.
        """
        ...

    async def embed(self, request: EmbedRequest) -> Embedded:
        """Makes the vectors of texts, once.

        Raises:
            ProviderError: As for `attempt`.
        """
        ...

    def price(self, model: ModelSpec) -> Price | None:
        """Returns the price of a model, or None where nobody knows."""
        ...

    def limits(self, model: ModelSpec) -> ModelLimits:
        """Returns how much a model takes and gives."""
        ...

    async def close(self) -> None:
        """Closes connections. To be called in each event loop that made calls, before it ends."""
        ...
