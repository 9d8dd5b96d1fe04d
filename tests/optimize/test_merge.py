"""Three-way merges of candidates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.merge import merge

SLOTS = [SlotId("g", name, "system") for name in "abcd"]
candidates = st.dictionaries(st.sampled_from(SLOTS), st.sampled_from(["x", "y", "z"])).map(
    lambda texts: Candidate(tuple(sorted(texts.items())))
)


@given(candidates, candidates, candidates)
def test_merging_commutes(base, left, right):
    assert merge(base, left, right) == merge(base, right, left)


@given(candidates, candidates)
def test_merging_with_the_base_gives_the_other_side(base, side):
    assert merge(base, base, side) == side
    assert merge(base, side, side) == side


def test_disjoint_edits_go_together():
    left, right = Candidate(((SLOTS[0], "x"),)), Candidate(((SLOTS[1], "y"),))
    assert merge(ORIGINAL, left, right) == Candidate(((SLOTS[0], "x"), (SLOTS[1], "y")))


def test_two_texts_for_one_slot_do_not_merge():
    assert merge(ORIGINAL, Candidate(((SLOTS[0], "x"),)), Candidate(((SLOTS[0], "y"),))) is None


def test_a_candidate_is_named_by_its_content():
    texts = {SLOTS[1]: "y", SLOTS[0]: "x"}
    assert Candidate.of(texts, {}).id == Candidate.of(dict(reversed(texts.items())), {}).id
    assert Candidate.of({SLOTS[0]: "x"}, {SLOTS[0]: "x"}) == ORIGINAL
