"""What is known of models without importing LiteLLM."""

from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.data.model_facts import ModelFacts, bundled_model_facts, bundled_providers, plugged_providers
from prompts_lang.data.model_keys import PROVIDER_KEYS
from prompts_lang.engine.provider.litellm_loading import load_litellm


def test_models_are_found_with_and_without_the_providers_name():
    facts = bundled_model_facts()
    assert (
        facts["gpt-4o-mini"] == facts["openai/gpt-4o-mini"] == ModelFacts(Decimal("1.5E-7"), Decimal("6E-7"), 128_000)
    )
    assert "openai/no-such-model" not in facts


def test_a_model_may_have_no_price_and_no_window():
    assert ModelFacts(Decimal(0), None, None).priced is False
    assert all(facts.window is None or facts.window > 0 for facts in bundled_model_facts().values())


def test_the_providers_are_those_of_litellm_and_of_plug_ins():
    assert {"openai", "anthropic", "ollama", "hosted_vllm", "openrouter"} <= bundled_providers()
    assert plugged_providers() == {"simulated"}
    assert not plugged_providers() & bundled_providers()


def test_the_keys_of_providers_are_those_that_litellm_reads(monkeypatch: pytest.MonkeyPatch):
    litellm = load_litellm()
    for names in PROVIDER_KEYS.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    for provider, names in PROVIDER_KEYS.items():
        model = f"{provider}/some-model"
        assert set(litellm.validate_environment(model)["missing_keys"]) <= set(names), provider
        for name in names:
            monkeypatch.setenv(name, "x")
            assert litellm.validate_environment(model)["keys_in_environment"] is True, name
            monkeypatch.delenv(name)
