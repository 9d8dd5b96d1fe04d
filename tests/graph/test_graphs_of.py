"""The order in which a graph and those that it calls are visited."""

from __future__ import annotations

import itertools

import pytest

from prompts_lang.graph.model import CallBody, Graph, graphs_of, slots_of
from tests.engine.build import call, graph, llm


def diamond(order: tuple[int, ...]) -> Graph:
    """`top` calls `left`, `right` and `shared` in some order; `left` and `right` call `shared`."""
    shared = graph(llm("n", {"question": "question"}, system="Be brief."), name="shared", gives={"a": "n.out"})
    left = graph(call("s", {"question": "question"}, shared), name="left", gives={"a": "s.a"})
    right = graph(call("s", {"question": "question"}, left), name="right", gives={"a": "s.a"})
    calls = [call(part.name, {"question": "question"}, part) for part in (shared, left, right)]
    return graph(*(calls[position] for position in order), name="top", gives={"a": "left.a"})


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_callers_stand_before_callees_whatever_the_order_of_calls(order):
    found = [part.name for part in graphs_of(diamond(order))]
    assert sorted(found) == ["left", "right", "shared", "top"]
    for part in graphs_of(diamond(order)):
        for node in part.nodes:
            if isinstance(node.body, CallBody):
                assert found.index(part.name) < found.index(node.body.graph.name)


def test_a_slot_of_a_graph_that_is_called_twice_is_listed_once():
    assert [str(slot.id) for slot in slots_of(diamond((0, 1, 2)))] == ["shared/n/system"]


def test_depth_costs_no_stack():
    inner = graph(llm("n", {"question": "question"}), name="g0", gives={"a": "n.out"})
    for depth in range(1, 3000):
        inner = graph(call("c", {"question": "question"}, inner), name=f"g{depth}", gives={"a": "c.a"})
    assert len(graphs_of(inner)) == 3000
