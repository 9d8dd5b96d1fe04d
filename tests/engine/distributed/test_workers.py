"""Rows in two worker processes, over one store on a real server."""

import asyncio
import os
import pickle
import signal
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest

from prompts_lang.engine.distributed.crew import open_crew
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import Budget, EntryState, RunKind, RunState
from prompts_lang.engine.store.postgres import open_postgres
from prompts_lang.engine.values import ProblemKind, Status
from prompts_lang.errors import FileError, UsageError, WorkerError
from prompts_lang.graph.model import FunctionReference
from tests.engine.build import MODEL, code, graph, llm, row
from tests.engine.distributed.billing import noted
from tests.engine.postgres import PASSWORD

CENT = Decimal("0.01")
MAIN = graph(
    llm("greet", {}, user="the same for all"),
    llm("plan", {"question": "question"}),
    code("tidy", {"text": "plan.out"}, "out = text.upper()"),
    llm("answer", {"plan": "tidy.out", "greeting": "greet.out"}),
    gives={"answer": "answer.out"},
)
ROWS = [row(f"r{number}") for number in range(24)]
CALLS = 1 + 2 * len(ROWS)


async def alone(site, tmp_path, rows=ROWS):
    """What one process makes of the rows, all by itself."""
    async with site.alone(tmp_path / "bill-alone") as session:
        return await session.executor.run_rows(MAIN, rows)


def outputs(runs):
    return [(run.row, run.outputs, run.problem) for run in runs]


async def wait_for(condition):
    while not condition():  # noqa: ASYNC110  of another process
        await asyncio.sleep(0.01)


async def test_two_workers_make_of_rows_what_one_process_makes_and_pay_for_nothing_twice(site, tmp_path):
    events = []
    async with site.session(processes=2) as session:
        runs = await session.executor.run_rows(MAIN, ROWS, on_event=events.append)
        totals = session.account.totals
        entries = session.store.entries(session.run.id)
    single = await alone(site, tmp_path)
    assert outputs(runs) == outputs(single)
    assert [[event.key for event in run.events] for run in runs] == [
        [event.key for event in run.events] for run in single
    ]
    assert {event.key for event in events} == {event.key for run in runs for event in run.events}

    assert len({process for process, _ in noted(site.bill, "asked")}) == 2
    assert Counter(site.asked()).most_common(1)[0][1] == 1, "what all rows ask was asked once"
    assert (totals.calls, totals.cached, totals.usd) == (CALLS, len(ROWS) - 1, CALLS * CENT)
    assert [entry.state for entry in entries] == [EntryState.COMMITTED] * CALLS


async def test_a_second_run_finds_everything_in_the_memo(site):
    async with site.session() as session:
        await session.executor.run_rows(MAIN, ROWS)
    async with site.session() as session:
        runs = await session.executor.run_rows(MAIN, ROWS)
        assert (session.account.totals.calls, session.account.totals.cached) == (0, 3 * len(ROWS))
    assert all(event.cached for run in runs for event in run.events if event.kind == "llm")
    assert len(site.asked()) == CALLS


async def test_a_budget_is_one_for_all_workers(site):
    async with site.session(budget=Budget(calls=15)) as session:
        runs = await session.executor.run_rows(MAIN, ROWS)
        assert (session.account.totals.calls, session.account.remaining().calls) == (15, 0)
    assert len(site.asked()) == 15
    assert {run.problem.kind for run in runs if run.problem is not None} == {ProblemKind.BUDGET}


async def test_calls_in_flight_at_a_model_are_limited_for_all_workers_together(site):
    model = replace(MODEL, concurrency=3)
    narrow = graph(llm("answer", {"question": "question"}, model=model), gives={"answer": "answer.out"})
    async with site.session(seconds=0.1) as session:
        await session.executor.run_rows(narrow, ROWS)
    steps = [line.split("\t")[1] for line in site.bill.read_text().splitlines()]
    in_flight = [steps[: place + 1].count("asked") - steps[: place + 1].count("served") for place in range(len(steps))]
    assert max(in_flight) <= 3, "each of the two workers may have two on its own"


async def test_outputs_can_be_put_in_place_row_by_row(site):
    overrides = {("r1", "plan", ()): {"out": "another plan"}}
    async with site.session() as session:
        runs = await session.executor.run_rows(MAIN, ROWS[:2], overrides=overrides)
    assert "ANOTHER PLAN" in runs[1].outputs["answer"]
    assert "ANOTHER PLAN" not in runs[0].outputs["answer"]


# --- workers that die


async def test_a_worker_killed_in_the_middle_changes_nothing_and_what_it_paid_for_is_not_paid_again(site, tmp_path):
    async with site.session(seconds=0.1) as session:
        running = asyncio.create_task(session.executor.run_rows(MAIN, ROWS))
        await wait_for(lambda: len(noted(site.bill, "served")) > 12)
        victim = noted(site.bill, "served")[-1][0]
        os.kill(victim, signal.SIGKILL)
        runs = await running
        totals = session.account.totals
        entries = session.store.entries(session.run.id)
    assert outputs(runs) == outputs(await alone(site, tmp_path))

    committed = Counter(entry.key for entry in entries if entry.state is EntryState.COMMITTED)
    lost = [entry for entry in entries if entry.state is EntryState.POSSIBLY_SPENT]
    assert len(committed) == CALLS
    assert set(committed.values()) == {1}
    assert len(committed) + len(lost) == len(entries)
    assert Counter(site.asked()).total() - CALLS <= len(lost), "only what was under way was asked again"
    assert (totals.calls, totals.possibly_spent) == (len(entries), len(lost))


async def test_a_row_that_kills_its_worker_is_not_run_and_the_others_are(site):
    poisoned = [row("r0"), row("poison", question="POISON"), row("r1")]
    async with site.session() as session:
        runs = await session.executor.run_rows(MAIN, poisoned)
    assert [run.completed for run in runs] == [True, False, True]
    assert "died" in runs[1].problem.message


async def test_a_run_whose_leader_was_killed_is_resumed_to_the_same_result(site, tmp_path):
    given = (site.program.path, site.address.written, site.bill, site.scheduler)
    leader = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.engine.distributed.dying_leader", *given)
    await wait_for(lambda: len(noted(site.bill, "served")) > 12)
    leader.kill()
    await leader.wait()
    store = open_postgres(site.address)
    await wait_for(lambda: not store.is_led(store.runs()[0].id))
    run = store.runs()[0]
    store.close()

    async with site.session(resume=run.id) as session:
        runs = await session.executor.run_rows(MAIN, ROWS)
        entries = session.store.entries(run.id)
        assert session.account.totals.calls == len(entries)
    assert outputs(runs) == outputs(await alone(site, tmp_path))
    committed = Counter(entry.key for entry in entries if entry.state is EntryState.COMMITTED)
    assert (len(committed), set(committed.values())) == (CALLS, {1})
    lost = sum(entry.state is EntryState.POSSIBLY_SPENT for entry in entries)
    assert len(site.asked()) - CALLS <= lost


# --- runs that are stopped


async def test_a_stopped_run_begins_nothing_new_and_is_resumed(site, tmp_path):
    async with site.session(seconds=0.1) as session:
        running = asyncio.create_task(session.executor.run_rows(MAIN, ROWS))
        await wait_for(lambda: len(noted(site.bill, "served")) > 5)
        session.stop()
        runs = await running
        stopped = session.run.id
    assert {run.problem.kind for run in runs if not run.completed} == {ProblemKind.CANCELLED}
    assert Status.NOT_RUN in {event.status for run in runs for event in run.events}
    assert len(noted(site.bill, "asked")) == len(noted(site.bill, "served")) < CALLS

    async with site.session(resume=stopped) as session:
        again = await session.executor.run_rows(MAIN, ROWS)
        assert (session.account.totals.calls, session.account.totals.cached) == (CALLS, len(ROWS) - 1)
    assert outputs(again) == outputs(await alone(site, tmp_path))
    assert len(site.asked()) == CALLS


async def test_a_cancelled_run_leaves_no_call_open(site):
    async def work():
        async with site.session(seconds=60.0) as session:
            await session.executor.run_rows(MAIN, ROWS)

    running = asyncio.create_task(work())
    await wait_for(lambda: noted(site.bill, "asked"))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with closing(open_postgres(site.address)) as store:
        (run,) = store.runs()
        entries = store.entries(run.id)
    assert run.state is RunState.STOPPED
    # A call that was just being reserved when the end came was not sent, and costs nothing.
    sent = [entry for entry in entries if entry.error != "It was not sent."]
    assert {entry.state for entry in sent} == {EntryState.POSSIBLY_SPENT}
    assert len(sent) >= len(site.asked())


# --- what is missing or wrong


async def test_an_error_after_which_nothing_can_go_on_is_the_leaders_too(site):
    function = FunctionReference(site.program.path.with_name("missing.py"), "tidy")
    node = code("tidy", {"text": "question"}, "")
    broken = graph(replace(node, body=replace(node.body, function=function)), gives={"answer": "tidy.out"})
    async with site.session() as session:
        with pytest.raises(FileError, match=r"missing\.py"):
            await session.executor.run_rows(broken, ROWS)


async def test_workers_that_are_started_here_work_like_others_and_end_with_the_run(site):
    async with site.session(workers="1") as session:
        (run,) = await session.executor.run_rows(MAIN, ROWS[:1])
    assert run.completed
    (worker,) = {process for process, _ in noted(site.bill, "asked")}
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


async def test_workers_want_a_store_that_they_can_share(site):
    async with open_crew(site.scheduler, site.address) as crew:
        with pytest.raises(UsageError, match=r"store = \"postgresql://"):
            async with open_session(site.program, RunKind.RUN, "main", surroundings=Surroundings(workforce=crew)):
                pass


@pytest.mark.parametrize(
    ("where", "error", "said"), [("tcp://127.0.0.1:1", WorkerError, "No workers"), ("many", UsageError, "says nothing")]
)
async def test_workers_that_there_are_not_are_one_clear_error(where, error, said, site, monkeypatch):
    monkeypatch.setattr("prompts_lang.engine.distributed.crew._PATIENCE", 0.5)
    with pytest.raises(error, match=said):
        async with open_crew(where, site.address):
            pass


async def test_a_missing_dask_is_asked_for_by_the_name_of_the_extra(site, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"prompts-lang\[dask\]"):
        async with open_crew("2", site.address):
            pass


async def test_no_password_is_sent_to_workers(site, monkeypatch):
    async with site.session() as session:
        sent = session.executor.prepare(MAIN)._assignment
    assert PASSWORD.encode() not in pickle.dumps(sent)
    assert PASSWORD not in repr(sent)
