"""The line table: three line ends and no others, and edits that equal a fresh table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.text import LineTable, Span

PIECES = st.sampled_from(
    [b"a", b"bc", b"\n", b"\r", b"\r\n", b"", "é".encode(), "\u2028".encode(), b"\x0b", b"\x0c", b"\xff"]
)
TEXTS = st.lists(PIECES, max_size=30).map(b"".join)


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (b"", (0,)),
        (b"a", (0,)),
        (b"a\n", (0, 2)),
        (b"a\r\nb", (0, 3)),
        (b"a\rb\n\nc", (0, 2, 4, 5)),
        (b"\r\r\n\n", (0, 1, 3, 4)),
    ],
)
def test_lines_end_with_line_feed_carriage_return_or_both(text: bytes, starts: tuple[int, ...]) -> None:
    assert LineTable.of(text).starts == starts


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c", "\x1d", "\x1e"])
def test_other_line_breaks_of_unicode_do_not_end_a_line(character: str) -> None:
    text = f"a{character}b\nc".encode()
    assert len(LineTable.of(text)) == 2


@given(TEXTS)
def test_starts_agree_with_a_reading_byte_by_byte(text: bytes) -> None:
    starts = [0]
    for offset in range(len(text)):
        ends_line = text[offset : offset + 1] == b"\n" or (
            text[offset : offset + 1] == b"\r" and text[offset + 1 : offset + 2] != b"\n"
        )
        if ends_line:
            starts.append(offset + 1)
    assert LineTable.of(text).starts == tuple(starts)


@given(TEXTS, TEXTS, st.data())
def test_a_table_after_an_edit_equals_a_fresh_one(text: bytes, inserted: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    after = text[:start] + inserted + text[end:]
    assert LineTable.of(text).replace(after, Span(start, end), len(inserted)) == LineTable.of(after)


@given(TEXTS)
def test_the_lines_are_the_text_and_their_contents_have_no_line_end(text: bytes) -> None:
    table = LineTable.of(text)
    assert b"".join(table.line_span(line).of(text) for line in range(len(table))) == text
    for line in range(len(table)):
        content = table.content_span(text, line)
        assert table.line_span(line).covers(content)
        assert not set(content.of(text)) & {0x0A, 0x0D}


def test_an_offset_past_the_end_stands_on_the_last_line() -> None:
    table = LineTable.of(b"a\nb")
    assert table.line_of(0) == 0
    assert table.line_of(2) == 1
    assert table.line_of(99) == 1
