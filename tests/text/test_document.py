"""Documents: immutable, and always with the right line table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.text import Document, LineTable, Span

TEXTS = st.text(st.sampled_from("ab\r\n\u2028é😀"), max_size=20)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10), TEXTS), max_size=8))
def test_after_any_edits_the_line_table_is_that_of_the_text(text: str, edits: list[tuple[int, int, str]]) -> None:
    document = Document.of(text)
    expected = document.text
    for place, length, replacement in edits:
        start = min(place, len(expected))
        end = min(start + length, len(expected))
        expected = expected[:start] + replacement.encode() + expected[end:]
        document = document.edit(Span(start, end), replacement)
        assert document.text == expected
        assert document.lines == LineTable.of(expected)


def test_an_edit_leaves_the_old_document_as_it_was() -> None:
    before = Document.of("a\nb")
    before.edit(Span(0, 3), "")
    assert before == Document.of("a\nb")


def test_an_edit_past_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Document.of("abc").edit(Span(2, 4), "x")
