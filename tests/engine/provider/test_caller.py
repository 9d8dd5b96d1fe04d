"""What happens between a request and its reply: memo, sharing, turns, retries, fallback, and the books."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.model import FinishReason, ModelSpec
from prompts_lang.engine.provider.pacing import COOL_DOWN, GIVE_UPS, LONGEST_BACKOFF, Limits, backoff
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import UNLIMITED, Budget, Purpose, RunKind, RunRecord
from prompts_lang.engine.store.sqlite import SqliteStore, memory_store
from prompts_lang.errors import BudgetExceeded, ProviderError, ProviderFailure

from .fakes import MODEL, FakeBackend, FakeClock, ask, reply, trouble


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = memory_store()
    yield opened
    opened.close()


class Bench:
    """A caller with everything around it in reach."""

    def __init__(
        self, store: SqliteStore, backend: FakeBackend, budget: Budget = UNLIMITED, run: str = "run-1", **options
    ):
        self.store = store
        self.backend = backend
        self.clock = FakeClock()
        if store.run(run) is None:
            store.start_run(RunRecord(run, RunKind.EVAL, "qa.prompt", "qa"))
        self.account = RunAccount(store, run, budget)
        self.caller = Caller(backend, self.account, Limits(), clock=self.clock, **options)

    async def complete(self, request=None):
        return await self.caller.complete(request or ask(), purpose=Purpose.FORWARD, node="qa/plan")

    def states(self):
        return [str(entry.state) for entry in self.store.entries(self.account.run_id)]


async def test_a_reply_is_booked_and_remembered(store):
    bench = Bench(store, FakeBackend(reply("yes")))
    first, second = await bench.complete(), await bench.complete()
    assert (first.text, first.cached) == ("yes", False)
    assert second == replace(first, cached=True)
    assert len(bench.backend.asked) == 1
    (entry,) = store.entries("run-1")
    assert (entry.node, entry.model, entry.usage.tokens_out, entry.usage.usd) == (
        "qa/plan",
        "openai/small",
        5,
        Decimal("0.00002"),
    )


async def test_a_replica_is_another_draw(store):
    bench = Bench(store, FakeBackend())
    await bench.complete(ask(replica=0))
    await bench.complete(ask(replica=1))
    assert len(bench.backend.asked) == 2


@pytest.mark.parametrize(
    "other",
    [
        ask("another question"),
        ask(model=replace(MODEL, model="openai/large")),
        ask(model=replace(MODEL, base="http://127.0.0.1:1/v1")),
        ask(model=replace(MODEL, parameters=(("temperature", 1.0),))),
        ask(max_tokens=7),
        ask(response_schema={"type": "object"}),
    ],
)
def test_whatever_decides_the_reply_is_in_the_key(other):
    assert other.key != ask().key


@pytest.mark.parametrize(
    "same",
    [replace(MODEL, name="x"), replace(MODEL, retries=9), replace(MODEL, timeout=1.0), replace(MODEL, key_env="K")],
)
def test_what_does_not_decide_the_reply_is_not_in_the_key(same):
    assert ask(model=same).key == ask().key


async def test_identical_requests_at_the_same_time_share_one_call(store):
    bench = Bench(store, FakeBackend())
    replies = await asyncio.gather(*(bench.complete() for _ in range(20)))
    assert len(bench.backend.asked) == 1
    assert sorted(reply.cached for reply in replies) == [False] + [True] * 19
    assert (bench.account.totals.calls, bench.account.totals.cached) == (1, 19)


async def test_who_waits_for_a_call_that_is_given_up_makes_it_again(store):
    gate = asyncio.Event()

    async def wait(request):
        await gate.wait()
        return reply()

    bench = Bench(store, FakeBackend(wait))
    leader, *followers = [asyncio.create_task(bench.complete()) for _ in range(3)]
    await bench.backend.begun.wait()
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    gate.set()
    assert [(await follower).text for follower in followers] == ["answer"] * 2
    assert bench.states() == ["possibly_spent", "committed"]
    assert bench.account.totals.cached == 1


async def test_a_cancelled_call_is_booked_as_possibly_spent_and_can_be_made_again(store):
    gate = asyncio.Event()

    async def wait(request):
        await gate.wait()
        return reply()

    bench = Bench(store, FakeBackend(wait))
    tasks = [asyncio.create_task(bench.complete()) for _ in range(2)]
    await bench.backend.begun.wait()
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(result, asyncio.CancelledError) for result in await asyncio.gather(*tasks, return_exceptions=True)
    )
    gate.set()
    assert (await bench.complete()).text == "answer"
    assert bench.states() == ["possibly_spent", "committed"]
    assert bench.account.in_flight == 0


async def test_without_memory_every_request_is_a_fresh_draw(store):
    bench = Bench(store, FakeBackend(), remember=False)
    await asyncio.gather(bench.complete(), bench.complete())
    await bench.complete()
    assert len(bench.backend.asked) == 3


@pytest.mark.parametrize(
    "kind",
    [
        ProviderFailure.RATE_LIMIT,
        ProviderFailure.TIMEOUT,
        ProviderFailure.CONNECTION,
        ProviderFailure.SERVER,
        ProviderFailure.MALFORMED,
    ],
)
async def test_what_may_pass_is_tried_again_and_each_attempt_is_a_call(store, kind):
    bench = Bench(store, FakeBackend(trouble(kind), trouble(kind), reply("at last")))
    assert (await bench.complete()).text == "at last"
    assert bench.account.totals.calls == 3
    assert [entry.attempt for entry in store.entries("run-1")] == [0, 1, 2]
    assert bench.states() == ["failed", "failed", "committed"]


async def test_after_its_retries_a_request_is_given_up(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.SERVER, status=500)))
    with pytest.raises(ProviderError) as caught:
        await bench.complete()
    assert caught.value.kind is ProviderFailure.SERVER
    assert len(bench.backend.asked) == MODEL.retries + 1


@pytest.mark.parametrize(
    "kind", [ProviderFailure.AUTH, ProviderFailure.BAD_REQUEST, ProviderFailure.CONTEXT, ProviderFailure.UNKNOWN_MODEL]
)
async def test_what_will_not_pass_is_not_tried_again(store, kind):
    bench = Bench(store, FakeBackend(trouble(kind)))
    with pytest.raises(ProviderError):
        await bench.complete()
    assert len(bench.backend.asked) == 1


async def test_an_attempt_that_may_have_been_billed_is_booked_so(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.TIMEOUT, billable=True), reply()))
    await bench.complete()
    assert bench.states() == ["possibly_spent", "committed"]
    assert bench.account.totals.usd > Decimal("0.00002")


async def test_an_unforeseen_exception_leaves_the_books_right(store):
    async def crash(request):
        raise ZeroDivisionError

    bench = Bench(store, FakeBackend(crash))
    with pytest.raises(ZeroDivisionError):
        await bench.complete()
    await bench.account.flush()
    assert bench.states() == ["possibly_spent"]
    assert bench.account.in_flight == 0


async def test_retry_after_is_honoured_by_all_who_call_the_endpoint(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.RATE_LIMIT, retry_after=17.0), reply()))
    await bench.complete()
    assert max(bench.clock.slept) >= 17.0
    bench.backend.script = [trouble(ProviderFailure.RATE_LIMIT, retry_after=5.0)]
    with pytest.raises(ProviderError):
        await bench.complete(ask("b", model=replace(MODEL, retries=0)))
    before = bench.clock.time
    bench.backend.script = [reply()]
    await bench.complete(ask("c"))
    assert bench.clock.time == before + 5.0


async def test_who_is_asked_to_wait_for_an_hour_gives_up_at_once(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.RATE_LIMIT, retry_after=3600.0)))
    with pytest.raises(ProviderError):
        await bench.complete()
    assert len(bench.backend.asked) == 1
    assert bench.clock.slept == []


async def test_a_wait_of_hours_spares_the_other_requests_until_it_is_over(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.RATE_LIMIT, retry_after=3600.0)))
    for number in range(5):
        with pytest.raises(ProviderError) as caught:
            await bench.complete(ask(str(number)))
        assert caught.value.kind is ProviderFailure.RATE_LIMIT
    assert len(bench.backend.asked) == 1
    bench.clock.time += 3601.0
    bench.backend.script = [reply()]
    assert (await bench.complete(ask("later"))).text == "answer"


async def test_a_run_that_is_to_end_does_not_wait_out_what_a_provider_asked_for(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.RATE_LIMIT, retry_after=250.0)))
    bench.caller = Caller(bench.backend, bench.account, Limits())
    model = replace(MODEL, concurrency=1)
    calls = [asyncio.create_task(bench.complete(ask(str(number), model=model))) for number in range(3)]
    await bench.backend.begun.wait()
    bench.account.budget = Budget(calls=0)
    bench.caller.hurry()
    async with asyncio.timeout(60):
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {BudgetExceeded}
    assert len(bench.backend.asked) == 1


def test_waits_grow_are_bounded_and_depend_on_seed_key_and_attempt_only():
    waits = [backoff(1, "k", attempt) for attempt in range(20)]
    assert waits == [backoff(1, "k", attempt) for attempt in range(20)]
    assert all(0.0 <= wait <= min(LONGEST_BACKOFF, 0.5 * 2**attempt) for attempt, wait in enumerate(waits))
    assert len({backoff(1, "k", 3), backoff(2, "k", 3), backoff(1, "l", 3)}) == 3
    assert 0.4 < sum(backoff(0, str(number), 0) for number in range(1000)) / 1000 / 0.25 / 2 < 0.6


async def test_a_model_that_fails_for_good_is_replaced_by_its_fallback(store):
    spare = ModelSpec("spare", "openai/spare")
    request = ask(model=replace(MODEL, retries=1, fallback=spare))

    async def answer(request):
        if request.model is spare:
            return reply("from the spare", model="openai/spare")
        raise trouble(ProviderFailure.SERVER)

    bench = Bench(store, FakeBackend(answer))
    assert (await bench.complete(request)).text == "from the spare"
    assert [entry.model for entry in store.entries("run-1")] == ["openai/small", "openai/small", "openai/spare"]
    bench.backend.script = [reply("the first is back")]
    other = Bench(store, bench.backend, run="run-2")
    assert (await other.complete(request)).text == "the first is back", (
        "a spare's reply is not remembered as the first's"
    )


@pytest.mark.parametrize("kind", [ProviderFailure.BAD_REQUEST, ProviderFailure.UNKNOWN_PRICE])
async def test_a_fault_of_the_request_is_not_taken_to_the_fallback(store, kind):
    bench = Bench(store, FakeBackend(trouble(kind)))
    with pytest.raises(ProviderError):
        await bench.complete(ask(model=replace(MODEL, fallback=ModelSpec("spare", "openai/spare"))))
    assert len(bench.backend.asked) == 1


async def test_a_truncated_reply_is_a_reply(store):
    bench = Bench(store, FakeBackend(reply("half a sent", FinishReason.LENGTH)))
    assert (await bench.complete()).truncated


async def test_a_refusal_is_an_error_that_is_paid_for_once(store):
    bench = Bench(store, FakeBackend(reply("I cannot help with that", FinishReason.REFUSED)))
    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            await bench.complete()
        assert caught.value.kind is ProviderFailure.REFUSED
    assert len(bench.backend.asked) == 1
    assert bench.states() == ["committed"]


async def test_an_empty_reply_is_booked_and_asked_for_again(store):
    bench = Bench(store, FakeBackend(reply("  \n"), reply("at last")))
    assert (await bench.complete()).text == "at last"
    assert bench.states() == ["committed", "committed"]
    assert bench.account.totals.usd == Decimal("0.00004")
    assert (await bench.complete()).cached


async def test_replies_that_stay_empty_are_an_error_but_not_for_ever(store):
    bench = Bench(store, FakeBackend(reply("")))
    with pytest.raises(ProviderError) as caught:
        await bench.complete()
    assert caught.value.kind is ProviderFailure.EMPTY
    assert len(bench.backend.asked) == MODEL.retries + 1
    bench.backend.script = [reply("at last")]
    assert (await Bench(store, bench.backend, run="run-2").complete()).text == "at last"


async def test_calls_in_flight_stay_within_the_limit_of_the_model(store):
    bench = Bench(store, FakeBackend())
    model = replace(MODEL, concurrency=3)
    await asyncio.gather(*(bench.complete(ask(str(number), model=model)) for number in range(30)))
    assert bench.backend.most_active == 3


async def test_runs_share_the_limit_of_a_model(store):
    backend, limits = FakeBackend(), Limits()
    benches = [Bench(store, backend, run=f"run-{number}") for number in range(3)]
    callers = [Caller(backend, bench.account, limits) for bench in benches]
    model = replace(MODEL, concurrency=2)
    await asyncio.gather(
        *(
            caller.complete(ask(str(number), model=model), purpose=Purpose.FORWARD, node="n")
            for number, caller in enumerate(callers * 5)
        )
    )
    assert backend.most_active == 2


async def test_a_dead_endpoint_is_found_dead_once(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.TIMEOUT, billable=True)))
    model = replace(MODEL, concurrency=4)
    results = await asyncio.gather(
        *(bench.complete(ask(str(number), model=model)) for number in range(100)), return_exceptions=True
    )
    assert all(isinstance(result, ProviderError) and result.kind is ProviderFailure.TIMEOUT for result in results)
    assert len(bench.backend.asked) < 30


async def test_a_dead_endpoint_is_tried_again_after_a_while(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.CONNECTION)))
    model = replace(MODEL, retries=0)
    for number in range(10):
        with pytest.raises(ProviderError):
            await bench.complete(ask(str(number), model=model))
    assert len(bench.backend.asked) == GIVE_UPS
    bench.clock.time += COOL_DOWN
    bench.backend.script = [reply()]
    assert (await bench.complete(ask("later", model=model))).text == "answer"
    assert (await bench.complete(ask("and on", model=model))).text == "answer"


async def test_an_endpoint_that_asks_to_slow_down_is_not_taken_for_dead(store):
    bench = Bench(store, FakeBackend(*[trouble(ProviderFailure.RATE_LIMIT)] * 10, reply()))
    model = replace(MODEL, retries=0)
    for number in range(10):
        with pytest.raises(ProviderError):
            await bench.complete(ask(str(number), model=model))
    assert (await bench.complete(ask("later", model=model))).text == "answer"


async def test_one_refused_key_spares_the_other_rows(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.AUTH, status=401)))
    for number in range(5):
        with pytest.raises(ProviderError) as caught:
            await bench.complete(ask(str(number)))
        assert caught.value.kind is ProviderFailure.AUTH
    assert len(bench.backend.asked) == 1


async def test_errors_now_and_then_do_not_make_an_endpoint_dead(store):
    failures = [trouble(ProviderFailure.SERVER), reply()] * 50
    bench = Bench(store, FakeBackend(*failures))
    model = replace(MODEL, retries=0)
    results = [
        await asyncio.gather(bench.complete(ask(str(number), model=model)), return_exceptions=True)
        for number in range(100)
    ]
    assert sum(isinstance(result, ProviderError) for (result,) in results) == 50


async def test_the_budget_holds_under_retries(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.SERVER)), Budget(calls=5))
    model = replace(MODEL, retries=3)
    results = await asyncio.gather(
        *(bench.complete(ask(str(number), model=model)) for number in range(10)), return_exceptions=True
    )
    assert len(bench.backend.asked) == 5
    assert any(isinstance(result, BudgetExceeded) for result in results)
    assert store.spent("run-1").calls == 5


async def test_the_budget_in_money_is_never_exceeded(store):
    budget = Budget(usd=Decimal("0.0005"))
    bench = Bench(store, FakeBackend(), budget)
    results = await asyncio.gather(*(bench.complete(ask(str(number))) for number in range(100)), return_exceptions=True)
    paid = [result for result in results if not isinstance(result, BaseException)]
    assert 0 < len(paid) < 100
    assert all(isinstance(result, BudgetExceeded) for result in results if isinstance(result, BaseException))
    assert store.spent("run-1").usd <= budget.usd


async def test_a_model_of_unknown_price_is_not_asked_under_a_budget_in_money(store):
    bench = Bench(store, FakeBackend(), Budget(usd=Decimal(1)))
    bench.backend.price_of = None
    with pytest.raises(ProviderError) as caught:
        await bench.complete()
    assert caught.value.kind is ProviderFailure.UNKNOWN_PRICE
    assert bench.backend.asked == []


async def test_an_endpoint_without_response_schemas_is_asked_again_at_once(store):
    bench = Bench(store, FakeBackend(trouble(ProviderFailure.SCHEMA, status=400), reply("{}")))
    assert (await bench.complete(ask(response_schema={"type": "object"}))).text == "{}"
    assert bench.clock.slept == []
    assert bench.states() == ["failed", "committed"]


async def test_a_bound_covers_prompt_schema_and_the_longest_reply(store):
    bench = Bench(store, FakeBackend())
    small = bench.caller.bound(ask(max_tokens=10))
    assert small < bench.caller.bound(ask(max_tokens=20))
    assert bench.caller.bound(ask(max_tokens=10**9)) == bench.caller.bound(ask())
    assert small < bench.caller.bound(ask(max_tokens=10, response_schema={"type": "object"}))
    assert small < bench.caller.bound(ask("a longer question", max_tokens=10))
