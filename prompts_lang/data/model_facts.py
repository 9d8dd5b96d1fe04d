"""What LiteLLM's own table says of models, read as JSON: LiteLLM takes seconds to import, and checks have milliseconds.

Providers that register models when they are loaded are not in it.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

PROVIDER_PLUGINS: Final = "prompts_lang.litellm_providers"
"""The group of entry points that bring further providers. Each is a function that takes the litellm module and registers a provider of the
entry point's name, its models and their prices with it."""

_PROVIDERS_FILE: Final = ("types", "utils.py")
_PROVIDERS: Final = re.compile(r"^class LlmProviders\(.*\n(?:[ \t]+.*\n|\n)+", re.MULTILINE)
_PROVIDER: Final = re.compile(r"^[ \t]+[A-Z0-9_]+ = \"([^\"]+)\"", re.MULTILINE)
_TABLE: Final = "model_prices_and_context_window_backup.json"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """US dollars for one token in and out, None where the price is unknown, and the most tokens that a prompt may have."""

    tokens_in: Decimal | None
    tokens_out: Decimal | None
    window: int | None

    @property
    def priced(self) -> bool:
        """Whether both prices are known."""
        return self.tokens_in is not None and self.tokens_out is not None


@functools.cache
def bundled_model_facts() -> Mapping[str, ModelFacts]:
    """The models of LiteLLM's table by id, with and without the name of their provider; empty where LiteLLM is not installed."""
    package = importlib.util.find_spec("litellm")
    if package is None or package.origin is None:
        return {}
    text = Path(package.origin).with_name(_TABLE).read_text(encoding="utf-8")
    table = cast("dict[str, dict[str, Any]]", json.loads(text))
    facts: dict[str, ModelFacts] = {}
    for model, said in table.items():
        facts[model] = _facts(said)
        provider = said.get("litellm_provider")
        if provider and not model.startswith(f"{provider}/"):
            facts.setdefault(f"{provider}/{model}", facts[model])
    return facts


@functools.cache
def bundled_providers() -> frozenset[str]:
    """The providers that LiteLLM's ids start with; empty where LiteLLM is not installed, or its list cannot be found."""
    package = importlib.util.find_spec("litellm")
    if package is None or package.origin is None:
        return frozenset()
    try:
        text = Path(package.origin).parent.joinpath(*_PROVIDERS_FILE).read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    found = _PROVIDERS.search(text)
    return frozenset() if found is None else frozenset(_PROVIDER.findall(found[0]))


@functools.cache
def plugged_providers() -> frozenset[str]:
    """The providers of installed plug-ins. What they know of their models shows when they are loaded."""
    # Imported here: it brings a reader of e-mail, and only models that the table lacks need it.
    from importlib.metadata import entry_points  # noqa: PLC0415

    return frozenset(point.name for point in entry_points(group=PROVIDER_PLUGINS))


def _facts(said: Mapping[str, Any]) -> ModelFacts:
    window = said.get("max_input_tokens")
    return ModelFacts(
        _price(said.get("input_cost_per_token")),
        _price(said.get("output_cost_per_token")),
        window if isinstance(window, int) and window > 0 else None,
    )


def _price(value: object) -> Decimal | None:
    # By way of the shortest spelling: 1.5e-07 is meant, not the binary fraction next to it.
    return Decimal(str(value)) if isinstance(value, int | float) else None
