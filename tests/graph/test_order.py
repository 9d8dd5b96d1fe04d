"""The order of nodes, and the circle where there is none."""

from __future__ import annotations

from graphlib import CycleError

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.graph.order import cycle_of, topological_order

NAMES = "abcdefg"
WAITING = st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES), max_size=3), min_size=1)


@given(WAITING)
def test_every_name_stands_after_those_it_waits_for(waits_for: dict[str, set[str]]):
    edges = [(head, name) for name, heads in waits_for.items() for head in heads if head in waits_for]
    graph: nx.DiGraph[str] = nx.DiGraph(edges)
    graph.add_nodes_from(waits_for)
    if nx.is_directed_acyclic_graph(graph):
        order = topological_order(waits_for)
        assert sorted(order) == sorted(waits_for)
        assert all(order.index(head) < order.index(name) for head, name in edges)
        return
    with pytest.raises(CycleError) as error:
        topological_order(waits_for)
    cycle = cycle_of(error.value)
    assert len(set(cycle)) == len(cycle)
    assert all(graph.has_edge(name, cycle[(place + 1) % len(cycle)]) for place, name in enumerate(cycle))


def test_names_without_a_reason_keep_their_order():
    assert topological_order({"c": [], "a": [], "b": []}) == ("c", "a", "b")
