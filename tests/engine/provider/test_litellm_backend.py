"""Real LiteLLM against a real endpoint on loopback that misbehaves in every way that matters."""

import contextlib
import email.utils
import functools
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
from aiohttp import web

from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend
from prompts_lang.engine.provider.litellm_reply import LONGEST_REPLY
from prompts_lang.engine.provider.model import ChatMessage, FinishReason, ModelSpec, Price, Reply, Request, Role
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import Budget, Purpose, RunKind, RunRecord
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.errors import ProviderError, ProviderFailure

from .endpoint import (
    Endpoint,
    complaint,
    completion,
    drop,
    hang,
    refuse_schema,
    reset,
    running,
    say,
    speak_no_http,
    stop_half_way,
    stream,
)
from .fakes import FakeClock

# Replies of a wrong shape, seen by pydantic; our loading silences it, and pytest un-silences it for each test.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
KEY = "sk-abcdefghijklmnopqrstuvwxyz123456"


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with running() as started:
        yield started


@pytest.fixture
async def backend() -> AsyncIterator[LiteLLMBackend]:
    made = LiteLLMBackend({"GOOD_KEY": KEY})
    await made.prepare()
    yield made
    await made.close()


def ask(endpoint: Endpoint, **options) -> Request:
    model = options.pop("model", None) or ModelSpec("small", "openai/small", base=endpoint.base)
    return Request(model, (ChatMessage(Role.SYSTEM, "Be brief."), ChatMessage(Role.USER, "Is it?")), **options)


async def test_a_reply_has_its_text_and_usage(endpoint, backend):
    reply = await backend.attempt(ask(endpoint))
    assert (reply.text, reply.finish_reason, reply.tokens_in, reply.tokens_out) == ("yes", FinishReason.STOP, 12, 3)
    assert reply.usd is None
    assert endpoint.bodies == [
        {
            "model": "small",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it?"}],
        }
    ]


async def test_a_known_model_is_priced_by_the_table_and_a_declared_price_overrules_it(endpoint, backend):
    known = ModelSpec("known", "openai/gpt-4o-mini", base=endpoint.base)
    assert (await backend.attempt(ask(endpoint, model=known))).usd == Decimal("0.0000036")
    assert backend.price(known) == Price(Decimal("1.5E-7"), Decimal("6E-7"))
    assert backend.limits(known).output == 16384
    own = replace(known, price=Price(Decimal("0.1"), Decimal(1)))
    assert (await backend.attempt(ask(endpoint, model=own))).usd == Decimal("4.2")


async def test_an_unknown_model_has_no_price_and_no_limits(endpoint, backend):
    for name in ("openai/small", "nobody/x", "no-slash-at-all"):
        unknown = ModelSpec("m", name)
        assert backend.price(unknown) is None
        assert backend.limits(unknown).output is None


@pytest.mark.parametrize(
    ("step", "kind", "billable"),
    [
        (complaint(429, "slow down"), ProviderFailure.RATE_LIMIT, False),
        (complaint(429, "You exceeded your current quota", code="insufficient_quota"), ProviderFailure.AUTH, False),
        (complaint(500, "boom"), ProviderFailure.SERVER, False),
        (web.Response(status=503, text="<html>down</html>"), ProviderFailure.SERVER, False),
        (complaint(401, "Incorrect API key"), ProviderFailure.AUTH, False),
        (complaint(403, "no"), ProviderFailure.AUTH, False),
        (complaint(404, "The model `small` does not exist"), ProviderFailure.UNKNOWN_MODEL, False),
        (complaint(400, "temperature must be positive"), ProviderFailure.BAD_REQUEST, False),
        (
            complaint(400, "This model's maximum context length is 10 tokens", code="context_length_exceeded"),
            ProviderFailure.CONTEXT,
            False,
        ),
        (complaint(400, "triggering the content management policy"), ProviderFailure.REFUSED, False),
        (
            web.Response(body=b'{"id": "c1", "choices": [{"mess', content_type="application/json"),
            ProviderFailure.MALFORMED,
            True,
        ),
        ({"hello": "world"}, ProviderFailure.MALFORMED, True),
        ({**completion(), "choices": []}, ProviderFailure.MALFORMED, True),
        (speak_no_http, ProviderFailure.MALFORMED, True),
        (drop, ProviderFailure.CONNECTION, True),
        (reset, ProviderFailure.CONNECTION, True),
        (stop_half_way, ProviderFailure.CONNECTION, True),
        (hang, ProviderFailure.TIMEOUT, True),
    ],
)
async def test_every_way_to_fail_has_its_kind_after_one_request(endpoint, backend, step, kind, billable):
    endpoint.then(step)
    model = ModelSpec("small", "openai/small", base=endpoint.base, timeout=0.2 if step is hang else 10.0)
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint, model=model))
    assert (caught.value.kind, caught.value.billable) == (kind, billable)
    assert len(endpoint.bodies) == 1
    assert str(caught.value).startswith("The model small (openai/small at http://127.0.0.1")
    assert "litellm" not in str(caught.value).lower()


def odd(**parts) -> dict:
    """A reply with something in a place where it does not belong."""
    return {**completion(), **parts}


def message(content) -> dict:
    return odd(choices=[{"index": 0, "finish_reason": "stop", "message": content}])


NONSENSE = {
    "a page": web.Response(text="<html>It works!</html>", content_type="text/html"),
    "nothing": web.Response(body=b"", content_type="application/json"),
    "no content": web.Response(status=204),
    "null": web.Response(body=b"null", content_type="application/json"),
    "a number": web.Response(body=b"42", content_type="application/json"),
    "no UTF-8": web.Response(body=b'{"id": "c", "choices": "\xff\xfe"}', content_type="application/json"),
    "a deep nest": web.Response(
        body=b'{"choices": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", content_type="application/json"
    ),
    "choices that are a text": odd(choices="yes"),
    "choices that are null": odd(choices=None),
    "a choice that is null": odd(choices=[None]),
    "no message": odd(choices=[{"index": 0, "finish_reason": "stop"}]),
    "a message that is null": message(None),
    "content that is a number": message({"role": "assistant", "content": 5}),
    "content that is an object": message({"role": "assistant", "content": {"a": 1}}),
    "usage that is a list": odd(usage=[1, 2]),
    "usage in words": odd(usage={"prompt_tokens": "many", "completion_tokens": "few", "total_tokens": "all"}),
    "usage beyond numbers": odd(usage={"prompt_tokens": 1e300, "completion_tokens": 1, "total_tokens": 1}),
    "an end that is a list": odd(choices=[{**completion()["choices"][0], "finish_reason": ["stop"]}]),
}


@pytest.mark.parametrize("step", NONSENSE.values(), ids=NONSENSE)
async def test_a_reply_of_a_wrong_shape_cannot_be_read_and_may_be_billed(endpoint, backend, step):
    endpoint.then(step)
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint))
    assert (caught.value.kind, caught.value.billable) == (ProviderFailure.MALFORMED, True)
    said = str(caught.value)
    assert "sent a reply that cannot be read" in said
    assert said.endswith("Check that its `base` leads to the API of a model.")
    assert "Traceback" not in said
    assert "site-packages" not in said


async def test_a_reply_without_an_end_in_sight_is_not_carried_on(endpoint, backend):
    endpoint.then(completion("x" * LONGEST_REPLY), completion("x" * (LONGEST_REPLY + 1)))
    assert len((await backend.attempt(ask(endpoint))).text) == LONGEST_REPLY
    with pytest.raises(ProviderError, match="it has 4,194,305 characters") as caught:
        await backend.attempt(ask(endpoint))
    assert (caught.value.kind, caught.value.billable) == (ProviderFailure.MALFORMED, True)


async def test_a_wait_that_nobody_waits_out_is_told(endpoint, backend):
    for seconds, told in (("36000", "Run it again in 10 hours."), ("301", "Run it again in 6 minutes.")):
        endpoint.then(complaint(429, "the quota is used up", headers={"Retry-After": seconds}))
        with pytest.raises(ProviderError) as caught:
            await backend.attempt(ask(endpoint))
        assert str(caught.value).endswith(f"asks to slow down: the quota is used up. {told}")


@pytest.mark.parametrize("base", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1", "not a url"])
async def test_an_endpoint_that_is_not_there_cannot_be_reached_and_costs_nothing(backend, base, endpoint):
    with pytest.raises(ProviderError, match="cannot be reached") as caught:
        await backend.attempt(ask(endpoint, model=ModelSpec("small", "openai/small", base=base, key_env="GOOD_KEY")))
    assert (caught.value.kind, caught.value.billable) == (ProviderFailure.CONNECTION, False)


async def test_a_provider_that_nobody_knows_is_an_unknown_model(backend, endpoint):
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint, model=ModelSpec("m", "nobody/x")))
    assert caught.value.kind is ProviderFailure.UNKNOWN_MODEL


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_read_as_seconds_and_as_a_date(endpoint, backend, status, as_date):
    value = email.utils.formatdate(time.time() + 7, usegmt=True) if as_date else "7"
    endpoint.then(complaint(status, "later", headers={"Retry-After": value}))
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint))
    assert caught.value.retry_after is not None
    assert 4.0 < caught.value.retry_after <= 7.0


async def test_no_secret_gets_into_an_error(endpoint, backend):
    endpoint.then(complaint(401, f"Incorrect API key provided: {KEY}, or Bearer abcdef123456789"))
    model = ModelSpec("small", "openai/small", base=endpoint.base, key_env="GOOD_KEY")
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint, model=model))
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert KEY not in str(caught.value)
    assert "abcdef123456789" not in str(caught.value)
    assert "[secret]" in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 503])
async def test_not_even_a_log_of_the_whole_failure_shows_what_the_provider_echoed(status, endpoint):
    key = "no-shape-of-a-key"
    said = complaint(
        status, f"Wrong: {key}", headers={"X-Echo": key, "Retry-After": "0"}, type=key, code=key, param=key
    )
    endpoint.then(said)
    backend = LiteLLMBackend({"TEAM_ACCESS": key})
    model = ModelSpec(
        "small", "openai/small", base=endpoint.base.replace("//", "//me:hunter2-pass@"), key_env="TEAM_ACCESS"
    )
    for asked in (backend.attempt(ask(endpoint, model=model)), backend.stream(ask(endpoint, model=model)).__anext__()):
        with pytest.raises(ProviderError) as caught:
            await asked
        whole = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
        assert key not in whole
        assert "hunter2" not in whole
    await backend.close()


async def test_a_reply_that_echoes_its_key_is_read_without_it(endpoint, backend):
    endpoint.then(completion(f"Authorization: Bearer {KEY}"))
    model = ModelSpec("small", "openai/small", base=endpoint.base, key_env="GOOD_KEY")
    reply = await backend.attempt(ask(endpoint, model=model))
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert reply.text == "Authorization: Bearer [secret]"


async def test_a_short_key_does_not_eat_words_of_a_reply(endpoint):
    endpoint.then(completion("The password is no word."))
    backend = LiteLLMBackend({"GOOD_KEY": "password"})
    reply = await backend.attempt(
        ask(endpoint, model=ModelSpec("s", "openai/s", base=endpoint.base, key_env="GOOD_KEY"))
    )
    assert reply.text == "The password is no word."
    await backend.close()


async def test_a_key_that_is_not_set_is_named_before_anything_is_sent(endpoint, backend):
    model = ModelSpec("small", "openai/small", base=endpoint.base, key_env="NO_SUCH_KEY")
    with pytest.raises(ProviderError, match="NO_SUCH_KEY is not set") as caught:
        await backend.attempt(ask(endpoint, model=model))
    assert caught.value.kind is ProviderFailure.AUTH
    assert endpoint.bodies == []


async def test_a_model_without_any_key_says_so(endpoint, backend, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ProviderError, match="OPENAI_API_KEY") as caught:
        await backend.attempt(ask(endpoint, model=ModelSpec("small", "openai/gpt-4o-mini")))
    assert caught.value.kind is ProviderFailure.AUTH


@pytest.mark.parametrize("status", [302, 307])
async def test_a_key_does_not_follow_to_another_host(endpoint, backend, status):
    async with running() as other:
        elsewhere = f"{other.base.replace('127.0.0.1', 'localhost')}/chat/completions"
        endpoint.then(web.Response(status=status, headers={"Location": elsewhere}))
        model = ModelSpec("small", "openai/small", base=endpoint.base, key_env="GOOD_KEY")
        with contextlib.suppress(ProviderError):
            await backend.attempt(ask(endpoint, model=model))
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert len(other.keys) == (status == 307), (
        "a request that is not asked for again as it was has no body and no answer"
    )
    assert not any(KEY in key for key in other.keys)


async def test_a_local_endpoint_gets_no_key_of_the_environment(endpoint, backend, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    await backend.attempt(ask(endpoint))
    assert KEY not in endpoint.keys[0]


@pytest.mark.parametrize(
    "name", ["api_key", "api_base", "base_url", "mock_response", "extra_headers", "custom_llm_provider"]
)
async def test_a_file_cannot_set_parameters_that_would_send_a_key_elsewhere(endpoint, backend, name):
    model = ModelSpec("small", "openai/small", base=endpoint.base, parameters=((name, "http://evil.invalid"),))
    with pytest.raises(ProviderError, match=f"`{name}` is not a parameter"):
        await backend.attempt(ask(endpoint, model=model))
    assert endpoint.bodies == []


async def test_sampling_parameters_and_the_token_limit_are_sent(endpoint, backend):
    model = ModelSpec("small", "openai/small", base=endpoint.base, parameters=(("temperature", 0.5), ("top_p", 0.9)))
    await backend.attempt(ask(endpoint, model=model, max_tokens=9))
    body = endpoint.bodies[0]
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.5, 0.9, 9)


async def test_a_replica_asks_with_its_own_seed(endpoint, backend):
    seeded = ModelSpec("small", "openai/small", base=endpoint.base, parameters=(("seed", 40),))
    await backend.attempt(ask(endpoint))
    await backend.attempt(ask(endpoint, replica=2))
    await backend.attempt(ask(endpoint, replica=2, model=seeded))
    assert [body.get("seed") for body in endpoint.bodies] == [None, 2, 42]


async def test_a_schema_is_asked_for_in_the_endpoints_own_way(endpoint, backend):
    await backend.attempt(ask(endpoint, response_schema=SCHEMA))
    asked = endpoint.bodies[0]["response_format"]["json_schema"]
    assert (asked["schema"], asked["strict"]) == (SCHEMA, True)


async def test_a_schema_that_strict_modes_would_refuse_is_not_asked_for_strictly(endpoint, backend):
    for loose in ({"type": "object"}, {**SCHEMA, "required": []}, {"type": "array", "items": {"type": "object"}}):
        await backend.attempt(ask(endpoint, response_schema=loose))
        assert endpoint.bodies[-1]["response_format"]["json_schema"]["strict"] is False


async def test_an_endpoint_without_response_schemas_is_asked_in_words_from_then_on(endpoint, backend):
    endpoint.then(refuse_schema)
    with pytest.raises(ProviderError) as caught:
        await backend.attempt(ask(endpoint, response_schema=SCHEMA))
    assert caught.value.kind is ProviderFailure.SCHEMA
    for _ in range(2):
        assert (await backend.attempt(ask(endpoint, response_schema=SCHEMA))).text == '{"a": 1}'
    system = endpoint.bodies[-1]["messages"][0]
    assert system["role"] == "system"
    assert system["content"].startswith("Be brief.")
    assert '"additionalProperties": false' in system["content"]


async def test_a_bad_request_that_is_not_about_the_schema_is_said_as_such(endpoint, backend):
    endpoint.then(complaint(400, "the temperature is wrong"))
    known = ModelSpec("known", "openai/gpt-4o-mini", base=endpoint.base)
    with pytest.raises(ProviderError, match="temperature is wrong") as caught:
        await backend.attempt(ask(endpoint, model=known, response_schema=SCHEMA))
    assert caught.value.kind is ProviderFailure.BAD_REQUEST


@pytest.mark.parametrize(
    ("body", "text", "finish"),
    [
        (completion("half", "length"), "half", FinishReason.LENGTH),
        (completion("...", "content_filter"), "...", FinishReason.REFUSED),
        (completion(None, refusal="I will not"), "I will not", FinishReason.REFUSED),
        (completion(None), "", FinishReason.STOP),
        (completion("x", "tool_calls"), "x", FinishReason.OTHER),
    ],
)
async def test_how_a_reply_ended_is_kept(endpoint, backend, body, text, finish):
    endpoint.then(body)
    reply = await backend.attempt(ask(endpoint))
    assert (reply.text, reply.finish_reason) == (text, finish)


async def test_tokens_are_estimated_where_no_usage_is_reported(endpoint, backend):
    body = completion("four score and seven years")
    del body["usage"]
    endpoint.then(body)
    known = ModelSpec("known", "openai/gpt-4o-mini", base=endpoint.base)
    reply = await backend.attempt(ask(endpoint, model=known))
    assert reply.tokens_in > 0
    assert reply.tokens_out == 7
    assert reply.usd is not None
    assert reply.usd > 0


@pytest.mark.parametrize("count", [-5, 10**18, 0])
async def test_tokens_are_estimated_where_the_usage_cannot_be(endpoint, backend, count):
    body = completion("four score and seven years")
    body["usage"] = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": 0}
    endpoint.then(body)
    known = ModelSpec("known", "openai/gpt-4o-mini", base=endpoint.base)
    reply = await backend.attempt(ask(endpoint, model=known))
    assert (reply.tokens_in > 0, reply.tokens_out) == (True, 7)
    assert reply.usd is not None
    assert 0 < reply.usd < 1


async def test_a_stream_comes_in_pieces_and_ends_with_the_whole(endpoint, backend):
    endpoint.then(stream)
    pieces = [piece async for piece in backend.stream(ask(endpoint))]
    assert pieces[:-1] == ["one ", "two ", "three"]
    assert isinstance(pieces[-1], Reply)
    assert (pieces[-1].text, pieces[-1].tokens_in, pieces[-1].tokens_out) == ("one two three", 12, 3)


async def test_characters_that_a_stream_cuts_apart_are_whole_again(endpoint, backend):
    endpoint.then(functools.partial(say, ("a \ud83d", "\ude00 b", "\ude00", "c\ud83d")))
    *pieces, whole = [piece async for piece in backend.stream(ask(endpoint))]
    assert pieces == ["a ", "😀 b", "\ufffd", "c", "\ufffd"]
    assert isinstance(whole, Reply)
    assert whole.text == "".join(pieces)


async def test_half_a_character_in_a_reply_is_marked_as_that(endpoint, backend):
    endpoint.then(completion("half \ud83d, whole \ud83d\ude00"))
    assert (await backend.attempt(ask(endpoint))).text == "half \ufffd, whole 😀"


async def test_nothing_is_printed_to_standard_output(endpoint, backend, capfd):
    for step in (complaint(500, "boom"), complaint(401, "no"), completion()):
        endpoint.then(step)
        try:
            await backend.attempt(ask(endpoint))
        except ProviderError:
            continue
    assert capfd.readouterr().out == ""


async def test_a_whole_call_through_trouble_is_booked_attempt_by_attempt(endpoint, backend):
    endpoint.then(
        complaint(429, "slow", headers={"Retry-After": "3"}),
        complaint(500, "boom"),
        stop_half_way,
        completion("at last"),
    )
    store = memory_store()
    store.start_run(RunRecord("r", RunKind.EVAL, "a.prompt", "a"))
    clock = FakeClock()
    account = RunAccount(store, "r", Budget(calls=10, usd=Decimal(1)))
    caller = Caller(backend, account, Limits(), clock=clock)
    model = ModelSpec("known", "openai/gpt-4o-mini", base=endpoint.base, retries=3)
    reply = await caller.complete(ask(endpoint, model=model), purpose=Purpose.FORWARD, node="a/b")
    assert reply.text == "at last"
    assert [str(entry.state) for entry in store.entries("r")] == ["failed", "failed", "possibly_spent", "committed"]
    assert clock.slept[0] >= 3.0
    assert Decimal(0) < account.totals.usd < Decimal("0.02")
    store.close()


def test_connections_are_closed_with_their_loop_and_a_new_loop_gets_new_ones():
    code = """
import asyncio, pathlib, sys
sys.path.insert(0, str(pathlib.Path(sys.argv[1])))
from tests.engine.provider.endpoint import running
from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend
from prompts_lang.engine.provider.model import *
backend = LiteLLMBackend({})
async def main():
    async with running() as endpoint:
        model = ModelSpec("small", "openai/small", base=endpoint.base)
        for _ in range(2):
            print((await backend.attempt(Request(model, (ChatMessage(Role.USER, "?"),)))).text)
        await backend.close()
for _ in range(3):
    asyncio.run(main())
"""
    root = __file__.partition("/tests/")[0]
    done = subprocess.run([sys.executable, "-c", code, root], capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stdout) == (0, "yes\n" * 6), done.stderr
    assert "Unclosed" not in done.stderr


def test_our_modules_do_not_import_litellm():
    code = (
        "import sys\n"
        "import prompts_lang.engine.provider.caller, prompts_lang.engine.provider.litellm_backend\n"
        "import prompts_lang.engine.provider.prices, prompts_lang.engine.store.sqlite\n"
        "import prompts_lang.data.model_facts\n"
        "assert prompts_lang.data.model_facts.bundled_model_facts()['openai/gpt-4o-mini'].tokens_in > 0\n"
        "sys.exit(bool({'litellm', 'openai', 'httpx', 'aiohttp'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
