"""A session from its opening to its record, and what an evaluation says."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest

from prompts_lang.data.splitting import Split
from prompts_lang.engine.evaluate import Progress, evaluate
from prompts_lang.engine.objective import Objective, choose_graph, choose_objective
from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.records import event_json, read_event
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import Budget, RunKind, RunState
from prompts_lang.engine.store.sqlite import memory_store, open_store
from prompts_lang.engine.values import Event
from prompts_lang.errors import DataError, ProviderError, ProviderFailure, UsageError
from prompts_lang.graph.model import (
    BuiltinMetric,
    Corpus,
    Dataset,
    Graph,
    Metric,
    Model,
    Optimization,
    Program,
    SplitByColumn,
    SplitByRatio,
)
from prompts_lang.graph.types import ListType
from tests.engine.build import FILE, TEXT, call, graph, llm, retrieve
from tests.engine.fakes import FakeBackend, InProcess

ROWS = tuple(
    {"id": f"q{number}", "question": f"{number}", "answer": f"[n: {number}]" if number % 2 else "?", "part": part}
    for number, part in enumerate(["test"] * 6 + ["train"] * 2)
)
DATASET = Dataset("numbers", None, ("answer",), SplitByColumn("part"), ROWS)
METRIC = Metric("score", ("answer", "expected"), BuiltinMetric("exact"))
GRAPH = graph(llm("n", {"question": "question"}), gives={"answer": "n.out"})
OBJECTIVE = Objective(GRAPH, DATASET, METRIC)


def program(path: Path = FILE, *graphs: Graph, **parts) -> Program:
    return Program(path, {found.name: found for found in graphs or (GRAPH,)}, **parts)


def surroundings(backend: FakeBackend, store=None) -> Surroundings:
    return Surroundings(backend, InProcess(), store or memory_store(), environ={})


def echo(request: Request) -> str:
    return f"[{request.messages[-1].content}]"


async def evaluated(backend: FakeBackend, store=None, *, budget: Budget = Budget(), **options):  # noqa: B008
    async with open_session(
        program(), RunKind.EVAL, "main", budget=budget, surroundings=surroundings(backend, store)
    ) as session:
        return await evaluate(session, OBJECTIVE, **options)


async def test_an_evaluation_says_what_eval_prints():
    found = await evaluated(FakeBackend(echo))
    printed = found.to_json()
    assert printed.pop("seconds") >= 0
    interval = printed.pop("interval")
    assert interval == pytest.approx([0.1876, 0.8124], abs=1e-4)
    assert printed == {
        "graph": "main",
        "dataset": "numbers",
        "split": "test",
        "rows": 6,
        "scored": 6,
        "not_run": 0,
        "score": 0.5,
        "recall": None,
        "calls": 6,
        "cached": 0,
        "usd": 0.06,
        "tokens": 72,
    }
    assert [outcome.score.row for outcome in found.outcomes] == ["q0", "q1", "q2", "q3", "q4", "q5"]


@pytest.mark.parametrize("hold_events", [True, False])
async def test_recall_is_the_mean_over_the_rows_that_name_gold_passages(tmp_path, hold_events):
    path = tmp_path / "wiki.jsonl"
    texts = {"cat": "A cat purrs.", "dog": "A dog barks.", "sun": "The sun shines."}
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()))
    find = retrieve("find", {"question": "question"}, Corpus("wiki", str(path)), "{{question}}", type_=ListType(TEXT))
    reply = llm("n", {"passages": "find.passages"}, types={"passages": ListType(TEXT)})
    searching = graph(find, reply, gives={"answer": "n.out"})
    rows = (
        {"question": "purrs", "answer": "?", "gold": ["cat", "dog"]},
        {"question": "shines", "answer": "?", "gold": "sun"},
        {"question": "barks", "answer": "?"},
    )
    objective = Objective(searching, Dataset("rows", None, ("answer",), SplitByRatio(0, 0, 100), rows), METRIC)
    backend = FakeBackend(echo)
    async with open_session(
        program(FILE, searching), RunKind.EVAL, "main", surroundings=surroundings(backend)
    ) as session:
        found = await evaluate(session, objective, hold_events=hold_events)
    assert [outcome.recall for outcome in found.outcomes] == [0.5, 1.0, None]
    assert found.recall == found.to_json()["recall"] == 0.75


async def test_a_second_evaluation_costs_nothing_and_says_the_same():
    backend, store = FakeBackend(echo), memory_store()
    first = await evaluated(backend, store)
    second = await evaluated(backend, store)
    assert (second.used.calls, second.used.cached, second.usd) == (0, 6, Decimal(0))
    assert second.score == first.score
    assert len(backend.requests) == 6


async def test_rows_that_could_not_be_run_are_counted_and_named_but_not_scored():
    def answer(request: Request):
        down = request.messages[-1].content in {"n: 1", "n: 3"}
        return ProviderError("Down.", kind=ProviderFailure.AUTH) if down else echo(request)

    found = await evaluated(FakeBackend(answer))
    assert (found.rows, found.summary.count, found.not_run) == (6, 4, 2)
    assert found.score == 0.25
    assert [(problem.message, count) for problem, count in found.problems] == [("n: Down.", 2)]


async def test_each_row_has_its_verdict_for_the_store():
    def answer(request: Request):
        down = request.messages[-1].content == "n: 3"
        return ProviderError("Down.", kind=ProviderFailure.AUTH) if down else echo(request)

    verdicts = (await evaluated(FakeBackend(answer))).row_scores()
    assert [verdict["row"] for verdict in verdicts] == [f"q{number}" for number in range(6)]
    assert [verdict["score"] for verdict in verdicts] == [0.0, 1.0, 0.0, None, 0.0, 1.0]
    assert [verdict["problem"] for verdict in verdicts] == ["", "", "", "n: Down.", "", ""]


async def test_a_budget_ends_an_evaluation_with_what_was_reached():
    found = await evaluated(FakeBackend(echo), budget=Budget(calls=4))
    assert (found.summary.count, found.not_run, found.used.calls) == (4, 2, 4)


async def test_repeats_are_draws_of_their_own_and_averaged_by_row():
    def answer(request: Request) -> str:
        return echo(request) if request.replica == 0 else "?"

    backend = FakeBackend(answer)
    found = await evaluated(backend, repeat=2)
    assert len(backend.requests) == 12
    assert (found.summary.count, found.score) == (6, 0.5)
    assert {outcome.run.events[0].key.replica for outcome in found.outcomes} == {0, 1}


async def test_rows_and_splits_can_be_chosen_and_progress_is_told():
    seen: list[Progress] = []
    found = await evaluated(FakeBackend(echo), split=None, rows=7, on_progress=seen.append)
    assert (found.rows, found.split) == (7, None)
    assert [progress.done for progress in seen] == list(range(1, 8))
    assert seen[-1].total == 7
    assert seen[-1].score == found.score


async def test_an_empty_split_says_what_there_is():
    with pytest.raises(DataError, match=r"no rows in the split 'validation'.*It has 2 train, 0 validation, 6 test"):
        await evaluated(FakeBackend(echo), split=Split.VALIDATION)


async def test_a_metric_that_reads_what_there_is_not_is_an_error_before_anything_is_paid_for():
    backend = FakeBackend(echo)
    metric = Metric("score", ("answer", "reference"), BuiltinMetric("exact"))
    async with open_session(program(), RunKind.EVAL, "main", surroundings=surroundings(backend)) as session:
        with pytest.raises(DataError, match="The metric 'score' reads 'reference', which row 'q0' does not have"):
            await evaluate(session, Objective(GRAPH, DATASET, metric))
    assert backend.requests == []


async def test_events_can_be_told_and_kept_without_being_held():
    told: list[Event] = []
    store = memory_store()
    found = await evaluated(FakeBackend(echo), store, hold_events=False, on_event=told.append)
    assert {outcome.run.events for outcome in found.outcomes} == {()}
    assert all(outcome.run.completed for outcome in found.outcomes)
    assert len(told) == 6
    (run,) = store.runs()
    assert len(store.events(run.id)) == 6


async def test_a_row_that_does_not_fit_is_named_with_its_line(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "question": "x", "answer": "y"}\n{"id": "b", "question": 3, "answer": "y"}\n')
    dataset = Dataset("rows", path, ("answer",), SplitByRatio(0, 0, 1))
    async with open_session(program(), RunKind.EVAL, "main", surroundings=surroundings(FakeBackend(echo))) as session:
        found = await evaluate(session, Objective(GRAPH, dataset, METRIC))
    ((problem, count),) = found.problems
    assert count == 1
    assert problem.message == f"{path}:2: graph 'main' cannot take it: 'question' must be a text, not 3"


async def test_a_metric_to_be_minimised_is_reported_as_it_is():
    async with open_session(
        program(), RunKind.EVAL, "main", surroundings=surroundings(FakeBackend(lambda request: "wrong"))
    ) as session:
        found = await evaluate(session, Objective(GRAPH, DATASET, METRIC, maximize=False))
    assert found.score == 0
    assert {outcome.score.value for outcome in found.outcomes} == {1}


# ---------------------------------------------------------------------------------------------------------------- session


async def test_the_store_knows_how_a_run_went(tmp_path):
    path = tmp_path / "qa.prompt"
    given = Surroundings(FakeBackend(echo), InProcess(), environ={})
    async with open_session(program(path), RunKind.EVAL, "main", seed=3, surroundings=given) as session:
        found = await evaluate(session, OBJECTIVE)
        session.report = found.to_json()
    store = open_store(tmp_path)
    (run,) = store.runs()
    assert (run.file, run.graph, run.kind, run.state, run.seed) == ("qa.prompt", "main", "eval", RunState.DONE, 3)
    assert run.report["score"] == 0.5
    kept = [read_event(json.loads(json.dumps(event.body))) for event in store.events(run.id)]
    assert sorted(kept, key=lambda event: event.key) == sorted(
        (event for outcome in found.outcomes for event in outcome.run.events), key=lambda event: event.key
    )
    store.close()


async def test_a_run_that_is_stopped_or_fails_is_booked_as_such():
    store = memory_store()

    async def states(leave) -> RunState:
        try:
            async with open_session(
                program(), RunKind.RUN, "main", surroundings=surroundings(FakeBackend(echo), store)
            ) as session:
                leave(session)
        except (asyncio.CancelledError, ZeroDivisionError):
            pass
        return store.runs()[0].state if len(store.runs()) == 1 else store.run(session.run.id).state

    def cancelled(_):
        raise asyncio.CancelledError

    assert await states(lambda session: None) is RunState.DONE
    assert await states(lambda session: session.stop()) is RunState.STOPPED
    assert await states(cancelled) is RunState.STOPPED
    assert await states(lambda _: 1 / 0) is RunState.FAILED


async def test_stopping_sends_nothing_more_even_where_calls_wait_for_their_turn():
    backend = FakeBackend(echo)
    async with open_session(program(), RunKind.EVAL, "main", surroundings=surroundings(backend)) as session:
        attempt = backend.attempt

        async def stopping(request: Request):
            session.stop()
            return await attempt(request)

        backend.attempt = stopping
        narrow = llm("n", {"question": "question"}, model=Model("student", "fake/student", concurrency=1))
        found = await evaluate(session, OBJECTIVE, graph=graph(narrow, gives={"answer": "n.out"}))
    assert len(backend.requests) == found.summary.count
    assert found.summary.count < 6
    assert {problem.kind for problem, _ in found.problems} == {"cancelled"}


def test_an_event_that_says_little_reads_back_as_one():
    bare = read_event(
        event_json(read_event({"row": "r", "path": "p", "graph": "g", "node": "n", "kind": "llm", "status": "done"}))
    )
    assert (bare.inputs, bare.cost.calls, bare.problem) == ({}, 0, None)


# -------------------------------------------------------------------------------------------------------------- objective

OTHER = graph(call("c", {"question": "question"}, GRAPH), name="other", gives={"answer": "c.answer"})
BLOCK = Optimization("other", "numbers", "score")
PARTS = {"datasets": {"numbers": DATASET}, "metrics": {"score": METRIC}}


def test_the_only_graph_dataset_and_metric_need_no_name():
    found = choose_objective(program(**PARTS))
    assert (found.graph, found.dataset, found.metric, found.optimization) == (GRAPH, DATASET, METRIC, None)


def test_an_optimize_block_says_what_is_meant():
    made = program(FILE, GRAPH, OTHER, optimizations=(BLOCK,), **PARTS)
    assert choose_objective(made).graph is OTHER
    assert choose_objective(made).optimization is BLOCK
    assert choose_objective(made, "main").optimization is None


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (
            lambda: choose_graph(program(FILE, GRAPH, OTHER)),
            "several graphs: main, other. Say which, as in test.prompt:main",
        ),
        (lambda: choose_graph(program(), "absent"), "no graph 'absent'. It has: main."),
        (lambda: choose_objective(program()), "no dataset, so graph 'main' cannot be measured"),
        (lambda: choose_objective(program(**PARTS), metric="absent"), "no metric 'absent'. It has: score."),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(choose, message):
    with pytest.raises(UsageError) as caught:
        choose()
    assert message in str(caught.value)
