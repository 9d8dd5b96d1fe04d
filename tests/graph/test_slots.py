"""Slots in their files: where they stand, where quoted words stand in them, and how they get another text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.graph.link import link
from prompts_lang.graph.model import Graph, LlmBody, Model, SlotId, slots_of
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits, edits_for, place_of, slot_places, text_hash
from prompts_lang.graph.substitute import with_models, with_texts
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.write import canonical_text
from tests.graph.editing import sources
from tests.graph.files import FOLDER, MAIN, graph_of, program_of, project_of

MULTIHOP = FOLDER / "multihop.prompt"
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            ["\n", "\n\n", " ", "llm x() -> y", "{{query}}", "\r\n", "\u2028", "# no", "learn user:", "é😀", "\t", "}}"]
        ),
        max_size=8,
    ).map("".join),
)


def example() -> tuple[Project, Graph]:
    project = Project(sources().get)
    meaning = project.meaning(MULTIHOP)
    assert meaning is not None
    return project, link(project, meaning).graphs["multihop"]


def test_slots_of_called_graphs_count_with_their_own_names():
    _, graph = example()
    assert [str(slot.id) for slot in slots_of(graph)] == [
        "multihop/plan/system",
        "multihop/first/query",
        "multihop/bridge/system",
        "multihop/reply/system",
        "multihop/reply/examples",
        "search/hits/query",
    ]


def test_a_frozen_node_has_no_slots():
    graph = graph_of(
        'model m = "x/y"\n\ngraph main(q) -> n\n\nllm n(q) -> out: text\n  model m\n  frozen\n  learn user: {{q}}\n'
    )
    assert slots_of(graph) == ()


@pytest.mark.parametrize("text", ["multihop/plan", "a/b/c/d", ""])
def test_an_id_has_three_parts(text: str):
    with pytest.raises(ValueError, match="unpack"):
        SlotId.parse(text)


def test_an_id_reads_as_it_is_written():
    assert SlotId.parse("g/n/user2") == SlotId("g", "n", "user2")


def test_a_place_knows_its_words():
    project, _ = example()
    place = place_of(project, MULTIHOP, SlotId("multihop", "bridge", "system"))
    assert place is not None
    text = place.meaning.syntax.text
    assert place.span.of(text) == b"Say what is known now, and write the one query that closes the gap."
    assert place.span_of("the one query").of(text) == b"the one query"
    assert place.span_of("words that are not there") == place.span
    assert place.span_of("") == place.span


def test_a_place_may_stand_in_a_used_file():
    project, _ = example()
    place = place_of(project, MULTIHOP, SlotId("search", "hits", "query"))
    assert place is not None
    assert place.meaning.path.name == "search.prompt"
    assert place_of(project, MULTIHOP, SlotId("search", "hits", "system")) is None


def test_a_graph_with_the_name_of_another_in_a_used_file_is_told_apart():
    main = 'use outer from "./lib.prompt"\nmodel m = "x/y"\n\ngraph main(q) -> x = c.out\n\ncall c = outer(q)\n'
    lib = """model m = "x/y"

graph outer(q) -> out = inner.out

call inner = main(q)

graph main(q) -> n

llm n(q) -> out: text
  model m
  learn user: {{q}}
"""
    project = project_of(main, lib=lib)
    slot = slots_of(program_of(main, lib=lib).graphs["main"])[0]
    place = place_of(project, MAIN, slot.id)
    assert place is not None
    assert place.meaning.path == slot.file == FOLDER / "lib.prompt"


def test_an_empty_section_has_its_head_for_a_place():
    project, _ = example()
    place = place_of(project, MULTIHOP, SlotId("multihop", "reply", "examples"))
    assert place is not None
    assert place.span.of(place.meaning.syntax.text) == b"learn examples from questions, at most 3:"


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["plan", "bridge", "reply"]), TEXTS, max_size=3), TEXTS)
def test_new_texts_are_read_back_and_nothing_else_changes(texts: dict[str, str], query: str):
    project, graph = example()
    wanted = {SlotId("multihop", node, "system"): text for node, text in texts.items()}
    wanted[SlotId("search", "hits", "query")] = query
    files = sources()
    for path, edits in edits_for(project, MULTIHOP, wanted).items():
        project.put(path, SyntaxFile.parse(apply_edits(files[path], edits)))
    for slot, text in wanted.items():
        place = place_of(project, MULTIHOP, slot)
        assert place is not None
        assert place.section.text == canonical_text(text)
    meaning = project.meaning(MULTIHOP)
    assert meaning is not None
    written = {slot: canonical_text(text) for slot, text in wanted.items()}
    for path in files:
        before, after = Project(files.get).meaning(path), project.meaning(path)
        assert before is not None
        assert after is not None
        untouched = {slot: place.section.text for slot, place in slot_places(before).items() if slot not in written}
        found = {slot: place.section.text for slot, place in slot_places(after).items() if slot not in written}
        assert found == untouched
        assert [entry.anchor for entry in after.module.entries] == [entry.anchor for entry in before.module.entries]
    assert graph.name == "multihop"


def test_an_unchanged_text_needs_no_edit():
    project, graph = example()
    assert edits_for(project, MULTIHOP, {slot.id: slot.text for slot in slots_of(graph)}) == {}


def test_a_slot_that_is_gone_is_an_error():
    project, _ = example()
    with pytest.raises(KeyError, match="multihop/nobody/system"):
        edits_for(project, MULTIHOP, {SlotId("multihop", "nobody", "system"): "x"})


def test_the_hash_of_a_text_is_short_and_stable():
    assert text_hash("Be brief.") == text_hash("Be brief.")
    assert text_hash("Be brief.") != text_hash("Be brief")
    assert len(text_hash("\ud800")) == 16


# --- candidates


def test_a_candidate_has_the_texts_and_shares_the_rest():
    _, graph = example()
    slot = SlotId("multihop", "plan", "system")
    candidate = with_texts(graph, {slot: "Ask {{question}}."})
    assert {str(found.id): found.text for found in slots_of(candidate)}["multihop/plan/system"] == "Ask {{question}}."
    assert candidate.node("reply") is graph.node("reply")
    assert candidate.node("second") is graph.node("second")


def test_a_candidate_reaches_into_called_graphs():
    _, graph = example()
    candidate = with_texts(graph, {SlotId("search", "hits", "query"): "{{query}} please"})
    assert slots_of(candidate)[-1].text == "{{query}} please"
    assert candidate.node("plan") is graph.node("plan")


def test_a_candidate_may_choose_examples():
    _, graph = example()
    candidate = with_texts(graph, {SlotId("multihop", "reply", "examples"): " r1 \n\nr2\n"})
    examples = candidate.node("reply").examples
    assert examples is not None
    assert examples.rows == ("r1", "r2")


def test_a_candidate_without_changes_is_the_graph_itself():
    _, graph = example()
    assert with_texts(graph, {}) is graph
    assert with_texts(graph, {slot.id: slot.text for slot in slots_of(graph)}) is graph


def test_other_models_can_stand_behind_the_nodes():
    _, graph = example()
    strong = Model("student", "strong/model")
    body = with_models(graph, {"student": strong}).node("plan").body
    assert isinstance(body, LlmBody)
    assert body.model is strong
    assert with_models(graph, {"nobody": strong}) is graph


def test_the_file_of_a_slot_is_where_its_graph_stands():
    _, graph = example()
    assert {slot.file for slot in slots_of(graph)} == {MULTIHOP, Path("/project/search.prompt")}
