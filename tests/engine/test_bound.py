"""The bound of a row is what it says: never less than what a run takes."""

from __future__ import annotations

from decimal import Decimal

from prompts_lang.engine.bound import Bound, models_of, row_bound
from prompts_lang.graph.model import (
    BuiltinMetric,
    Each,
    Graph,
    JudgeMetric,
    Metric,
    Model,
    Not,
    Operand,
    Reference,
    Repeat,
)
from prompts_lang.graph.template import parse_template
from prompts_lang.graph.types import IntegerType, ListType
from tests.engine.build import TEXT, call, code, graph, llm, ports, row, source

PATIENT = Model("patient", "fake/patient", retries=2)
STUBBORN = Model("stubborn", "fake/stubborn", retries=0, fallback=PATIENT)
STRUCTURED = ports(query=TEXT, count=IntegerType())
NEVER = Operand(Reference(None, "absent"))


def inner(model: Model = STUBBORN) -> Graph:
    return graph(llm("n", {"question": "question"}, model=model), name="inner", gives={"question": "n.out"})


def test_every_node_counts_once_and_code_not_at_all():
    nodes = (llm("a", {"q": "question"}), code("b", {"a": "a.out"}, "out = a"), llm("c", {"b": "b.out"}))
    assert row_bound(graph(*nodes, gives={"answer": "c.out"})) == Bound(2, 2, Decimal(0))


def test_a_loop_counts_with_its_bound_and_calls_with_their_graph():
    loop = call("loop", {"question": "question"}, inner(), repeat=Repeat(NEVER, 4))
    once = call("once", {"question": "loop.question"}, inner())
    assert row_bound(graph(loop, once, gives={"answer": "once.question"})).calls == 5


def test_retries_repairs_and_fallbacks_count_as_attempts():
    assert row_bound(graph(llm("a", {"q": "question"}, model=PATIENT), gives={"x": "a.out"})) == Bound(1, 3)
    assert row_bound(graph(llm("a", {"q": "question"}, model=STUBBORN), gives={"x": "a.out"})) == Bound(1, 4)
    node = llm("a", {"q": "question"}, model=PATIENT, outputs=STRUCTURED)
    assert row_bound(graph(node, gives={"x": "a.query"})) == Bound(2, 6)


def test_maps_are_named_and_taken_at_so_many_items():
    split = code("split", {"q": "question"}, "items = []", outputs=ports(items=ListType(TEXT)))
    each = call("each", {"question": "item"}, inner(), each=Each("item", source("split.items")))
    bound = row_bound(graph(split, each, gives={"x": "each.question"}), items=7)
    assert (bound.calls, bound.maps) == (7, ("main/each",))


def test_a_judge_counts_and_other_metrics_do_not():
    graph_ = graph(llm("a", {"q": "question"}), gives={"x": "a.out"})
    assert row_bound(graph_, Metric("m", ("x", "expected"), BuiltinMetric("f1"))).calls == 1
    judged = Metric("m", ("x",), JudgeMetric(PATIENT, parse_template("Good?")))
    assert row_bound(graph_, judged).calls == 3


def test_money_is_known_only_where_all_prices_are():
    prices = {"student": Decimal("0.01"), "patient": Decimal("0.1")}
    nodes = (llm("a", {"q": "question"}), llm("b", {"a": "a.out"}, model=PATIENT))
    graph_ = graph(*nodes, gives={"x": "b.out"})
    assert row_bound(graph_, max_cost=lambda model: prices[model.name]).usd == Decimal("0.31")
    assert row_bound(graph_, max_cost=lambda model: prices.get(model.name) if model.retries else None).usd is None


def test_depth_costs_neither_stack_nor_more_than_linear_time():
    deep = inner()
    for depth in range(2000):
        deep = graph(call("c", {"question": "question"}, deep), name=f"g{depth}", gives={"question": "c.question"})
    assert row_bound(deep).calls == 1


async def test_no_run_makes_more_calls_than_its_bound(world):
    made = world()
    body = graph(
        llm("a", {"question": "question"}, outputs=STRUCTURED, model=Model("m", "fake/m", retries=1)),
        llm("b", {"q": "question"}),
        name="body",
        gives={"question": "b.out"},
    )
    loop = call("loop", {"question": "question"}, body, repeat=Repeat(Not(Operand(Reference(None, "question"))), 3))
    graph_ = graph(loop, gives={"answer": "loop.question"})
    await made.executor.run_rows(graph_, [row()])
    assert len(made.backend.requests) == row_bound(graph_).calls == 9


def test_of_a_remembered_run_only_what_descends_from_new_texts_counts():
    nodes = (
        llm("a", {"q": "question"}),
        llm("b", {"a": "a.out"}),
        llm("aside", {"q": "question"}),
        llm("c", {"b": "b.out", "aside": "aside.out"}),
    )
    main = graph(*nodes, gives={"answer": "c.out"})
    assert [row_bound(main, changed={("main", name)}).calls for name in ("a", "b", "aside", "c")] == [3, 2, 2, 1]
    assert row_bound(main, changed=()).calls == 0
    assert row_bound(main, changed={("main", node.name) for node in nodes}) == row_bound(main)


def test_a_new_text_in_a_called_graph_counts_there_and_after_the_call_and_a_loop_counts_whole():
    part = graph(llm("x", {"q": "question"}), llm("y", {"x": "x.out"}), name="inner", gives={"question": "y.out"})
    once = call("once", {"question": "question"}, part)
    after = llm("after", {"q": "once.question"})
    assert row_bound(graph(once, after, gives={"answer": "after.out"}), changed={("inner", "y")}).calls == 2
    loop = call("loop", {"question": "question"}, part, repeat=Repeat(NEVER, 3))
    assert row_bound(graph(loop, gives={"answer": "loop.question"}), changed={("inner", "y")}).calls == 6


def test_every_model_that_can_be_asked_is_named_once():
    judge = Model("judge", "fake/judge")
    metric = Metric("m", ("answer",), JudgeMetric(judge, parse_template("Rate.")))
    nodes = (llm("a", {"q": "question"}, model=PATIENT), call("b", {"question": "a.out"}, inner()))
    assert set(models_of(graph(*nodes, gives={"answer": "b.question"}), metric)) == {PATIENT, STUBBORN, judge}
