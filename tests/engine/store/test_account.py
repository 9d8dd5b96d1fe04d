"""How a run spends: within its budget, once per call, and the same again when it is replayed."""

import asyncio
from decimal import Decimal

import pytest

from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.database import connect
from prompts_lang.engine.store.model import Budget, EntryState, EventRecord, RunState, Totals, Usage
from prompts_lang.engine.store.protocol import Remember
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.errors import BudgetExceeded, ProviderError, ProviderFailure, StoreError, StoreFailure

from .conftest import a_reservation, a_run

CENT = Decimal("0.01")


async def pay(account, key, *, bound=CENT, usd=CENT, value="said"):
    """One call, as a caller makes it."""
    recalled = account.recall(key)
    if recalled is not None:
        return recalled
    reservation = await account.reserve(a_reservation(key, bound=bound, run=account.run_id))
    await account.commit(reservation, Usage(10, 5, usd, 0.1), Remember(key, value, account.run_id))
    return None


async def test_a_call_is_paid_once_and_then_remembered(store):
    account = RunAccount(store, "run-1")
    assert await pay(account, "k") is None
    recalled = await pay(account, "k")
    assert (recalled.value, recalled.cached) == ("said", True)
    assert account.totals == Totals(calls=1, cached=1, usd=CENT, tokens_in=10, tokens_out=5, seconds=0.1)


async def test_a_reservation_is_in_the_store_before_the_call_and_the_result_when_it_is_booked(store):
    account = RunAccount(store, "run-1")
    reservation = await account.reserve(a_reservation())
    assert [entry.state for entry in store.entries("run-1")] == [EntryState.RESERVED]
    await account.commit(reservation, Usage(), Remember("k", 1, "run-1"))
    assert [entry.state for entry in store.entries("run-1")] == [EntryState.COMMITTED]
    assert store.memo("k").value == 1


async def test_a_replay_counts_its_own_past_as_calls_and_the_work_of_others_as_cached(store):
    store.start_run(a_run("run-0"))
    await pay(RunAccount(store, "run-0"), "theirs")
    first = RunAccount(store, "run-1")
    for key in ("theirs", "a", "b", "a"):
        await pay(first, key)

    replay = RunAccount(store, "run-1")
    assert replay.totals == Totals()
    cached = [(await pay(replay, key)).cached for key in ("theirs", "a", "b", "a")]
    assert cached == [True, False, False, True]
    assert replay.totals == first.totals
    assert len(store.entries("run-1")) == 2


async def test_a_replay_counts_failed_attempts_when_it_gets_to_their_key(store):
    first = RunAccount(store, "run-1")
    await first.fail(await first.reserve(a_reservation("k")), "slow down")
    await pay(first, "k")
    replay = RunAccount(store, "run-1")
    await pay(replay, "other")
    assert replay.totals.calls == 1
    await pay(replay, "k")
    assert (replay.totals.calls, replay.totals.failed) == (3, 1)


async def test_free_results_are_no_calls_and_no_cache_hits(store):
    account = RunAccount(store, "run-1")
    await account.remember("code", {"out": 1})
    assert account.recall("code").value == {"out": 1}
    assert account.totals == Totals()


async def test_the_budget_in_calls_holds_for_calls_in_flight_too(store):
    account = RunAccount(store, "run-1", Budget(calls=2))
    assert account.can_afford(calls=2)
    assert not account.can_afford(calls=3)
    first = await account.reserve(a_reservation("a"))
    await account.reserve(a_reservation("b"))
    assert account.remaining().calls == 0
    with pytest.raises(BudgetExceeded, match="2 calls is used up") as caught:
        await account.reserve(a_reservation("c"))
    assert caught.value.calls == 2
    await account.fail(first, "server error")
    with pytest.raises(BudgetExceeded):
        await account.reserve(a_reservation("c"))
    assert len(store.entries("run-1")) == 2


async def test_the_budget_in_money_holds_for_upper_bounds(store):
    account = RunAccount(store, "run-1", Budget(usd=Decimal("0.05")))
    await pay(account, "a", usd=Decimal("0.03"))
    assert account.can_afford(usd=Decimal("0.02"))
    assert not account.can_afford(usd=Decimal("0.021"))
    with pytest.raises(BudgetExceeded, match=r"could cost \$0\.0300") as caught:
        await account.reserve(a_reservation("b", bound=Decimal("0.03")))
    assert caught.value.usd == Decimal("0.03")
    await pay(account, "c", bound=Decimal("0.02"), usd=Decimal("0.02"))


async def test_a_call_waits_for_money_that_calls_in_flight_may_set_free(store):
    account = RunAccount(store, "run-1", Budget(usd=Decimal("0.05")))
    first = await account.reserve(a_reservation("a", bound=Decimal("0.04")))
    second = asyncio.create_task(account.reserve(a_reservation("b", bound=Decimal("0.04"))))
    await asyncio.sleep(0)
    assert not second.done()
    await account.commit(first, Usage(usd=Decimal("0.001")))
    assert (await second).bound == Decimal("0.04")
    assert account.in_flight == 1


async def test_an_unknown_price_is_refused_under_a_budget_in_money_and_booked_as_unknown_without(store):
    with pytest.raises(ProviderError, match="price of openai/x is not known") as caught:
        await RunAccount(store, "run-1", Budget(usd=CENT)).reserve(a_reservation(bound=None))
    assert caught.value.kind is ProviderFailure.UNKNOWN_PRICE
    account = RunAccount(store, "run-1", Budget(calls=5))
    await pay(account, "k", bound=None, usd=None)
    assert (account.totals.unpriced, account.totals.usd) == (1, Decimal(0))


async def test_the_past_of_a_resumed_run_counts_against_its_budget_from_the_start(store):
    first = RunAccount(store, "run-1", Budget(calls=3))
    await pay(first, "a")
    await pay(first, "b")
    replay = RunAccount(store, "run-1", Budget(calls=3))
    assert replay.can_afford(calls=3), "the replay decides as the run did"
    await pay(replay, "new 1")
    with pytest.raises(BudgetExceeded):
        await pay(replay, "new 2")


async def test_calls_in_flight_of_a_dead_run_are_booked_at_their_bound_when_it_is_resumed(store):
    account = RunAccount(store, "run-1")
    await account.reserve(a_reservation("lost", bound=CENT))
    store.finish_run("run-1", RunState.STOPPED)
    assert store.resume_run("run-1").state is RunState.RUNNING
    (entry,) = store.entries("run-1")
    assert (entry.state, entry.usage.usd) == (EntryState.POSSIBLY_SPENT, CENT)
    replay = RunAccount(store, "run-1", Budget(calls=2))
    await pay(replay, "lost")
    assert (replay.totals.calls, replay.totals.possibly_spent, replay.totals.usd) == (2, 1, 2 * CENT)


async def test_a_call_that_nobody_saw_end_is_booked_at_its_bound(store):
    account = RunAccount(store, "run-1")
    account.lose(await account.reserve(a_reservation()), "timeout", 60.0)
    await account.flush()
    (entry,) = store.entries("run-1")
    assert (entry.state, entry.usage.usd, entry.error) == (EntryState.POSSIBLY_SPENT, CENT, "timeout")
    assert account.totals.possibly_spent == 1


async def test_a_cancelled_reservation_leaves_nothing_open(store):
    account = RunAccount(store, "run-1", Budget(calls=1))
    task = asyncio.create_task(account.reserve(a_reservation()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await account.flush()
    assert account.in_flight == 0
    assert all(entry.state is not EntryState.RESERVED for entry in store.entries("run-1"))


async def test_a_reservation_cancelled_while_another_process_writes_is_settled_as_not_sent(file_store):
    account = RunAccount(file_store, "run-1")
    other = connect(str(file_store.path))
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(account.reserve(a_reservation()))
    for _ in range(3):
        await asyncio.sleep(0)
    assert account._journal._patient is not None, "the wait has moved to a thread"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other.execute("ROLLBACK")
    other.close()
    await account.flush()
    (entry,) = file_store.entries("run-1")
    assert (entry.state, account.in_flight, account.totals.failed) == (EntryState.FAILED, 0, 1)


async def test_the_event_loop_goes_on_while_another_process_holds_the_store(file_store):
    account = RunAccount(file_store, "run-1")
    other = connect(str(file_store.path))
    other.execute("BEGIN IMMEDIATE")
    tasks = [asyncio.create_task(pay(account, str(number))) for number in range(5)]
    for _ in range(1000):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    other.execute("ROLLBACK")
    other.close()
    await asyncio.gather(*tasks)
    assert file_store.spent("run-1").calls == 5


async def test_a_paid_result_that_does_not_fit_the_disk_is_kept_and_no_new_call_is_made(file_store):
    account = RunAccount(file_store, "run-1")
    reservation = await account.reserve(a_reservation("k"))
    writer = file_store._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    value = "x" * 200_000
    await account.commit(reservation, Usage(usd=CENT), Remember("k", value, "run-1"))

    assert account.recall("k").value == value, "the run goes on with what it has paid for"
    with pytest.raises(StoreError) as caught:
        await account.reserve(a_reservation("next"))
    assert caught.value.kind is StoreFailure.FULL
    with pytest.raises(StoreError):
        await account.flush()

    writer.execute("PRAGMA max_page_count = 1000000")
    await account.reserve(a_reservation("next"))
    assert file_store.memo("k").value == value
    assert [entry.state for entry in file_store.entries("run-1")] == [EntryState.COMMITTED, EntryState.RESERVED]
    assert account.in_flight == 1


async def test_events_are_in_the_store_after_a_flush(store):
    account = RunAccount(store, "run-1")
    event = EventRecord("run-1", "1", "plan", {"outputs": {"a": 1}})
    account.keep_event(event)
    await account.flush()
    assert store.events("run-1") == (event,)


def test_what_was_waiting_when_the_loop_ended_can_still_be_written(store):
    async def leave():
        account = RunAccount(store, "run-1")
        account.lose(await account.reserve(a_reservation()), "interrupted")
        return account

    account = asyncio.run(leave())
    account.flush_now()
    assert [entry.state for entry in store.entries("run-1")] == [EntryState.POSSIBLY_SPENT]


def note_transactions(store) -> list[list[str]]:
    """What is written from now on: the kinds of changes of each transaction."""
    transactions = []
    append = store.append

    def noting(changes, **options):
        transactions.append([type(change).__name__ for change in changes])
        return append(changes, **options)

    store.append = noting
    return transactions


async def test_one_turn_of_the_loop_is_one_transaction(store):
    transactions = note_transactions(store)
    account = RunAccount(store, "run-1")
    await asyncio.gather(*(pay(account, str(number)) for number in range(20)))
    assert transactions == [["Reserve"] * 20, ["Settle"] * 20]


async def test_calls_that_come_back_at_the_same_moment_do_not_wait_for_the_last_of_them():
    store = memory_store()
    store.start_run(a_run("run-1"))
    account = RunAccount(store, "run-1")
    transactions = note_transactions(store)
    asked = []

    async def ask(number):
        await account.reserve(a_reservation(str(number)))
        asked.append(number)

    await asyncio.gather(*(ask(number) for number in range(60)))
    assert [len(changes) for changes in transactions] == [24, 24, 12]
    assert asked[:2] == [23, 47], "those that filled a transaction went on in the same turn"
    store.close()
