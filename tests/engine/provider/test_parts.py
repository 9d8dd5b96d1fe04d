"""The small parts: secrets, prices, declarations, shared work."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.provider.failures import retry_after
from prompts_lang.engine.provider.flights import Flights
from prompts_lang.engine.provider.model import ChatMessage, ModelLimits, ModelSpec, Price, Request, Role
from prompts_lang.engine.provider.prices import attempts_bound, cost_bound, estimate_tokens
from prompts_lang.engine.provider.redact import MASK, redact
from prompts_lang.errors import UsageError
from prompts_lang.graph.model import Model, TokenPrice

ENVIRONMENT = {
    "OPENAI_API_KEY": "hunter2-hunter2",
    "DB_PASSWORD": "correct horse",
    "MAX_TOKENS": "100",
    "SSH_AUTH_SOCK": "/run/user/agent",
    "HOME": "/home/somebody",
}


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2-hunter2",
        "correct horse",
        "sk-abcdefghijklmnop",
        "sk-proj-abc_DEF-123456789",
        "gsk_abcdefghijklmnop",
        "AIzaSyA1234567890abcdefghijklm",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ],
)
def test_secrets_are_masked(secret):
    clean = redact(f"the key {secret}, it is wrong", ENVIRONMENT)
    assert secret not in clean
    assert clean == f"the key {MASK}, it is wrong"


def test_secrets_in_headers_and_addresses_are_masked():
    text = "Authorization: Bearer abc.def-123456 to https://me:my-password@host/v1?key=abcdef"
    assert redact(text, {}) == f"Authorization: Bearer {MASK} to https://{MASK}@host/v1?key={MASK}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://token-of-mine@host/v1", "https://[secret]@host/v1"),
        ("postgres://u:p@ss@host/db", "postgres://[secret]@host/db"),
        ("GET /v1?a=1&token=abc&b=2", "GET /v1?a=1&token=[secret]&b=2"),
        ("/v1?apikey=abc", "/v1?apikey=[secret]"),
        ("x-api-key=abc&", "x-api-key=[secret]&"),
        ("signature=abc", "signature=[secret]"),
        ("Basic dXNlcjpwYXNzd29yZA==", "Basic [secret]"),
        ("bearer abcdefgh", "bearer [secret]"),
        ("a monkey=1, 12 tokens, Basic idea, http://host/a@b", "a monkey=1, 12 tokens, Basic idea, http://host/a@b"),
    ],
)
def test_what_stands_where_secrets_stand_is_masked(text: str, clean: str) -> None:
    assert redact(text, {}) == clean


def test_the_variable_that_a_model_names_is_masked_whatever_its_name() -> None:
    environment = {"TEAM_ACCESS": "/plain-words", "GIT_AUTHOR_NAME": "Johannes"}
    assert redact("got /plain-words of Johannes", environment) == "got /plain-words of Johannes"
    assert redact("got /plain-words of Johannes", environment, "TEAM_ACCESS") == f"got {MASK} of Johannes"


@pytest.mark.parametrize(
    ("base", "named"),
    [
        ("https://user:pass@host:8000/v1", "https://host:8000/v1"),
        ("https://us@er:pass@host/@cf/v1", "https://host/@cf/v1"),
        ("https://host/v1?api_key=abc", "https://host/v1"),
        ("https://host?key=a@b", "https://host"),
        ("https://host", "https://host"),
        ("/a/world.json", "/a/world.json"),
    ],
)
def test_an_endpoint_is_named_without_what_its_address_may_hold_of_a_key(base: str, named: str) -> None:
    assert ModelSpec("m", "openai/m", base=base).endpoint == f"openai/m at {named}"


@pytest.mark.parametrize(
    "plain", ["/run/user/agent", "/home/somebody", "100", "the task-force asked", "a risk-averse skill"]
)
def test_ordinary_words_are_left_alone(plain):
    assert redact(plain, ENVIRONMENT) == plain


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after_is_read_or_ignored(value, seconds):
    now = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
    assert retry_after({"Retry-After": value}, now) == seconds


def test_no_header_is_no_wait():
    assert retry_after({"x-other": "7"}) is None


@pytest.mark.parametrize("text", ["", "word", "a few words of English", "漢字かな交じり文", "\x00\x01", "half \ud800"])
def test_a_bound_is_never_below_what_the_tokens_could_cost(text):
    request = Request(ModelSpec("m", "m"), (ChatMessage(Role.USER, text),), max_tokens=10)
    price = Price(Decimal(1), Decimal(100))
    bytes_in = len(text.encode("utf-8", "surrogatepass"))
    bound = cost_bound(request, price, ModelLimits())
    assert bound is not None
    assert bound >= bytes_in + 1000
    assert estimate_tokens(text) <= bytes_in


def test_an_unknown_price_has_no_bound():
    assert cost_bound(Request(ModelSpec("m", "m"), ()), None, ModelLimits()) is None


def test_the_token_limit_of_the_declaration_counts():
    parameters = (("max_tokens", 5),)
    price = Price(Decimal(0), Decimal(1))
    assert cost_bound(Request(ModelSpec("m", "m", parameters), ()), price, ModelLimits(output=100)) == 5


def test_attempts_are_bounded_by_retries_and_fallbacks():
    spare = ModelSpec("spare", "b", retries=1)
    assert attempts_bound(ModelSpec("m", "a", retries=2, fallback=spare)) == 5


def test_a_declaration_is_resolved_with_its_environment_and_fallback():
    declared = Model("m", "openai/x", base_env="BASE", key_env="KEY", fallback=Model("spare", "openai/y", retries=0))
    spec = model_spec(declared, {"BASE": "http://127.0.0.1:1/v1", "KEY": "secret"})
    assert (spec.base, spec.key_env) == ("http://127.0.0.1:1/v1", "KEY")
    assert spec.fallback is not None
    assert (spec.fallback.model, spec.fallback.retries) == ("openai/y", 0)
    assert "secret" not in repr(spec)


def test_a_declared_price_is_for_a_million_tokens():
    spec = model_spec(Model("m", "openai/x", price=TokenPrice(Decimal("0.15"), Decimal("0.60"))), {})
    assert spec.price == Price(Decimal("0.00000015"), Decimal("0.0000006"))


def test_a_base_that_is_not_set_is_named():
    with pytest.raises(UsageError, match="BASE"):
        model_spec(Model("m", "openai/x", base_env="BASE"), {})


async def test_shared_work_is_done_once_and_again_later():
    flights, done = Flights[int](), []

    async def work():
        await asyncio.sleep(0)
        done.append(1)
        return len(done)

    results = await asyncio.gather(*(flights.join("k", work) for _ in range(5)))
    assert results == [(1, True)] + [(1, False)] * 4
    assert await flights.join("k", work) == (2, True)


async def test_an_error_of_shared_work_reaches_everyone():
    flights = Flights[int]()

    async def fail():
        await asyncio.sleep(0)
        raise ValueError("no")

    results = await asyncio.gather(*(flights.join("k", fail) for _ in range(3)), return_exceptions=True)
    assert [str(result) for result in results] == ["no"] * 3


async def test_who_comes_while_shared_work_is_being_cancelled_starts_anew():
    flights, stopped = Flights[str](), []

    async def slow():
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(1)
        return "never"

    async def quick():
        return "anew"

    first = asyncio.create_task(flights.join("k", slow))
    for _ in range(2):
        await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await flights.join("k", quick) == ("anew", True)
    assert stopped == [1]
