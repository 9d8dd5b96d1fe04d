"""Spans: half open, never inverted."""

from __future__ import annotations

import pytest

from prompts_lang.text import Span


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (4, 3)])
def test_negative_and_inverted_spans_cannot_be_made(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="runs forward"):
        Span(start, end)


def test_the_end_is_not_part_of_a_span_but_a_cursor_may_stand_there() -> None:
    span = Span(2, 5)
    assert [offset for offset in range(8) if span.contains(offset)] == [2, 3, 4]
    assert [offset for offset in range(8) if span.touches(offset)] == [2, 3, 4, 5]


def test_neighbours_do_not_overlap() -> None:
    assert not Span(0, 3).overlaps(Span(3, 6))
    assert Span(0, 4).overlaps(Span(3, 6))


def test_an_empty_span_overlaps_nothing_but_is_true() -> None:
    assert not Span(3, 3).overlaps(Span(0, 6))
    assert Span(3, 3)


def test_cover_and_shift() -> None:
    assert Span(1, 2).cover(Span(7, 9)) == Span(1, 9)
    assert Span(1, 2).shift(10) == Span(11, 12)
    assert Span(0, 9).covers(Span(1, 9))
    assert not Span(0, 9).covers(Span(1, 10))
