"""Makes the simulated model known to LiteLLM as the provider `simulated`.

This is the entry point of the group `prompts_lang.litellm_providers`. It is called with the imported LiteLLM, so that nothing here
imports LiteLLM on its own.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from prompts_lang.simulate.request import MOST_TOKENS

PROVIDER = "simulated"

PRICES: dict[str, tuple[float, float]] = {
    "student": (0.15e-6, 0.60e-6),
    "teacher": (3.00e-6, 15.00e-6),
    "judge": (0.80e-6, 4.00e-6),
}
"""US dollars per prompt token and per completion token, of the order of a small, a large and a medium hosted model. Play money."""

CONTEXT_WINDOW = 128_000
"""Tokens that a simulated model takes, as LiteLLM's table says it."""


def simulated_provider(litellm: ModuleType) -> None:
    """Registers the provider, its models and their prices. Registering twice changes nothing.

    A model is named `simulated/NAME`, where the world file that `api_base` points to has a model NAME.
    """
    module: Any = litellm
    if any(entry["provider"] == PROVIDER for entry in module.custom_provider_map):
        return
    from prompts_lang.simulate.handler import SimulatedLLM  # noqa: PLC0415 - it needs LiteLLM, which not every user of this module has loaded

    module.custom_provider_map.append({"provider": PROVIDER, "custom_handler": SimulatedLLM()})
    module.utils.custom_llm_setup()
    module.model_cost.update({f"{PROVIDER}/{name}": _model_info(*price) for name, price in PRICES.items()})
    module.model_cost[f"{PROVIDER}/embedding"] = {
        "litellm_provider": PROVIDER,
        "mode": "embedding",
        "input_cost_per_token": 0.02e-6,
        "output_cost_per_token": 0.0,
        "max_input_tokens": CONTEXT_WINDOW,
    }


def _model_info(per_prompt_token: float, per_completion_token: float) -> dict[str, Any]:
    return {
        "litellm_provider": PROVIDER,
        "mode": "chat",
        "input_cost_per_token": per_prompt_token,
        "output_cost_per_token": per_completion_token,
        "max_input_tokens": CONTEXT_WINDOW,
        "max_output_tokens": MOST_TOKENS,
        "supports_response_schema": True,
        "supports_system_messages": True,
    }
