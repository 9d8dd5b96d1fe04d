"""Edits are exact or refused; placeholders go through unharmed or the edit does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.graph.template import parse_template
from prompts_lang.optimize.edits import EditError, Hunk, apply_hunks, mask

TEXT = "Answer {{question}} in one word.\nUse {{passages | numbered}} only."


def test_a_hunk_replaces_words_that_occur_once():
    assert apply_hunks("Be brief. Be kind.", [Hunk("Be brief.", "Use one word.")]) == "Use one word. Be kind."


def test_an_empty_search_appends_a_line():
    assert apply_hunks("Be brief.", [Hunk("", "Be kind.")]) == "Be brief.\nBe kind."


@pytest.mark.parametrize(
    ("hunks", "reason"),
    [
        ([], "no edits"),
        ([Hunk("Be", "Do")], "2 times"),
        ([Hunk("Nothing like this", "x")], "not in the text"),
        ([Hunk("Be brief.", "Be brief.")], "change nothing"),
        ([Hunk("", "")], "change nothing"),
    ],
)
def test_an_unclear_edit_is_refused_with_its_reason(hunks, reason):
    with pytest.raises(EditError, match=reason):
        apply_hunks("Be brief. Be kind.", hunks)


def test_later_hunks_see_what_earlier_ones_did():
    assert apply_hunks("a", [Hunk("a", "b"), Hunk("b", "c")]) == "c"


def test_placeholders_are_marks_to_the_model_and_come_back_as_they_were():
    masked = mask(TEXT)
    assert "{{" not in masked.text
    assert masked.unmasked(masked.text) == TEXT
    edited = apply_hunks(masked.text, [Hunk("in one word", "in at most three words")])
    assert masked.unmasked(edited) == TEXT.replace("in one word", "in at most three words")


def test_a_text_with_brackets_of_its_own_gets_other_marks():
    source = "Mind ⟦this⟧: {{question}}"
    masked = mask(source)
    assert masked.unmasked(masked.text) == source
    assert "⟪1:question⟫" in masked.text


@given(st.text(alphabet="\u27e6\u27e7\u27ea\u27eb\u2983\u2984{}1:a ", max_size=40))
def test_brackets_of_the_text_are_never_taken_for_marks(text):
    source = f"{text}{{{{a}}}}{text[::-1]}"
    masked = mask(source)
    assert masked.unmasked(masked.text) == source
    assert all(masked.text.count(mark) == 1 for mark in masked.marks)


@given(st.text())
def test_masking_is_lossless_for_every_text(text):
    masked = mask(text)
    assert masked.unmasked(masked.text) == text


@given(st.text(max_size=40), st.lists(st.tuples(st.text(max_size=6), st.text(max_size=12)), max_size=4))
def test_whatever_a_model_replies_an_edit_applies_or_is_refused(text, pairs):
    source = f"{text} {{{{name}}}}"
    masked = mask(source)
    try:
        result = masked.unmasked(apply_hunks(masked.text, [Hunk(*pair) for pair in pairs]))
    except EditError:
        return
    parse_template(result)
