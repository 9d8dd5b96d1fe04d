"""Models: what is declared is what is asked, at what price, and who is asked where one fails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import ProviderError, ProviderFailure, UsageError
from tests.language.running import Language

GRAPH = "\ngraph main(question: text) -> a\n\nllm a(question) -> out: text\n  model student\n  user: {{question}}\n"


async def test_what_is_declared_is_what_is_asked(language: Language):
    language.write(
        'model student = "fake/student"\n  temperature 0.5\n  top_p 0.9\n  max_tokens 80\n  frequency_penalty 0.1\n'
        '  presence_penalty -0.1\n  stop "###", "END"\n  reasoning_effort low\n  retry 4\n  timeout 2m\n  concurrency 3\n'
        f'  base "http://127.0.0.1:1/v1"\n  key env TEAM_KEY\n  price $0.15 in, $0.60 out\n{GRAPH}'
    )
    language.environ["TEAM_KEY"] = "secret"
    (request,) = (await language.run(question="?")).requests
    model = request.model
    assert dict(model.parameters) == {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 80,
        "frequency_penalty": 0.1,
        "presence_penalty": -0.1,
        "stop": ["###", "END"],
        "reasoning_effort": "low",
    }
    assert (model.model, model.retries, model.timeout, model.concurrency) == ("fake/student", 4, 120.0, 3)
    assert (model.base, model.key_env) == ("http://127.0.0.1:1/v1", "TEAM_KEY")
    assert model.price is not None
    assert (model.price.tokens_in * 1_000_000, model.price.tokens_out * 1_000_000) == (Decimal("0.15"), Decimal("0.60"))
    assert "secret" not in repr(request)


async def test_a_fallback_is_asked_where_a_model_fails_for_good(language: Language):
    base = '  retry 0\n  base "http://127.0.0.1:1/v1"\n'
    language.write(
        f'model student = "fake/student"\n{base}  else second\nmodel second = "fake/second"\n{base}  else third\n'
        f'model third = "fake/third"\n{base}{GRAPH}'
    )

    def answer(request: Request) -> str | Exception:
        failure = ProviderError("The server is down.", kind=ProviderFailure.SERVER)
        return "from the third" if request.model.name == "third" else failure

    language.answer = answer
    ran = await language.run(question="?")
    assert ran.outputs == {"out": "from the third"}
    assert [request.model.name for request in ran.requests] == ["student", "second", "third"]


async def test_a_base_comes_from_the_environment(language: Language):
    language.write(f'model student = "fake/student"\n  base env TEAM_BASE\n{GRAPH}')
    language.environ["TEAM_BASE"] = "http://127.0.0.1:2/v1"
    (request,) = (await language.run(question="?")).requests
    assert request.model.base == "http://127.0.0.1:2/v1"


async def test_a_variable_that_is_not_set_is_told_before_a_run_and_by_it(language: Language):
    language.write(f'model student = "fake/student"\n  base env TEAM_BASE\n{GRAPH}')
    with pytest.raises(UsageError, match="TEAM_BASE"):
        await language.run(question="?", allowed=("P606",))


async def test_a_budget_in_money_holds_by_the_declared_price(language: Language):
    language.write(f'model student = "fake/student"\n  base "http://127.0.0.1:1/v1"\n  price $9 in, $9 out\n{GRAPH}')
    ran = await language.run(question="?", budget=Budget(usd=Decimal("0.0001")))
    assert ran.requests == ()
    assert ran.problem is not None
    assert ran.problem.kind.value == "budget"


def test_fallbacks_in_a_circle_are_refused(language: Language):
    language.write('model a = "fake/a"\n  base "x"\n  else b\nmodel b = "fake/b"\n  base "x"\n  else a\n')
    assert language.told() == ["P301"]
