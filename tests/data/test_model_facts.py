"""What is known of models without importing LiteLLM."""

from __future__ import annotations

from decimal import Decimal

from prompts_lang.data.model_facts import ModelFacts, bundled_model_facts


def test_models_are_found_with_and_without_the_providers_name():
    facts = bundled_model_facts()
    assert (
        facts["gpt-4o-mini"] == facts["openai/gpt-4o-mini"] == ModelFacts(Decimal("1.5E-7"), Decimal("6E-7"), 128_000)
    )
    assert "openai/no-such-model" not in facts


def test_a_model_may_have_no_price_and_no_window():
    assert ModelFacts(Decimal(0), None, None).priced is False
    assert all(facts.window is None or facts.window > 0 for facts in bundled_model_facts().values())
