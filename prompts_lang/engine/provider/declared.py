"""From a `model` declaration to the model that is asked: what it names in the environment is looked up here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from prompts_lang.engine.provider.model import ModelSpec, Price
from prompts_lang.errors import UsageError

if TYPE_CHECKING:
    from prompts_lang.graph.model import Model, TokenPrice

_MILLION = Decimal(1_000_000)


def model_spec(model: Model, environment: Mapping[str, str]) -> ModelSpec:
    """Returns the model to ask, with its fallbacks. Keys stay in the environment.

    Raises:
        UsageError: The variable that should hold its base is not set.
    """
    base = model.base
    if model.base_env is not None:
        base = environment.get(model.base_env)
        if not base:
            raise UsageError(
                f"The variable {model.base_env}, which holds the base of the model {model.name}, is not set.",
                hint="Set it to the URL of the endpoint.",
            )
    return ModelSpec(
        name=model.name,
        model=model.id,
        parameters=model.parameters,
        retries=model.retries,
        timeout=model.timeout,
        base=base,
        key_env=model.key_env,
        concurrency=model.concurrency,
        fallback=None if model.fallback is None else model_spec(model.fallback, environment),
        price=None if model.price is None else _per_token(model.price),
    )


def _per_token(price: TokenPrice) -> Price:
    return Price(price.tokens_in / _MILLION, price.tokens_out / _MILLION)
