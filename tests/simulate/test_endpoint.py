from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from prompts_lang.errors import UsageError
from prompts_lang.simulate.endpoint import Endpoint, serve
from prompts_lang.simulate.load import override
from tests.simulate.worlds import PLAN_RULE, small_world

BODY = {
    "model": "student",
    "messages": [{"role": "system", "content": PLAN_RULE}, {"role": "user", "content": "Question: Who wrote Dawn?"}],
}


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with serve(small_world()) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def _post(client: aiohttp.ClientSession, url: str, body: Any) -> tuple[int, Any, Any]:
    async with client.post(url, json=body) as response:
        return response.status, await response.json(), response.headers


async def test_a_completion_has_the_shape_that_clients_expect(
    endpoint: Endpoint, client: aiohttp.ClientSession
) -> None:
    status, body, headers = await _post(client, f"{endpoint.base}/chat/completions", BODY)
    assert status == 200
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Dawn"}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert (body["system_fingerprint"], headers["x-simulated-model"]) == ("simulated", "1")


async def test_a_stream_is_server_sent_events_that_end_with_done(
    endpoint: Endpoint, client: aiohttp.ClientSession
) -> None:
    body = {**BODY, "stream": True, "stream_options": {"include_usage": True}}
    async with client.post(f"{endpoint.base}/chat/completions", json=body) as response:
        lines = [line for line in (await response.text()).split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    events = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert "".join(event["choices"][0]["delta"].get("content", "") for event in events if event["choices"]) == "Dawn"
    assert events[-1]["usage"]["completion_tokens"] == 1


async def test_the_responses_api_gives_the_same_text(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    for given in (
        {"instructions": PLAN_RULE, "input": "Question: Who wrote Dawn?"},
        {"input": [{"role": "system", "content": PLAN_RULE}, {"role": "user", "content": "Question: Who wrote Dawn?"}]},
        {
            "instructions": PLAN_RULE,
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "Question: Who wrote Dawn?"}]}],
        },
    ):
        status, body, _ = await _post(client, f"{endpoint.base}/responses", {"model": "student", **given})
        assert (status, body["output"][0]["content"][0]["text"]) == (200, "Dawn")
        assert body["metadata"]["system_fingerprint"] == "simulated"


async def test_the_responses_api_fills_schemas(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    schema = {"type": "object", "properties": {"query": {"type": "string"}}}
    wanted = {"text": {"format": {"type": "json_schema", "name": "reply", "schema": schema}}}
    body = {"model": "student", "instructions": PLAN_RULE, "input": "Question: Who wrote Dawn?", **wanted}
    _, answer, _ = await _post(client, f"{endpoint.base}/responses", body)
    assert json.loads(answer["output"][0]["content"][0]["text"]) == {"query": "Dawn"}


async def test_the_worlds_models_are_listed(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{endpoint.base}/models") as response:
        assert [model["id"] for model in (await response.json())["data"]] == ["student", "teacher"]


async def test_calls_and_tokens_are_counted(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    for _ in range(3):
        await _post(client, f"{endpoint.base}/chat/completions", BODY)
    async with client.get(f"http://127.0.0.1:{endpoint.port}/stats") as response:
        stats = await response.json()
    assert (stats["calls"], stats["model.student.calls"], stats["calls.solve"]) == (3, 3, 3)
    assert stats["completion_tokens"] == 3


async def test_health_names_the_world(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    async with client.get(f"http://127.0.0.1:{endpoint.port}/healthz") as response:
        assert await response.json() == {"status": "ok", "world": "small"}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"model": "nobody", "messages": BODY["messages"]}, 404, "student, teacher"),
        ({"model": "student", "messages": []}, 400, "no messages"),
        ({"model": "student", "messages": [{"content": "x"}]}, 400, "no role"),
        ([], 400, "not a JSON object"),
    ],
)
async def test_bad_requests_are_answered_with_a_reason(
    endpoint: Endpoint, client: aiohttp.ClientSession, body: Any, status: int, said: str
) -> None:
    got, answer, _ = await _post(client, f"{endpoint.base}/chat/completions", body)
    assert got == status
    assert said in answer["error"]["message"]


async def test_a_body_that_is_not_json_is_refused(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    async with client.post(f"{endpoint.base}/chat/completions", data=b"{oops") as response:
        assert response.status == 400


async def test_a_rate_limit_carries_its_header(client: aiohttp.ClientSession) -> None:
    world = small_world()
    world = replace(world, dials=override(world.dials, {"service.rate_limited": 1, "service.retry_after": 3}))
    async with serve(world) as endpoint:
        status, _, headers = await _post(client, f"{endpoint.base}/chat/completions", BODY)
    assert (status, headers["retry-after"]) == (429, "3")


async def test_embeddings_take_one_text_or_several(endpoint: Endpoint, client: aiohttp.ClientSession) -> None:
    _, one, _ = await _post(client, f"{endpoint.base}/embeddings", {"model": "e", "input": "a word"})
    _, two, _ = await _post(client, f"{endpoint.base}/embeddings", {"model": "e", "input": ["a word", "other"]})
    assert one["data"][0]["embedding"] == two["data"][0]["embedding"]
    assert len(two["data"]) == 2


async def test_a_port_that_is_taken_is_a_clear_error(endpoint: Endpoint) -> None:
    with pytest.raises(UsageError, match=f"Port {endpoint.port}"):
        async with serve(small_world(), endpoint.port):
            pass
