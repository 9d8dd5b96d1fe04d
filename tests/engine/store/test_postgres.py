"""What is particular to the store on a PostgreSQL server: several processes on one run, and the server itself."""

import asyncio
import sys
from decimal import Decimal

import psycopg
import pytest

from prompts_lang.engine.store import postgres, queries
from prompts_lang.engine.store.account import AnsweredElsewhere, RunAccount, Share
from prompts_lang.engine.store.model import UNLIMITED, Budget, EntryState, RunState, Totals, Usage
from prompts_lang.engine.store.postgres import open_postgres
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.engine.store.protocol import Refusal, Remember, Reserve, Settle
from prompts_lang.errors import BudgetExceeded, StoreError, StoreFailure, UsageError
from tests.engine.postgres import PASSWORD

from .conftest import a_reservation, a_run

CENT = Decimal("0.01")


@pytest.fixture
def address(postgres_url):
    return read_address(postgres_url)


@pytest.fixture
def leader(address):
    store = open_postgres(address)
    store.start_run(a_run())
    yield store
    store.close()


@pytest.fixture
def helper(address, leader):
    """Another process's way to the store: what tells processes apart is their connection."""
    store = open_postgres(address)
    yield store
    store.close()


@pytest.fixture
def administrator(address):
    with psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute(f"SET search_path = {address.schema}")
        yield connection


def wanted(key="k", *, bound=CENT, budget=UNLIMITED, lease=True, at_once=None):
    reservation = a_reservation(key, bound=bound)
    return Reserve(
        run=reservation.run,
        key=key,
        purpose=reservation.purpose,
        node=reservation.node,
        model=reservation.model,
        bound=bound,
        endpoint="openai/x at http://somewhere",
        at_once=at_once,
        lease=lease,
        within=budget,
    )


def refusal(store, change):
    (answer,) = store.append([change])
    return answer if isinstance(answer, int) else answer.reason


# --- leases


def test_nobody_pays_for_what_another_is_paying_for_or_has_paid_for(leader, helper):
    (number,) = leader.append([wanted()])
    assert refusal(helper, wanted()) is Refusal.UNDER_WAY
    leader.append([Settle(number, EntryState.COMMITTED, Usage(), Remember("k", "said", "run-1"))])
    assert refusal(helper, wanted()) is Refusal.ANSWERED
    assert helper.memo("k").value == "said"


def test_a_failed_call_lets_another_try(leader, helper):
    (number,) = leader.append([wanted()])
    leader.append([Settle(number, EntryState.FAILED, error="slow down")])
    assert isinstance(refusal(helper, wanted()), int)


def test_draws_that_are_not_remembered_are_made_side_by_side(leader, helper):
    assert isinstance(refusal(leader, wanted(lease=False)), int)
    assert isinstance(refusal(helper, wanted(lease=False)), int)


def test_the_calls_of_a_process_that_died_are_booked_at_their_bounds_and_made_by_another(leader, helper):
    helper.append([wanted()])
    helper.close()
    assert isinstance(refusal(leader, wanted()), int)
    lost, again = leader.entries("run-1")
    assert (lost.state, lost.usage.usd, again.state) == (EntryState.POSSIBLY_SPENT, CENT, EntryState.RESERVED)


def test_the_calls_of_helpers_that_live_outlast_the_process_that_led_the_run(leader, helper, address):
    helper.append([wanted()])
    leader.append([wanted("other")])
    leader.close()
    assert not helper.is_led("run-1")
    successor = open_postgres(address)
    assert successor.run("run-1").state is RunState.STOPPED
    successor.resume_run("run-1")
    assert helper.is_led("run-1")
    states = {entry.key: entry.state for entry in successor.entries("run-1")}
    assert states == {"k": EntryState.RESERVED, "other": EntryState.POSSIBLY_SPENT}
    assert refusal(successor, wanted()) is Refusal.UNDER_WAY
    successor.close()


# --- budgets and limits


def test_a_budget_in_calls_is_one_for_all_processes(leader, helper):
    budget = Budget(calls=3)
    opened = [refusal(store, wanted(key, budget=budget)) for key in "abcd" for store in (leader, helper)]
    assert sum(isinstance(answer, int) for answer in opened) == 3
    assert refusal(helper, wanted("e", budget=budget)) is Refusal.EXCEEDED
    assert len(leader.entries("run-1")) == 3


def test_a_budget_in_money_counts_the_bounds_of_calls_in_flight_elsewhere(leader, helper):
    budget = Budget(usd=Decimal("0.05"))
    (number,) = leader.append([wanted("a", bound=Decimal("0.04"), budget=budget)])
    dear = wanted("b", bound=Decimal("0.02"), budget=budget)
    assert refusal(helper, dear) is Refusal.HELD
    leader.append([Settle(number, EntryState.COMMITTED, Usage(usd=Decimal("0.04")))])
    assert refusal(helper, dear) is Refusal.EXCEEDED
    assert isinstance(refusal(helper, wanted("c", bound=CENT, budget=budget)), int)


def test_an_endpoint_has_one_number_of_slots_for_all_processes(leader, helper):
    (number,) = leader.append([wanted("a", at_once=2)])
    helper.append([wanted("b", at_once=2)])
    assert refusal(leader, wanted("c", at_once=2)) is Refusal.NO_SLOT
    leader.append([Settle(number, EntryState.COMMITTED)])
    assert isinstance(refusal(helper, wanted("c", at_once=2)), int)


async def test_accounts_in_several_processes_spend_one_budget(leader, helper):
    accounts = [RunAccount(store, "run-1", Budget(calls=7)) for store in (leader, helper)]

    async def pay(account, key):
        reservation = await account.reserve(wanted(key))
        await account.commit(reservation, Usage(10, 5, CENT, 0.1), Remember(key, key, "run-1"))

    tasks = [pay(account, f"{number} {place}") for place, account in enumerate(accounts) for number in range(10)]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(end is None for end in ended) == 7
    assert sum(isinstance(end, BudgetExceeded) and end.calls == 7 for end in ended) == 13
    await accounts[0].refresh()
    assert (accounts[0].totals.calls, accounts[0].totals.usd) == (7, 7 * CENT)
    assert accounts[0].remaining().calls == 0


async def test_who_waits_for_a_call_of_another_process_gets_its_result_from_the_memo(leader, helper):
    first, second = (RunAccount(store, "run-1") for store in (leader, helper))
    reservation = await first.reserve(wanted())
    waiting = asyncio.create_task(second.reserve(wanted()))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await first.commit(reservation, Usage(10, 5, CENT, 0.1), Remember("k", "said", "run-1"))
    with pytest.raises(AnsweredElsewhere):
        await waiting
    recalled = second.recall("k")
    assert (recalled.value, recalled.cached, second.in_flight) == ("said", True, 0)
    first.absorb(second.share())
    await first.refresh()
    assert first.totals == Totals(calls=1, cached=1, usd=CENT, tokens_in=10, tokens_out=5, seconds=0.1)


async def test_calls_that_are_waited_for_use_none_of_the_budget(leader, helper):
    first, second = (RunAccount(store, "run-1", Budget(calls=3)) for store in (leader, helper))
    reservations = [await first.reserve(wanted(key)) for key in "ab"]
    waiting = [asyncio.create_task(second.reserve(wanted(key))) for key in "abab"]
    await asyncio.sleep(0)
    last = await second.reserve(wanted("c"))
    await second.commit(last, Usage(usd=CENT), Remember("c", "said", "run-1"))
    for reservation, key in zip(reservations, "ab", strict=True):
        await first.commit(reservation, Usage(usd=CENT), Remember(key, "said", "run-1"))
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ended] == [AnsweredElsewhere] * 4


async def test_what_two_processes_meet_of_a_runs_past_was_paid_for_once(leader, helper):
    past = RunAccount(leader, "run-1")
    reservation = await past.reserve(wanted())
    await past.commit(reservation, Usage(10, 5, CENT, 0.1), Remember("k", "said", "run-1"))

    resumed = RunAccount(leader, "run-1")
    helping = [RunAccount(helper, "run-1", before=resumed.before) for _ in range(2)]
    for account in helping:
        assert not account.recall("k").cached, "this run paid for it"
        resumed.absorb(account.share())
    await resumed.refresh()
    assert (resumed.totals.calls, resumed.totals.cached, resumed.totals.usd) == (1, 1, CENT)
    assert helping[0].share() == Share()


async def test_what_is_paid_after_a_run_began_is_no_past_of_it(leader, helper):
    account = RunAccount(leader, "run-1")
    reservation = await account.reserve(wanted())
    await account.commit(reservation, Usage(usd=CENT), Remember("k", "said", "run-1"))
    late = RunAccount(helper, "run-1", before=account.before)
    assert late.recall("k").cached


async def test_a_call_that_ends_while_a_resumed_run_reads_its_past_counts_once(leader, helper, monkeypatch):
    number = refusal(helper, wanted())
    send = postgres._send

    def send_and_end_the_call(connection, statement, values):
        answer = send(connection, statement, values)
        if statement == queries.ENTRIES:
            monkeypatch.setattr(postgres, "_send", send)
            helper.append([Settle(number, EntryState.COMMITTED, Usage(10, 5, CENT, 0.1))])
        return answer

    monkeypatch.setattr(postgres, "_send", send_and_end_the_call)
    resumed = RunAccount(leader, "run-1")
    assert helper.entries("run-1")[0].state is EntryState.COMMITTED, "it has ended by now"
    await resumed.refresh()
    resumed.relive("k")
    assert (resumed.totals.calls, resumed.totals.usd) == (1, CENT)


# --- the server


def test_the_tables_refuse_to_let_the_ledger_be_rewritten(leader, administrator):
    leader.append([a_reservation()])
    for statement in ("UPDATE ledger SET picodollars = 0", "DELETE FROM ledger", "TRUNCATE ledger CASCADE"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            administrator.execute(statement)


def test_a_lost_connection_is_one_clear_error_and_then_opened_again(leader, helper, administrator):
    leader.append([wanted()])
    administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        leader.append([Remember("k", 1)])
    assert caught.value.kind is StoreFailure.UNWRITABLE
    leader.append([Remember("k", 2)])
    assert leader.memo("k").value == 2
    with pytest.raises(StoreError):
        helper.append([Remember("other", 1)])
    assert helper.is_led("run-1"), "who leads a run holds it again"


def test_a_writer_that_waits_too_long_says_so(leader, administrator):
    with administrator.transaction():
        administrator.execute("SELECT pg_advisory_xact_lock(lock_key('writing'))")
        with pytest.raises(StoreError, match="locked") as caught:
            leader.append([a_reservation()], patience=0.05)
    assert caught.value.kind is StoreFailure.LOCKED
    leader.append([a_reservation()], patience=0.05)


def test_a_newer_store_is_refused(leader, address, administrator):
    administrator.execute("UPDATE prompts_store SET version = 99")
    with pytest.raises(StoreError, match="newer version") as caught:
        open_postgres(address)
    assert caught.value.kind is StoreFailure.NEWER


def test_the_schema_of_another_program_is_refused(address, administrator):
    administrator.execute(f"CREATE SCHEMA {address.schema}")
    administrator.execute(f"CREATE TABLE {address.schema}.theirs (x INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        open_postgres(address)


def test_several_processes_make_the_tables_at_once(address):
    async def main():
        return await asyncio.gather(*(asyncio.to_thread(open_postgres, address) for _ in range(4)))

    for store in asyncio.run(main()):
        assert store.runs() == ()
        store.close()


def test_names_that_text_on_the_server_cannot_hold_are_kept(leader):
    (number,) = leader.append([a_reservation(node="qa/\0\udfff")])
    leader.append([Settle(number, EntryState.FAILED, error="said \0"), Remember("k", "half \udfff and \0")])
    (entry,) = leader.entries("run-1")
    assert (entry.node, entry.error) == ("qa/\\x00\\udfff", "said \\x00")
    assert leader.memo("k").value == "half \udfff and \0"


# --- the address


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgresql://me:pw@db:5433/evals?schema=ours", "postgresql://me@db:5433/evals?schema=ours"),
        ("postgres://db/evals", "postgres://db/evals"),
        ("postgresql://m%40e:p%3Aw@db/evals?sslmode=require", "postgresql://m%40e@db/evals?sslmode=require"),
        ("postgresql://db/evals?user=me&password=pw", "postgresql://db/evals?user=me"),
    ],
)
def test_an_address_is_shown_without_its_password(written, shown):
    address = read_address(written)
    assert address.shown == shown
    assert read_address(shown).shown == shown
    assert "pw" not in repr(address)


@pytest.mark.parametrize(
    "written",
    [
        "mysql://me:pw@db/evals",
        "postgresql://me:pw@db",
        "postgresql://me:pw@db:port/evals",
        "postgresql://me:pw@[db/evals",
        "postgresql://me:pw@db/evals?schema=Ours;",
        "postgresql://me:pw@db/evals?pw",
    ],
)
def test_a_mistake_in_an_address_is_told_without_the_password(written):
    with pytest.raises(UsageError) as caught:
        read_address(written)
    assert "pw" not in f"{caught.value}{caught.value.__cause__}"


def test_no_password_is_in_the_error_of_a_server_that_does_not_let_us_in(postgres_url):
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_postgres(read_address(postgres_url.replace(PASSWORD, "wrong-one")))
    assert "wrong-one" not in f"{caught.value}{caught.value.__cause__}"


def test_a_missing_client_library_is_asked_for_by_the_name_of_the_extra(address, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"prompts-lang\[postgres\]"):
        open_postgres(address)
