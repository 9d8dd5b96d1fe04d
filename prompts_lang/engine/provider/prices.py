"""How much a request can cost, before it is made.

Invariant: a bound is never below what a provider could charge for the tokens. A token is at least one byte of UTF-8, so
bytes bound tokens from above; four bytes a token is the usual middle of it, for estimates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.data.content import canonical_json
from prompts_lang.engine.provider.model import ModelLimits, Price, Request

if TYPE_CHECKING:
    from prompts_lang.engine.provider.embedding import EmbedRequest
    from prompts_lang.engine.provider.model import ModelSpec

BYTES_PER_TOKEN: Final = 4
_BYTES_PER_MESSAGE: Final = 16
"""Roles and separators: four tokens a message in the usual chat formats, taken generously."""
_UNKNOWN_OUTPUT: Final = 16_384
"""Tokens that a reply may have where neither the request nor the price table says: the limit of most large models."""
_MAX_TOKENS: Final = ("max_completion_tokens", "max_tokens")


def estimate_tokens(text: str) -> int:
    """Returns about how many tokens a text has; cheap, and the same for every model."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN)


def cost_bound(request: Request, price: Price | None, limits: ModelLimits) -> Decimal | None:
    """Returns the most that one attempt can cost in US dollars, or None where the price is unknown."""
    if price is None:
        return None
    return price.tokens_in * _most_tokens_in(request, limits) + price.tokens_out * _most_tokens_out(request, limits)


def dearest_call(model: ModelSpec, price: Price | None, limits: ModelLimits) -> Decimal | None:
    """Returns the most that one attempt can cost whatever is asked, or None where the price or the context is unknown."""
    if price is None or limits.context is None:
        return None
    return price.tokens_in * limits.context + price.tokens_out * _most_tokens(model, None, limits)


def embedding_bound(request: EmbedRequest, price: Price | None) -> Decimal | None:
    """Returns the most that one attempt can cost in US dollars, or None where the price is unknown."""
    if price is None:
        return None
    size = sum(len(text.encode("utf-8", "surrogatepass")) + _BYTES_PER_MESSAGE for text in request.texts)
    return price.tokens_in * size


def attempts_bound(model: ModelSpec) -> int:
    """Returns the most attempts that one request can take, fallbacks included."""
    attempts = 0
    asked: ModelSpec | None = model
    while asked is not None:
        attempts += asked.retries + 1
        asked = asked.fallback
    return attempts


def price_from(facts: Mapping[str, Any]) -> Price | None:
    """Reads the price out of what LiteLLM knows about a model."""
    tokens_in, tokens_out = facts.get("input_cost_per_token"), facts.get("output_cost_per_token")
    if tokens_out is None and facts.get("mode") == "embedding":
        tokens_out = 0  # nothing comes back that could be charged for
    if tokens_in is None or tokens_out is None:
        return None
    # By way of the shortest spelling: 1.5e-07 is meant, not the binary fraction next to it.
    return Price(Decimal(str(tokens_in)), Decimal(str(tokens_out)))


def _most_tokens_in(request: Request, limits: ModelLimits) -> int:
    size = sum(len(message.content.encode("utf-8", "surrogatepass")) for message in request.messages)
    size += _BYTES_PER_MESSAGE * (len(request.messages) + 1)
    if request.response_schema is not None:
        size += len(canonical_json(request.response_schema))
    return size if limits.context is None else min(size, limits.context)


def _most_tokens_out(request: Request, limits: ModelLimits) -> int:
    return _most_tokens(request.model, request.max_tokens, limits)


def _most_tokens(model: ModelSpec, asked: int | None, limits: ModelLimits) -> int:
    parameters = dict(model.parameters)
    wanted = [asked, *(parameters.get(name) for name in _MAX_TOKENS)]
    said = [limit for limit in wanted if isinstance(limit, int)]
    if limits.output is not None:
        said.append(limits.output)
    return min(said, default=_UNKNOWN_OUTPUT)
