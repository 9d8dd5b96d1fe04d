"""The simulated model where the engine meets it: behind LiteLLM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.simulate.endpoint import serve
from prompts_lang.simulate.load import load_world
from prompts_lang.simulate.provider import PRICES, simulated_provider
from tests.simulate.worlds import PLAN_RULE, PLAN_START, world_data

MESSAGES = [{"role": "system", "content": PLAN_RULE}, {"role": "user", "content": "Question: Who wrote Dawn?"}]


@pytest.fixture(scope="module")
def litellm() -> Any:
    from prompts_lang.engine.provider.litellm_loading import load_litellm

    module = load_litellm()
    simulated_provider(module)
    return module


@pytest.fixture
def base(tmp_path: Path) -> str:
    return _write(tmp_path)


def _write(folder: Path, **service: float) -> str:
    data = world_data()
    data["dials"]["service"] = service
    return _save(folder, data)


def _save(folder: Path, data: dict[str, Any]) -> str:
    path = folder / "world.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_registering_twice_changes_nothing(litellm: Any) -> None:
    before = list(litellm.custom_provider_map)
    simulated_provider(litellm)
    assert litellm.custom_provider_map == before


async def test_a_reply_says_that_it_is_simulated_and_what_it_cost(litellm: Any, base: str) -> None:
    response = await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=base)
    assert response.choices[0].message.content == "Dawn"
    assert (response.system_fingerprint, response.model) == ("simulated", "simulated/student")
    spent = (
        response.usage.prompt_tokens * PRICES["student"][0] + response.usage.completion_tokens * PRICES["student"][1]
    )
    assert litellm.completion_cost(response) == pytest.approx(spent)


def test_the_synchronous_call_gives_the_same(litellm: Any, base: str) -> None:
    response = litellm.completion(model="simulated/student", messages=MESSAGES, api_base=base)
    assert response.choices[0].message.content == "Dawn"


async def test_a_stream_adds_up_to_the_reply(litellm: Any, base: str) -> None:
    messages = [{"role": "system", "content": PLAN_START}, MESSAGES[1]]
    stream = await litellm.acompletion(model="simulated/student", messages=messages, api_base=base, stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "who wrote that"


def test_schemas_are_supported_as_far_as_litellm_can_tell(litellm: Any) -> None:
    assert litellm.supports_response_schema("simulated/student")


async def test_a_changed_world_file_counts_at_once(litellm: Any, tmp_path: Path) -> None:
    base = _write(tmp_path)
    data = world_data()
    data["nodes"]["qa/plan"]["good"] = {"query": "the work called {{work}}"}
    await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=base)
    _save(tmp_path, data)
    response = await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=base)
    assert response.choices[0].message.content == "the work called Dawn"


async def test_a_missing_world_is_a_bad_request_that_names_it(litellm: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.json")
    with pytest.raises(litellm.BadRequestError, match=r"nowhere\.json"):
        await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=missing)


async def test_an_unknown_model_is_not_found(litellm: Any, base: str) -> None:
    with pytest.raises(litellm.NotFoundError, match="student, teacher"):
        await litellm.acompletion(model="simulated/nobody", messages=MESSAGES, api_base=base)


async def test_a_rate_limit_says_how_long_to_wait(litellm: Any, tmp_path: Path) -> None:
    base = _write(tmp_path, rate_limited=1, retry_after=7)
    with pytest.raises(litellm.RateLimitError) as caught:
        await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=base)
    assert caught.value.response.headers["retry-after"] == "7"


async def test_a_server_error_passes_when_it_is_retried(litellm: Any, tmp_path: Path) -> None:
    base = _write(tmp_path, server_error=0.5)
    outcomes: list[str] = []
    for _ in range(20):
        try:
            response = await litellm.acompletion(model="simulated/student", messages=MESSAGES, api_base=base)
            outcomes.append(response.choices[0].message.content)
        except litellm.InternalServerError:
            outcomes.append("500")
    assert set(outcomes) == {"Dawn", "500"}


async def test_the_endpoint_and_the_provider_give_the_same(litellm: Any, tmp_path: Path) -> None:
    base = _write(tmp_path)
    async with serve(load_world(Path(base))) as endpoint:
        for seed in range(3):
            for system in (PLAN_START, PLAN_RULE):
                messages = [{"role": "system", "content": system}, MESSAGES[1]]
                mine = await litellm.acompletion(model="simulated/student", messages=messages, api_base=base, seed=seed)
                theirs = await litellm.acompletion(
                    model="openai/student", messages=messages, api_base=endpoint.base, api_key="none", seed=seed
                )
                assert mine.choices[0].message.content == theirs.choices[0].message.content
                assert theirs.system_fingerprint == "simulated"


async def test_embeddings_are_deterministic_and_nearer_for_shared_words(litellm: Any) -> None:
    response = await litellm.aembedding(
        model="simulated/embedding", input=["the red lantern", "a red lantern", "price of coal"]
    )
    one, two, three = (entry["embedding"] for entry in response.data)
    assert _dot(one, two) > _dot(one, three)
    assert _dot(one, one) == pytest.approx(1)


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
