"""What flows into a node, and where its values go. `‸` is the cursor, `⟦…⟧` the values in the producers."""

from __future__ import annotations

from prompts_lang.features.data_flow import Flow, flow_item_at, incoming, outgoing, results_from
from tests.features.marked import MAIN, Marked, marked, with_marks

GRAPH = """graph main(q, r) -> c.w

code a(q) -> x, y
  python: x = y = q

code b(v = a.x else r) -> z
  when a.y
  python: z = v

code c(w = b) -> w
  each i in a.x
  python: w = w
"""


def flows(files: Marked, direction: str) -> tuple[Flow, ...]:
    item = flow_item_at(files.project, MAIN, files.cursor)
    assert item is not None
    return incoming(files.project, files.files, item) if direction == "in" else outgoing(files.project, item)


def check(text: str, direction: str, *names: str) -> None:
    files = marked(text)
    found = flows(files, direction)
    assert tuple(flow.item.name for flow in found) == names
    places = sorted({("main.prompt", span) for flow in found for span in flow.spans})
    assert with_marks(files.files, places) == with_marks(files.files, files.places)


def test_what_comes_into_a_node():
    text = GRAPH.replace("code b", "code ‸b").replace("-> x, y", "-> ⟦x⟧, ⟦y⟧").replace("(q, r)", "(q, ⟦r⟧)")
    check(text, "in", "a", "main")


def test_where_the_values_of_a_node_go():
    check(GRAPH.replace("code a", "code ‸a").replace("-> x, y", "-> ⟦x⟧, ⟦y⟧"), "out", "b", "c")


def test_the_end_of_a_graph_takes_values_too():
    check(GRAPH.replace("code c(w = b) -> w", "code ‸c(w = b) -> ⟦w⟧"), "out", "main")


def test_a_graph_gives_its_inputs():
    check(GRAPH.replace("graph main(q, r)", "graph ‸main(⟦q⟧, ⟦r⟧)"), "out", "a", "b")


def test_the_nodes_whose_values_are_results_are_known():
    meaning = marked(GRAPH).project.meaning(MAIN)
    assert meaning is not None
    assert results_from(meaning, "main") == ("c",)
    assert results_from(meaning, "nothing") == ()


def test_a_graph_is_called_from_all_files():
    files = marked(
        "graph ‸search(q) -> q\n\ngraph other(q) -> s.q\n\ncall s = search(q)\n",
        user='use search from "./main.prompt"\n\ngraph g(q) -> t.q\n\ncall t = search(q)\n',
    )
    found = flows(files, "in")
    assert [(flow.item.name, flow.item.file.name) for flow in found] == [("s", "main.prompt"), ("t", "user.prompt")]


def test_a_reference_leads_to_what_it_names():
    files = marked(GRAPH.replace("c.w\n", "‸c.w\n", 1))
    item = flow_item_at(files.project, MAIN, files.cursor)
    assert item is not None
    assert (item.name, item.kind, item.detail) == ("c", "code", "code c(w = b) -> w")


def test_there_is_no_flow_where_nothing_is_named():
    for text in ("‸", "model ‸m = 1\n", "graph main(q) -> a\n\nllm a(q) -> o\n  user: wo‸rds\n"):
        files = marked(text)
        assert flow_item_at(files.project, MAIN, files.cursor) is None
