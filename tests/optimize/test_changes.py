"""The passages of a rewrite: each can be taken back alone, and all of them together give the original."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from latent_world import node

from prompts_lang.graph.model import Slot, SlotId
from prompts_lang.optimize.changes import changes_of, without_all

LINES = st.lists(st.sampled_from(["a", "b", "c", "{{question}}", "d e", ""]), max_size=6)


def slot_of(text: str) -> Slot:
    owner = node("n", [], text=text)
    return Slot(SlotId("g", "n", "system"), Path("/fake.prompt"), owner, owner.sections[0])


def words_of(original: str, current: str) -> list[str]:
    return [change.words for change in changes_of(slot_of(original), current)]


def test_every_added_line_is_a_change_of_its_own():
    original, current = "Do it.", "Do it.\nBe brief.\n\nWork carefully."
    assert words_of(original, current) == ["Be brief.", "Work carefully."]
    first, second = changes_of(slot_of(original), current)
    assert first.without == "Do it.\n\nWork carefully."
    assert second.without == "Do it.\nBe brief.\n"


def test_a_replaced_line_is_taken_back_to_what_stood_there():
    (change,) = changes_of(slot_of("{{hint}}"), "{{hint}} catalogue")
    assert (change.words, change.without) == ("{{hint}} catalogue", "{{hint}}")


def test_a_change_that_a_placeholder_depends_on_cannot_be_taken_back_alone():
    original = "Read {{question}}.\nReply."
    moved = "Reply.\nRead {{question}} first."
    assert "Reply.\nRead {{question}} first." not in [change.without for change in changes_of(slot_of(original), moved)]
    for change in changes_of(slot_of(original), moved):
        assert "{{question}}" in change.without


@given(LINES, st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["x", "y z", "w"])), max_size=4))
def test_taking_all_added_lines_back_gives_the_original(before, added):
    after = list(before)
    for place, line in added:
        after.insert(place, line)
    slot, current = slot_of("\n".join(before) or "a"), "\n".join(after) or "a"
    if before:
        assert without_all(slot, current, changes_of(slot, current)) == slot.text


@given(LINES, LINES)
def test_without_a_change_the_placeholders_are_those_of_the_original(before, after):
    slot = slot_of("\n".join(before))
    for change in changes_of(slot, "\n".join(after)):
        assert ("{{question}}" in change.without) == ("{{question}}" in slot.text)
