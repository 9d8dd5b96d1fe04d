"""The walk: what it visits, in which order, what it costs, and where it ends."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hand_built import Script, call, code, event, graph, key, llm, origin, reads, retrieve, run_of, tape_of

from prompts_lang.autodiff.backward import backward, waves
from prompts_lang.autodiff.free_blame import missed_gold
from prompts_lang.autodiff.message import Proof, Verdict
from prompts_lang.autodiff.places import Places
from prompts_lang.autodiff.tape import Case, Tape
from prompts_lang.engine.values import Problem, ProblemKind, Status
from prompts_lang.graph.model import Comparison, Constant, IsEmpty, Not, Operand, Reference, Repeat, SlotId, operands_of


def chain_tape(length: int, row: str = "r1"):
    nodes = [llm(f"n{i}", **({"before": f"n{i - 1}.out"} if i else {"question": "question"})) for i in range(length)]
    top = graph("g", nodes, answer=f"n{length - 1}.out")
    events = [
        event(
            each,
            row=row,
            origins={"before": (origin(f"n{i - 1}.out", row=row),)} if i else {"question": (origin("question"),)},
        )
        for i, each in enumerate(nodes)
    ]
    return tape_of(top, run_of(top, events, row=row, answer=origin(f"n{length - 1}.out", row=row)))


async def test_blame_travels_from_the_output_to_the_slot_that_the_critic_names():
    critic = Script({"n0": {"slot:system": "causes"}})
    found = await backward([chain_tape(3)], critic)
    assert critic.judged == ["n2", "n1", "n0"]
    assert [(str(each.target), each.verdict) for each in found] == [("g/n0/system", Verdict.CAUSES)]


async def test_a_verdict_of_none_ends_the_descent():
    critic = Script({"n2": {"slot:system": "none", "input:before": "none"}})
    assert await backward([chain_tape(3)], critic) == ()
    assert critic.judged == ["n2"]


async def test_siblings_and_exemplars_of_a_node_are_judged_in_one_call():
    a, b, reply = (
        llm("a", question="question"),
        llm("b", question="question"),
        llm("reply", left="a.out", right="b.out"),
    )
    top = graph("g", [a, b, reply], answer="reply.out")

    def tape(row: str):
        events = [
            event(a, row=row, origins={"question": (origin("question"),)}),
            event(b, row=row, origins={"question": (origin("question"),)}),
            event(reply, row=row, origins={"left": (origin("a.out", row=row),), "right": (origin("b.out", row=row),)}),
        ]
        return tape_of(top, run_of(top, events, row=row, answer=origin("reply.out", row=row)))

    critic = Script()
    await backward([tape("r1"), tape("r2"), tape("r3")], critic)
    assert sorted(critic.judged) == ["a", "b", "reply"]
    assert [len(station.visits) for station in critic.seen] == [3, 3, 3]
    assert critic.seen[0].inputs == ("left", "right")


async def test_frozen_nodes_and_nodes_off_the_path_cost_nothing():
    aside = llm("aside", question="question")
    frozen = llm("frozen", learn=False, question="question")
    plan = llm("plan", question="question")
    reply = llm("reply", hint="plan.out", fact="frozen.out")
    top = graph("g", [aside, frozen, plan, reply], answer="reply.out")
    events = [
        event(aside, origins={"question": (origin("question"),)}),
        event(frozen, origins={"question": (origin("question"),)}),
        event(plan, origins={"question": (origin("question"),)}),
        event(reply, origins={"hint": (origin("plan.out"),), "fact": (origin("frozen.out"),)}),
    ]
    critic = Script()
    await backward([tape_of(top, run_of(top, events, answer=origin("reply.out")))], critic)
    assert critic.judged == ["reply", "plan"]
    assert critic.seen[0].inputs == ("hint",)


async def test_functional_nodes_pass_blame_through_without_a_call():
    plan = llm("plan", question="question")
    search = retrieve("search", learn=False, query="plan.out")
    clean = code("clean", passages="search.passages")
    top = graph("g", [plan, search, clean], answer="clean.out")
    events = [
        event(plan, origins={"question": (origin("question"),)}),
        event(search, origins={"query": (origin("plan.out"),)}),
        event(clean, origins={"passages": (origin("search.passages"),)}),
    ]
    critic = Script({"plan": {"slot:system": "causes"}})
    found = await backward([tape_of(top, run_of(top, events, answer=origin("clean.out")))], critic)
    assert critic.judged == ["plan"]
    assert [str(each.target) for each in found] == ["g/plan/system"]


async def test_a_joined_text_passes_blame_to_the_part_that_holds_the_quoted_words():
    a, b, join = llm("a", question="question"), llm("b", question="question"), code("join", left="a.out", right="b.out")
    reply = llm("reply", both="join.out")
    top = graph("g", [a, b, join, reply], answer="reply.out")
    events = [
        event(a, origins={"question": (origin("question"),)}),
        event(b, origins={"question": (origin("question"),)}),
        event(
            join,
            origins={"left": (origin("a.out"),), "right": (origin("b.out"),)},
            inputs={"left": "good words", "right": "stale words"},
        ),
        event(reply, origins={"both": (origin("join.out"),)}),
    ]

    class Quoting(Script):
        async def judge(self, station):
            return tuple(replace(each, quote="stale") for each in await super().judge(station))

    critic = Quoting()
    await backward([tape_of(top, run_of(top, events, answer=origin("reply.out")))], critic)
    assert critic.judged == ["reply", "b"]


async def test_the_slot_of_a_graph_that_is_called_is_reached_through_the_call():
    hop = llm("hop", query="query")
    inner = graph("search", [hop], inputs=("query",), found="hop.out")
    plan, second, reply = (
        llm("plan", question="question"),
        call("second", inner, query="plan.out"),
        llm("reply", facts="second.found"),
    )
    top = graph("g", [plan, second, reply], answer="reply.out")
    events = [
        event(plan, origins={"question": (origin("question"),)}),
        event(hop, "second/hop", of="search", origins={"query": (origin("query"),)}),
        event(second, origins={"query": (origin("plan.out"),)}, output_origins={"found": (origin("second/hop.out"),)}),
        event(reply, origins={"facts": (origin("second.found"),)}),
    ]
    critic = Script()
    await backward([tape_of(top, run_of(top, events, answer=origin("reply.out")))], critic)
    assert critic.judged == ["reply", "second/hop", "plan"]
    blamed = await backward(
        [tape_of(top, run_of(top, events, answer=origin("reply.out")))], Script({"hop": {"slot:system": "causes"}})
    )
    assert [str(each.target) for each in blamed] == ["search/hop/system"]


async def test_the_rounds_of_a_loop_are_judged_in_one_call_in_their_order():
    step = llm("step", draft="draft")
    inner = graph("refine", [step], inputs=("draft",), draft="step.out")
    until = IsEmpty(Operand(Reference(None, "draft")))
    first, loop = llm("first", question="question"), call("loop", inner, repeat=Repeat(until, 4), draft="first.out")
    top = graph("g", [first, loop], answer="loop.draft")
    events = [event(first, origins={"question": (origin("question"),)})]
    for number in range(3):
        events.append(event(step, "loop/step", number, of="refine", origins={"draft": (origin("draft"),)}))
        before = origin("loop.draft", number - 1) if number else origin("first.out")
        events.append(
            event(
                loop,
                None,
                number,
                origins={"draft": (before,)},
                output_origins={"draft": (origin("loop/step.out", number),)},
            )
        )
    critic = Script()
    await backward([tape_of(top, run_of(top, events, answer=origin("loop.draft", 2)))], critic)
    assert critic.judged == ["loop/step", "first"]
    assert [visit.event.key.iteration for visit in critic.seen[0].visits] == [(0,), (1,), (2,)]


async def test_a_skipped_node_passes_blame_to_what_its_condition_reads():
    route = llm("route", question="question")
    condition = Comparison("==", Operand(Reference("route", "out")), Constant("long"))
    long = replace(llm("long", question="question"), when=condition)
    top = graph("g", [route, long], answer="long.out")
    events = [event(route, origins={"question": (origin("question"),)}), event(long, status=Status.SKIPPED)]
    critic = Script({"route": {"slot:system": "causes"}})
    found = await backward([tape_of(top, run_of(top, events))], critic)
    assert critic.judged == ["route"]
    assert [str(each.target) for each in found] == ["g/route/system"]


async def test_a_blocked_node_passes_blame_to_what_should_have_given_its_input():
    plan, use = llm("plan", question="question"), llm("use", learn=False, hint="plan.out")
    top = graph("g", [plan, use], answer="use.out")
    problem = Problem(ProblemKind.SCHEMA, "The reply has no field 'query'.")
    events = [
        event(plan, status=Status.FAILED, problem=problem, origins={"question": (origin("question"),)}),
        event(use, status=Status.BLOCKED, inputs={}),
    ]
    critic = Script()
    found = await backward([tape_of(top, run_of(top, events))], critic)
    assert critic.judged == []
    assert [(str(each.target), each.proof) for each in found] == [("g/plan/system", Proof.FREE)]
    assert "no field 'query'" in found[0].critique


async def test_an_exception_in_code_is_blamed_on_what_the_code_was_given_without_asking_about_the_code():
    write, test = llm("write", question="question"), code("test", program="write.out")
    top = graph("g", [write, test], log="test.out")
    problem = Problem(ProblemKind.EXCEPTION, "NameError: name 'x' is not defined.")
    events = [
        event(write, origins={"question": (origin("question"),)}),
        event(test, status=Status.FAILED, problem=problem, origins={"program": (origin("write.out"),)}),
    ]
    critic = Script({"write": {"slot:system": "causes"}})
    await backward([tape_of(top, run_of(top, events))], critic)
    assert critic.judged == ["write"]
    (message,) = critic.seen[0].visits[0].messages
    assert message.proof is Proof.FREE
    assert "NameError" in message.critique


async def test_an_empty_retrieval_blames_its_own_query_for_free():
    plan, search = llm("plan", question="question"), retrieve("search", query="plan.out")
    top = graph("g", [plan, search], passages="search.passages")
    events = [
        event(plan, origins={"question": (origin("question"),)}),
        event(search, origins={"query": (origin("plan.out"),)}, outputs={"passages": []}),
    ]
    found = await backward([tape_of(top, run_of(top, events, passages=origin("search.passages")))], Script())
    assert [(str(each.target), each.proof) for each in found] == [("g/search/query", Proof.FREE)]


async def test_items_of_a_map_lead_blame_to_what_made_the_list():
    plan, each_one, join = llm("plan", question="question"), llm("part", item="plan.out"), llm("join", parts="part.out")
    top = graph("g", [plan, each_one, join], answer="join.out")
    events = [event(plan, origins={"question": (origin("question"),)})]
    events += [event(each_one, None, number, origins={"item": (origin("plan.out"),)}) for number in range(3)]
    events.append(event(join, origins={"parts": tuple(origin("part.out", number) for number in range(3))}))
    critic = Script()
    await backward([tape_of(top, run_of(top, events, answer=origin("join.out")))], critic)
    assert critic.judged == ["join", "part", "plan"]
    assert [len(station.visits) for station in critic.seen] == [1, 3, 1]


@pytest.mark.parametrize("rows", list(itertools.permutations(["r1", "r2", "r3"])))
async def test_the_messages_do_not_depend_on_the_order_of_the_rows(rows):
    expected = await backward(
        [chain_tape(4, row) for row in ("r1", "r2", "r3")], Script({"n1": {"slot:system": "causes"}})
    )
    assert await backward([chain_tape(4, row) for row in rows], Script({"n1": {"slot:system": "causes"}})) == expected


async def test_a_chain_of_a_thousand_nodes_needs_no_stack():
    critic = Script({"n0": {"slot:system": "causes"}})
    found = await backward([chain_tape(1_000)], critic)
    assert len(critic.judged) == 1_000
    assert [str(each.target) for each in found] == ["g/n0/system"]


def test_waves_put_whatever_uses_a_value_before_what_produced_it():
    levels = {place.path: number for number, wave in enumerate(waves([chain_tape(5)])) for place in wave}
    assert levels == {"n4": 0, "n3": 1, "n2": 2, "n1": 3, "n0": 4}


async def test_only_scored_outputs_are_differentiated():
    good, bad = llm("good", question="question"), llm("bad", question="question")
    top = graph("g", [good, bad], answer="good.out", log="bad.out")
    events = [event(each, origins={"question": (origin("question"),)}) for each in (good, bad)]
    critic = Script()
    run = run_of(top, events, answer=origin("good.out"), log=origin("bad.out"))
    await backward([tape_of(top, run, scored=["answer"])], critic)
    assert critic.judged == ["good"]


def test_conditions_and_keys_are_read_in_order():
    condition = Not(Comparison("<", Operand(Reference("a", "out")), Operand(Reference("b", "out"))))
    assert [str(each) for each in operands_of(condition)] == ["a.out", "b.out"]
    assert key("x", 1) < key("x", 2)
    assert reads(a="b.out else question")[0].source.alternatives[1].node is None


async def test_slots_are_named_by_graph_and_node():
    found = await backward([chain_tape(1)], Script({"n0": {"slot:system": "contributes"}}))
    assert found[0].target == SlotId("g", "n0", "system")


async def test_a_branch_that_was_taken_is_judged_together_with_what_its_condition_read():
    route = llm("route", question="question")
    short = replace(
        llm("short", question="question"),
        when=Comparison("==", Operand(Reference("route", "out")), Constant("short")),
    )
    top = graph("g", [route, short], answer="short.out")
    events = [
        event(route, origins={"question": (origin("question"),)}, outputs={"out": "short"}),
        event(short, origins={"question": (origin("question"),)}),
    ]
    critic = Script({"short": {"input:when route.out": "causes"}, "route": {"slot:system": "causes"}})
    found = await backward([tape_of(top, run_of(top, events, answer=origin("short.out")))], critic)
    assert critic.judged == ["short", "route"]
    assert critic.seen[0].inputs == ("when route.out",)
    assert critic.seen[0].visits[0].value("when route.out") == "short"
    assert [str(each.target) for each in found] == ["g/route/system"]


async def test_a_retrieval_that_missed_the_gold_is_judged_even_where_the_critic_clears_what_lies_between():
    plan, search, reply = (
        llm("plan", question="question"),
        retrieve("search", hint="plan.out"),
        llm("reply", facts="search.passages"),
    )
    top = graph("g", [plan, search, reply], answer="reply.out")
    hits = '[{"id": "d7", "score": 1.0}]'
    events = [
        event(plan, origins={"question": (origin("question"),)}),
        event(search, origins={"hint": (origin("plan.out"),)}, outputs={"passages": ["text of d7"]}, reply=hits),
        event(reply, origins={"facts": (origin("search.passages"),)}),
    ]
    run = run_of(top, events, answer=origin("reply.out"))
    clears = {"reply": {}, "search": {"slot:query": "causes"}}
    for gold, judged in (
        (("d1", "d2"), ["reply", "search"]),
        (("d7", "d1"), ["reply"]),
        (("d7",), ["reply"]),
        ((), ["reply"]),
    ):
        critic = Script(clears)
        tape = Tape.of(Case(run, 0.0, "The metric gave 0.", ("answer",), gold), Places(top))
        await backward([tape], critic)
        assert critic.judged == judged
    (message,) = missed_gold(Tape.of(Case(run, 0.0, "", ("answer",), ("d1",)), Places(top)))
    assert message.proof is Proof.FREE
    assert "d1" in message.critique
