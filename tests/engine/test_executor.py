"""What the executor promises, whatever kinds of node a graph is made of."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal

import pytest

from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.store.model import Budget
from prompts_lang.engine.values import EventKey, Origin, ProblemKind, Run, Status
from prompts_lang.errors import FileError, ProviderError, ProviderFailure, StoreError, StoreFailure
from prompts_lang.graph.model import (
    CodeBody,
    Comparison,
    Constant,
    Each,
    FunctionReference,
    Graph,
    IsEmpty,
    Kind,
    Node,
    Not,
    Operand,
    Reference,
    Repeat,
)
from prompts_lang.graph.types import BooleanType, IntegerType, ListType, OptionalType
from tests.engine.build import TEXT, call, code, graph, inputs, llm, ports, reference, row, source


def statuses(run: Run) -> dict[str, Status]:
    return {event.key.path: event.status for event in run.events}


async def run_one(world, graph_: Graph, **settings) -> Run:
    (run,) = await world.executor.run_rows(graph_, [row()], **settings)
    return run


async def test_values_flow_from_the_row_through_the_nodes_to_the_outputs(world):
    plan = llm("plan", {"question": "question"})
    answer = llm("answer", {"question": "question", "query": "plan.out"})
    run = await run_one(world(), graph(plan, answer, gives={"answer": "answer.out"}))
    assert run.outputs == {"answer": "[answer: Q r1 [plan: Q r1]]"}
    assert run.completed
    assert run.problem is None
    assert [event.key.path for event in run.events] == ["plan", "answer"]
    assert run.events[1].origins == {
        "question": (Origin(None, "question"),),
        "query": (Origin(EventKey("r1", "plan"), "out"),),
    }
    assert run.origins == {"answer": (Origin(EventKey("r1", "answer"), "out"),)}


async def test_a_node_starts_when_its_own_inputs_are_there_and_not_later(world):
    order: list[str] = []
    slow = llm("slow", {"question": "question"})
    quick = llm("quick", {"question": "question"})
    after = llm("after", {"quick": "quick.out"})
    end = llm("end", {"slow": "slow.out", "after": "after.out"})
    made = world()
    release = asyncio.Event()
    attempt = made.backend.attempt

    async def gated(request: Request):
        name = request.messages[-1].content.split(":")[0]
        if name == "slow":
            await release.wait()
        if name == "after":
            release.set()
        order.append(name)
        return await attempt(request)

    made.backend.attempt = gated
    await run_one(made, graph(slow, quick, after, end, gives={"answer": "end.out"}))
    assert order == ["quick", "after", "slow", "end"]


async def test_the_trace_is_the_same_whatever_the_timing(world):
    nodes = [llm("n0", {"question": "question"})]
    for number in range(1, 30):
        wiring = {"a": f"n{number // 2}.out", "b": f"n{number // 3}.out"} if number > 1 else {"a": "n0.out"}
        nodes.append(llm(f"n{number}", wiring, user="{{a}}"))
    graph_ = graph(*nodes, gives={"answer": "n29.out"})
    traces = []
    for seed in range(3):
        made = world()
        attempt, dice = made.backend.attempt, random.Random(seed)  # noqa: S311  only the order of things

        async def hesitant(request: Request, attempt=attempt, dice=dice):
            for _ in range(dice.randrange(5)):
                await asyncio.sleep(0)
            return await attempt(request)

        made.backend.attempt = hesitant
        traces.append(await made.executor.run_rows(graph_, [row("a"), row("b")]))
    assert traces[0] == traces[1] == traces[2]
    assert [event.node for event in traces[0][0].events] == [node.name for node in nodes]


async def test_rows_run_side_by_side_and_come_back_in_order(world):
    made = world(rows_at_once=3)
    under_way, most = 0, 0
    attempt = made.backend.attempt

    async def counted(request: Request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return await attempt(request)

    made.backend.attempt = counted
    rows = [row(f"r{number}") for number in range(10)]
    runs = await made.executor.run_rows(graph(llm("n", {"question": "question"}), gives={"answer": "n.out"}), rows)
    assert [run.row for run in runs] == [row.id for row in rows]
    assert most == 3


@pytest.mark.parametrize("length", [1, 1000])
async def test_chains_of_any_length_run(world, length):
    nodes = [llm("n0", {"x": "question"})]
    nodes += [llm(f"n{number}", {"x": f"n{number - 1}.out"}, user="{{x | first 5}}") for number in range(1, length)]
    run = await run_one(world(), graph(*nodes, gives={"answer": f"n{length - 1}.out"}))
    assert len(run.events) == length
    assert run.completed
    assert "answer" in run.outputs


async def test_calls_of_any_depth_run(world):
    inner = graph(llm("n", {"question": "question"}), name="g0", gives={"answer": "n.out"})
    for depth in range(1, 300):
        inner = graph(call("c", {"question": "question"}, inner), name=f"g{depth}", gives={"answer": "c.answer"})
    run = await run_one(world(), inner)
    assert run.outputs == {"answer": "[n: Q r1]"}
    assert len(run.events) == 300


# ---------------------------------------------------------------------------------------------------------- conditions


def skipping(value: str) -> tuple[Node, Node, Node]:
    check = code("check", {"question": "question"}, f"ok = {value}", outputs=ports(ok=BooleanType()))
    repair = llm("repair", {"question": "question"}, when=Not(Operand(reference("check.ok"))))
    use = llm("use", {"answer": "repair.out else check.ok"}, types={"answer": OptionalType(TEXT)}, user="{{answer}}")
    return check, repair, use


async def test_when_decides_whether_a_node_runs_and_else_takes_the_first_that_is_there(world):
    ran = await run_one(world(), graph(*skipping("False"), gives={"answer": "use.out"}))
    assert ran.outputs == {"answer": "[use: [repair: Q r1]]"}
    skipped = await run_one(world(), graph(*skipping("True"), gives={"answer": "use.out"}))
    assert statuses(skipped) == {"check": Status.DONE, "repair": Status.SKIPPED, "use": Status.DONE}
    assert skipped.outputs == {"answer": "[use: true]"}
    assert skipped.events[-1].origins == {"answer": (Origin(EventKey("r1", "check"), "ok"),)}


async def test_what_needs_a_skipped_node_is_blocked_and_the_output_says_why_it_is_absent(world):
    check, repair, _ = skipping("True")
    polish = llm("polish", {"text": "repair.out"})
    run = await run_one(world(), graph(check, repair, polish, gives={"answer": "polish.out"}))
    assert statuses(run) == {"check": Status.DONE, "repair": Status.SKIPPED, "polish": Status.BLOCKED}
    assert run.completed, "an absent output is the graph's fault, and scored"
    assert run.problem is not None
    assert run.problem.kind is ProblemKind.ABSENT
    assert run.problem.message == "'answer' is absent, because node 'repair' was skipped"


async def test_an_optional_input_may_be_absent(world):
    check, repair, _ = skipping("True")
    use = llm("use", {"hint": "repair.out"}, types={"hint": OptionalType(TEXT)}, user="hint<{{hint}}>")
    run = await run_one(world(), graph(check, repair, use, gives={"answer": "use.out"}))
    assert run.outputs == {"answer": "[use: hint<>]"}


async def test_a_failed_node_blames_itself_and_not_an_unrelated_one(world):
    bad = code("bad", {"question": "question"}, "out = 1 / 0")
    other = code("other", {"question": "question"}, "raise RuntimeError('unrelated')")
    use = llm("use", {"text": "bad.out"})
    run = await run_one(world(), graph(other, bad, use, gives={"answer": "use.out"}))
    assert run.problem is not None
    assert run.problem.message == ("'answer' is absent, because node 'bad' failed: ZeroDivisionError: division by zero")
    assert run.problem.detail == "main/bad: exception"


async def test_a_broken_contract_fails_the_node_and_keeps_what_it_said(world):
    contract = Not(IsEmpty(Operand(Reference(None, "out"))))
    node = code("n", {"question": "question"}, "out = ''", ensure=(contract,))
    run = await run_one(world(), graph(node, gives={"answer": "n.out"}))
    (event,) = run.events
    assert event.status is Status.FAILED
    assert event.problem is not None
    assert (event.problem.kind, event.problem.message) == (
        ProblemKind.ENSURE,
        "the contract `out is not empty` does not hold",
    )
    assert event.outputs == {"out": ""}
    assert run.outputs == {}


# ------------------------------------------------------------------------------------------------------- maps and loops


async def test_each_runs_once_per_item_in_order_with_exact_origins(world):
    split = code("split", {"question": "question"}, "items = ['a', 'b', 'c']", outputs=ports(items=ListType(TEXT)))
    work = llm("work", {"item": "item"}, each=Each("item", source("split.items")))
    again = llm("again", {"item": "item"}, each=Each("item", source("work.out")))
    join = code("join", {"parts": "again.out"}, "out = '+'.join(parts)", types={"parts": ListType(TEXT)})
    run = await run_one(world(), graph(split, work, again, join, gives={"answer": "join.out"}))
    expected = "+".join(f"[again: [work: {item}]]" for item in "abc")
    assert run.outputs == {"answer": expected}
    assert [(event.key.path, event.key.iteration) for event in run.events] == [
        ("split", ()),
        *[("work", (number,)) for number in range(3)],
        *[("again", (number,)) for number in range(3)],
        ("join", ()),
    ]
    events = {(event.key.path, event.key.iteration): event for event in run.events}
    assert events["again", (1,)].origins == {"item": (Origin(EventKey("r1", "work", (1,)), "out"),)}
    assert events["work", (2,)].origins == {"item": (Origin(EventKey("r1", "split"), "items"),)}
    assert [origin.event.iteration for origin in events["join", ()].origins["parts"]] == [(0,), (1,), (2,)]


async def test_each_over_an_empty_list_gives_an_empty_list(world):
    split = code("split", {"question": "question"}, "items = []", outputs=ports(items=ListType(TEXT)))
    work = llm("work", {"item": "item"}, each=Each("item", source("split.items")))
    join = code("join", {"parts": "work.out"}, "out = str(len(parts))", types={"parts": ListType(TEXT)})
    run = await run_one(world(), graph(split, work, join, gives={"answer": "join.out"}))
    assert run.outputs == {"answer": "0"}
    assert run.events[-1].origins == {"parts": (Origin(EventKey("r1", "split"), "items"),)}


async def test_a_map_with_a_failed_item_has_no_list(world):
    split = code("split", {"question": "question"}, "items = ['1', 'x']", outputs=ports(items=ListType(TEXT)))
    work = code("work", {"item": "item"}, "out = str(int(item))", each=Each("item", source("split.items")))
    join = code("join", {"parts": "work.out"}, "out = 'joined'", types={"parts": ListType(TEXT)})
    run = await run_one(world(), graph(split, work, join, gives={"answer": "join.out"}))
    assert [event.status for event in run.events] == [Status.DONE, Status.DONE, Status.FAILED, Status.BLOCKED]


def counting(limit: int, at_most: int, **properties) -> Graph:
    step = code(
        "step",
        {"n": "n"},
        f"m = n + 1; done = m >= {limit}",
        types={"n": IntegerType()},
        outputs=ports(m=IntegerType(), done=BooleanType()),
    )
    inner = Graph(
        "count",
        graph(gives={}).file,
        ports(n=IntegerType()),
        tuple(
            graph(gives={name: place}, type_=type_).outputs[0]
            for name, place, type_ in (("n", "step.m", IntegerType()), ("done", "step.done", BooleanType()))
        ),
        (step,),
    )
    repeat = Repeat(Operand(Reference(None, "done")), at_most)
    loop = call("loop", {"n": "start"}, inner, repeat=repeat, types={"n": IntegerType()}, **properties)
    return graph(loop, takes=ports(start=IntegerType()), gives={"answer": "loop.n"}, type_=IntegerType())


async def test_a_loop_feeds_its_outputs_back_until_the_condition_holds(world):
    (run,) = await world().executor.run_rows(counting(3, at_most=5), [row(start=0)])
    assert run.outputs == {"answer": 3}
    assert [(event.key.path, event.key.iteration) for event in run.events] == [
        ("loop/step", (0,)),
        ("loop", (0,)),
        ("loop/step", (1,)),
        ("loop", (1,)),
        ("loop/step", (2,)),
        ("loop", (2,)),
    ]
    second = run.events[3]
    assert second.inputs == {"n": 1}
    assert second.origins == {"n": (Origin(EventKey("r1", "loop", (0,)), "n"),)}
    assert second.output_origins["n"] == (Origin(EventKey("r1", "loop/step", (1,)), "m"),)
    assert run.origins == {"answer": (Origin(EventKey("r1", "loop", (2,)), "n"),)}


async def test_a_loop_ends_at_its_bound_and_hands_on_what_it_has(world):
    (run,) = await world().executor.run_rows(counting(99, at_most=4), [row(start=0)])
    assert run.outputs == {"answer": 4}


async def test_the_contract_of_a_loop_is_about_its_last_round(world):
    contract = Comparison(">=", Operand(Reference(None, "n")), Constant(3))
    (run,) = await world().executor.run_rows(counting(3, 5, ensure=(contract,)), [row(start=0)])
    assert run.outputs == {"answer": 3}
    (run,) = await world().executor.run_rows(counting(3, 2, ensure=(contract,)), [row(start=0)])
    assert run.events[-1].status is Status.FAILED


# ------------------------------------------------------------------------------------------------------------ remembering


async def test_the_same_content_is_paid_for_once(world):
    made = world()
    graph_ = graph(llm("n", {"question": "question"}), gives={"answer": "n.out"})
    first, twin = await made.executor.run_rows(graph_, [row("a", question="same"), row("b", question="same")])
    assert len(made.backend.requests) == 1
    assert sorted([first.events[0].cached, twin.events[0].cached]) == [False, True]
    assert first.events[0].memo_key == twin.events[0].memo_key
    assert first.cost.calls + twin.cost.calls == 1


async def test_a_replica_is_another_draw(world):
    made = world()
    graph_ = graph(llm("n", {"question": "question"}), gives={"answer": "n.out"})
    first = await run_one(made, graph_)
    second = await run_one(made, graph_, replica=1)
    assert len(made.backend.requests) == 2
    assert (first.events[0].key.replica, second.events[0].key.replica) == (0, 1)


async def test_a_candidate_whose_new_text_changes_no_output_pays_for_that_node_alone(world):
    made = world()
    made.backend.answer = lambda request: request.messages[-1].content.partition(":")[0]

    def candidate(text: str) -> Graph:
        plan, side = llm("plan", {"question": "question"}, system=text), llm("side", {"question": "question"})
        answer = llm("answer", {"plan": "plan.out", "side": "side.out"})
        return graph(plan, side, answer, gives={"answer": "answer.out"})

    first = await run_one(made, candidate("Plan."))
    made.backend.requests.clear()
    second = await run_one(made, candidate("Plan ahead."))
    assert made.asked == ["plan: Q r1"]
    assert second.outputs == first.outputs
    assert [event.cached for event in second.events] == [False, True, True]


async def test_code_is_run_once_for_the_same_arguments_and_again_when_it_changes(world):
    made = world()
    for text in ("out = question.upper()", "out = question.upper()", "out = question.lower()"):
        run = await run_one(made, graph(code("n", {"question": "question"}, text), gives={"answer": "n.out"}))
    assert len(made.sandbox.calls) == 2
    assert run.outputs == {"answer": "q r1"}


# ----------------------------------------------------------------------------------------------------------------- replay


async def test_an_override_stands_in_for_a_node_and_only_its_descendants_run_anew(world):
    made = world()
    plan = llm("plan", {"question": "question"})
    side = llm("side", {"question": "question"})
    answer = llm("answer", {"query": "plan.out", "side": "side.out"})
    graph_ = graph(plan, side, answer, gives={"answer": "answer.out"})
    await run_one(made, graph_)
    made.backend.requests.clear()
    run = await run_one(made, graph_, overrides={("r1", "plan", ()): {"out": "better"}})
    assert made.asked == ["answer: better [side: Q r1]"]
    assert run.events[0].outputs == {"out": "better"}
    assert run.events[0].inputs == {"question": "Q r1"}


async def test_an_override_reaches_inside_of_calls_loops_and_maps(world):
    made = world()
    inner = graph(llm("n", {"question": "question"}), name="inner", gives={"answer": "n.out"})
    split = code("split", {"question": "question"}, "items = ['a', 'b']", outputs=ports(items=ListType(TEXT)))
    each = call("each", {"question": "item"}, inner, each=Each("item", source("split.items")))
    join = code("join", {"parts": "each.answer"}, "out = '+'.join(parts)", types={"parts": ListType(TEXT)})
    graph_ = graph(split, each, join, gives={"answer": "join.out"})
    run = await run_one(made, graph_, overrides={("r1", "each/n", (1,)): {"out": "B"}})
    assert run.outputs == {"answer": "[n: a]+B"}
    run = await run_one(made, graph_, overrides={("r1", "each", ()): {"answer": ["x", "y"]}})
    assert run.outputs == {"answer": "x+y"}


async def test_an_override_takes_the_place_of_a_node_that_was_skipped_or_failed(world):
    bad = code("bad", {"question": "question"}, "out = 1 / 0")
    use = llm("use", {"text": "bad.out"})
    graph_ = graph(bad, use, gives={"answer": "use.out"})
    run = await run_one(world(), graph_, overrides={("r1", "bad", ()): {"out": "good"}})
    assert run.outputs == {"answer": "[use: good]"}


# ----------------------------------------------------------------------------------------------------- what is not scored


async def test_a_provider_error_is_never_the_graphs_fault_and_ends_the_row(world):
    def answer(request: Request):
        if "Q b" in request.messages[-1].content:
            return ProviderError("The server is down.", kind=ProviderFailure.SERVER)
        return "fine"

    made = world(answer)
    first = llm("first", {"question": "question"})
    second = llm("second", {"first": "first.out"})
    graph_ = graph(first, second, gives={"answer": "second.out"})
    good, bad = await made.executor.run_rows(graph_, [row("a"), row("b")])
    assert good.completed
    assert not bad.completed
    assert bad.problem is not None
    assert bad.problem.kind is ProblemKind.PROVIDER
    assert bad.problem.message == "first: The server is down."
    assert [(event.node, event.status) for event in bad.events] == [("first", Status.NOT_RUN)]


async def test_a_provider_error_inside_of_a_call_ends_the_row_too(world):
    made = world(lambda request: ProviderError("Down.", kind=ProviderFailure.SERVER))
    inner = graph(llm("n", {"question": "question"}), name="inner", gives={"answer": "n.out"})
    outer = call("outer", {"question": "question"}, inner)
    fallback = llm("fallback", {"question": "question"})
    graph_ = graph(outer, fallback, gives={"answer": "outer.answer else fallback.out"})
    run = await run_one(made, graph_)
    assert not run.completed
    assert run.outputs == {}
    assert statuses(run)["outer"] is Status.NOT_RUN


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(ProviderFailure.REFUSED, ProblemKind.REFUSAL), (ProviderFailure.CONTEXT, ProblemKind.CONTEXT)],
)
async def test_what_the_prompt_itself_causes_is_scored(world, failure, kind):
    made = world(lambda request: ProviderError("No.", kind=failure))
    run = await run_one(made, graph(llm("n", {"question": "question"}), gives={"answer": "n.out"}))
    assert run.completed
    assert run.events[0].status is Status.FAILED
    assert run.events[0].problem is not None
    assert run.events[0].problem.kind is kind


async def test_an_exhausted_budget_keeps_what_was_reached(world):
    made = world(budget=Budget(calls=2))
    graph_ = graph(llm("n", {"question": "question"}), gives={"answer": "n.out"})
    runs = await made.executor.run_rows(graph_, [row(f"r{number}") for number in range(5)])
    assert sum(run.completed for run in runs) == 2
    assert {run.problem.kind for run in runs if run.problem} == {ProblemKind.BUDGET}
    assert made.account.totals.usd == Decimal("0.02")


async def test_stopping_softly_begins_nothing_new(world):
    made = world(rows_at_once=1)
    first = llm("first", {"question": "question"})
    second = llm("second", {"first": "first.out"})
    graph_ = graph(first, second, gives={"answer": "second.out"})
    runs = await made.executor.run_rows(
        graph_,
        [row("a"), row("b"), row("c")],
        on_event=lambda event: made.executor.cancellation.request() if event.key.row == "b" else None,
    )
    assert [run.completed for run in runs] == [True, False, False]
    assert len(made.backend.requests) == 3
    assert runs[1].problem is not None
    assert runs[1].problem.kind is ProblemKind.CANCELLED


async def test_cancelling_the_task_ends_everything_under_way(world):
    made = world()
    begun = asyncio.Event()

    async def stuck(request: Request):
        begun.set()
        await asyncio.Event().wait()

    made.backend.attempt = stuck
    graph_ = graph(llm("n", {"question": "question"}), gives={"answer": "n.out"})
    task = asyncio.create_task(made.executor.run_rows(graph_, [row("a"), row("b")]))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_row_that_does_not_fit_is_reported_and_the_others_run(world):
    graph_ = graph(
        code("n", {"n": "count"}, "out = str(n)", types={"n": IntegerType()}),
        takes=ports(count=IntegerType()),
        gives={"answer": "n.out"},
    )
    rows = [row("a", count=3), row("b", count="4"), row("c", count="many"), row("d", other=1)]
    runs = await world().executor.run_rows(graph_, rows)
    assert [run.outputs.get("answer") for run in runs] == ["3", "4", None, None]
    assert [run.completed for run in runs] == [True, True, False, False]
    assert [run.problem.message for run in runs if run.problem] == [
        "graph 'main' cannot take it: 'count' must be an integer, not \"many\"",
        "graph 'main' needs 'count' (integer), and there is none",
    ]


async def test_a_file_that_is_missing_is_an_error_before_anything_is_paid_for(world, tmp_path):
    made = world()
    first = llm("first", {"question": "question"})
    body = CodeBody(FunctionReference(tmp_path / "gone.py", "check"), None)
    check = Node("check", Kind.CODE, inputs({"text": "first.out"}), ports(out=TEXT), body)
    inner = graph(first, check, name="inner", gives={"answer": "check.out"})
    graph_ = graph(call("c", {"question": "question"}, inner), gives={"answer": "c.answer"})
    with pytest.raises(FileError, match=r"gone\.py"):
        await made.executor.run_rows(graph_, [row("a"), row("b")])
    assert made.backend.requests == []


async def test_a_store_that_does_not_work_ends_the_run_as_itself(world):
    made = world()

    async def broken(*_, **__):
        raise StoreError("The disk is full.", kind=StoreFailure.FULL)

    made.executor.services.caller.complete = broken
    inner = graph(llm("n", {"question": "question"}), name="inner", gives={"answer": "n.out"})
    graph_ = graph(call("c", {"question": "question"}, inner), gives={"answer": "c.answer"})
    with pytest.raises(StoreError, match="The disk is full"):
        await made.executor.run_rows(graph_, [row("a"), row("b")])
