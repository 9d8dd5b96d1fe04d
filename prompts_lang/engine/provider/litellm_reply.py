"""Reading what LiteLLM returned: a reply or vectors with usage and price, or the reason why it is none."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from prompts_lang.engine.provider.characters import whole
from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest, is_finite, vector_of
from prompts_lang.engine.provider.failures import failure
from prompts_lang.engine.provider.model import FinishReason, Price, Reply, Request
from prompts_lang.engine.provider.prices import estimate_tokens
from prompts_lang.errors import ProviderFailure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FINISHES: Final = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSED,
}
_MOST_TOKENS: Final = 1_000_000_000
"""No call has more tokens than these. A provider that reports more, or fewer than none, is not believed."""


LONGEST_REPLY: Final = 4 * 2**20
"""Characters. No model says as much; what is longer would be carried through prompts, the memo and the events of a run."""


def read_reply(response: Any, request: Request, price: Price | None, seconds: float) -> Reply:
    """Reads a `ModelResponse`. Where it reports no usage, or one that cannot be, tokens are estimated.

    Raises:
        ProviderError: `MALFORMED`, and billable: there is no choice in it, or more text than any model says.
    """
    if response is None or not response.choices:
        raise failure(ProviderFailure.MALFORMED, request.model, "it holds no choice", billable=True)
    choice = response.choices[0]
    text = _text(choice.message.content)
    if len(text) > LONGEST_REPLY:
        said = f"it has {len(text):,} characters, and no model says more than {LONGEST_REPLY:,}"
        raise failure(ProviderFailure.MALFORMED, request.model, said, billable=True)
    finish = _FINISHES.get(choice.finish_reason or "stop", FinishReason.OTHER)
    refusal = _refusal(choice.message)
    if refusal:
        text, finish = text or refusal, FinishReason.REFUSED
    usage: Any = response.get("usage")
    tokens_in, tokens_out = _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens")
    is_reported = bool(tokens_in) and tokens_out is not None
    tokens_in = tokens_in or sum(estimate_tokens(message.content) for message in request.messages)
    if tokens_out is None or not is_reported:
        tokens_out = tokens_out or estimate_tokens(text)
    return Reply(
        text=text,
        finish_reason=finish,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        usd=_usd(response, request, price, tokens_in, tokens_out, is_reported=is_reported),
        seconds=seconds,
        model=request.model.model,
    )


def read_embeddings(response: Any, request: EmbedRequest, price: Price | None, seconds: float) -> Embedded:
    """Reads an `EmbeddingResponse`. Where it reports no usage, or one that cannot be, tokens are estimated.

    Raises:
        ProviderError: `MALFORMED`, and billable: it does not hold one vector per text, all of one length.
    """
    data: Sequence[Mapping[str, Any]] = getattr(response, "data", None) or ()
    entries = sorted(data, key=_place)
    try:
        vectors = tuple(vector_of(entry["embedding"]) for entry in entries)
    except (TypeError, KeyError, OverflowError) as error:
        raise failure(ProviderFailure.MALFORMED, request.model, "a vector is not numbers", billable=True) from error
    if len(vectors) != len(request.texts):
        said = f"it holds {len(vectors)} vectors for {len(request.texts)} texts"
        raise failure(ProviderFailure.MALFORMED, request.model, said, billable=True)
    if len({len(vector) for vector in vectors}) != 1 or not vectors[0] or not all(map(is_finite, vectors)):
        said = "its vectors are empty, of several lengths, or not finite"
        raise failure(ProviderFailure.MALFORMED, request.model, said, billable=True)
    usage: Any = getattr(response, "usage", None)
    tokens = _tokens(usage, "prompt_tokens") or sum(map(estimate_tokens, request.texts))
    usd = None if price is None else price.tokens_in * tokens
    return Embedded(vectors, tokens, usd, seconds, request.model.model)


def _tokens(usage: Any, name: str) -> int | None:
    """A number of tokens as the provider reports it; None where it reports none that can be."""
    count: object = getattr(usage, name, None)
    return count if isinstance(count, int) and 0 <= count <= _MOST_TOKENS else None


def _place(entry: Mapping[str, Any]) -> int:
    place: object = entry.get("index")
    return place if isinstance(place, int) else 0


def _text(content: object) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return whole(content)
    parts = cast("list[Mapping[str, Any]]", content)
    return whole("".join(part.get("text") or "" for part in parts))


def _refusal(message: Any) -> str:
    extra: Any = message.get("provider_specific_fields")
    said: object = message.get("refusal") or (extra.get("refusal") if extra else None)
    return said if isinstance(said, str) else ""


def _usd(
    response: Any, request: Request, price: Price | None, tokens_in: int, tokens_out: int, *, is_reported: bool
) -> Decimal | None:
    # LiteLLM's own figure knows discounts for cached tokens and the like; a declared price overrules it.
    if request.model.price is None and is_reported:
        cost: object = getattr(response, "_hidden_params", {}).get("response_cost")
        if isinstance(cost, int | float) and cost > 0:
            return Decimal(str(cost))
    if price is None:
        return None
    return price.tokens_in * tokens_in + price.tokens_out * tokens_out
