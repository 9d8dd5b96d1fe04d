"""Cleaning text from outside: one kind of line break, no control characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.text import clean_text


@pytest.mark.parametrize(
    "line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_line_break_becomes_a_line_feed(line_break: str) -> None:
    assert clean_text(f"one{line_break}two") == "one\ntwo"


def test_a_carriage_return_with_its_line_feed_is_one_break() -> None:
    assert clean_text("a\r\n\r\nb\n\rc") == "a\n\nb\n\nc"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x08", "\x1b", "\x1f", "\x7f", "\x9f", "\ufeff"])
def test_control_characters_are_dropped(control: str) -> None:
    assert clean_text(f"a{control}b") == "ab"


def test_tabs_and_other_scripts_stay() -> None:
    assert clean_text("\tçaş 日本 😀 e\u0301") == "\tçaş 日本 😀 e\u0301"


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert clean_text("a\ud83db") == "a\ufffdb"


@given(st.text(st.characters()))
def test_clean_text_is_stable_encodable_and_has_only_line_feeds_as_breaks(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert cleaned.splitlines(keepends=True) == [
        line for line in cleaned.splitlines(keepends=True) if line.endswith("\n")
    ] + ([cleaned.rsplit("\n", 1)[-1]] if cleaned and not cleaned.endswith("\n") else [])
