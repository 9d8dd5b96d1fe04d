"""What may not even be tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from latent_world import node

from prompts_lang.graph.model import Slot, SlotId
from prompts_lang.graph.template import parse_template
from prompts_lang.optimize.static_gate import StaticGate, similarity

TEXT = "Answer {{question}} from the passages, in as few words as the evidence allows."
ROW = "The lighthouse keeper of Northhaven wrote his only novel in the winter of 1893."


def slot(text: str = TEXT) -> Slot:
    each = node("reply", [], text=text)
    return Slot(SlotId("g", "reply", "system"), __file__, each, each.sections[0])  # type: ignore[arg-type]


def objection(text: str, *, gate: StaticGate | None = None, earlier: tuple[str, ...] = ()) -> str | None:
    return (gate or StaticGate((ROW,))).objection(slot(), TEXT, text, earlier)


def test_a_plain_improvement_passes():
    assert objection(f"{TEXT}\nGive the bare name or number, without a sentence around it.") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("   ", "empty"),
        ("Answer from the passages.", "placeholders"),
        (f"{TEXT} {{{{question}}}}", "placeholders"),
        (f"{TEXT} {{{{secret}}}}", "placeholders"),
        (TEXT.replace("{{question}}", "{{question | first 3}}"), "placeholders"),
        (TEXT + " word" * 2_000, "too long"),
        (f"{TEXT}\nAlso consider the", "middle of a sentence"),
        (f'{TEXT}\n"edits": [', "leaked"),
        (f"{TEXT}\n<feedback-1a2b3c4d5e>", "leaked"),
        (f"{TEXT}\nThe critic said it is too long.", "leaked"),
        (f"{TEXT}\nKeep ⟦1:question⟧ as it is.", "leaked"),
        (f"{TEXT}\nFor example: {ROW}", "training row"),
        (TEXT.replace("Answer", "ANSWER:"), "nearly the same"),
    ],
)
def test_a_bad_text_is_rejected_with_its_reason(text, reason):
    assert reason in (objection(text) or "")


def test_a_text_like_one_that_was_tried_is_rejected():
    tried = f"{TEXT}\nGive the bare name or number, without a sentence around it."
    assert objection(tried.replace("bare", "Bare"), earlier=(tried,)) is not None
    assert objection(f"{TEXT}\nPrefer the place of birth to the place of residence.", earlier=(tried,)) is None


def test_what_the_author_wrote_is_no_leak_and_no_copy():
    author = f"{TEXT} {ROW}"
    gate = StaticGate((ROW,))
    assert gate.objection(slot(author), author, f"{author}\nBe brief.") is None


def test_the_file_has_the_last_word():
    gate = StaticGate(reparses=lambda _, text: "graph" not in text)
    assert "change the graph" in (objection(f"{TEXT}\ngraph other() -> x", gate=gate) or "")


@given(st.text())
def test_no_text_that_passes_has_other_placeholders(text):
    candidate = f"{TEXT}{text}"
    if objection(candidate) is None:
        assert parse_template(candidate).keys == parse_template(TEXT).keys


def test_similarity_compares_what_is_changed_and_not_what_stays():
    long = " ".join(f"word{number}" for number in range(500))
    assert similarity(long, f"{long} be brief and kind to all", f"{long} never repeat the question itself") < 0.5
    assert similarity(long, f"{long} be brief and kind to all", f"{long} Be brief, and kind to all!") == 1.0
