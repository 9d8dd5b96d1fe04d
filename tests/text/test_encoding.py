"""Positions and offsets: every encoding against a naive reading, and places that do not exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.text import Document, Encoding, Position, Span

CHARACTERS = st.sampled_from(["a", "é", "€", "😀", "\u2028", "\x85", "\t", "\n", "\r\n", "\r", "e\u0301"])
TEXTS = st.lists(CHARACTERS, max_size=25).map("".join)
ENCODINGS = st.sampled_from(list(Encoding))


def units(character: str, encoding: Encoding) -> int:
    """How many units a character takes, counted the slow way."""
    return {
        Encoding.UTF_8: len(character.encode()),
        Encoding.UTF_16: len(character.encode("utf-16-le")) // 2,
        Encoding.UTF_32: 1,
    }[encoding]


def places(text: str, encoding: Encoding) -> list[tuple[int, Position]]:
    """Every place between two characters that is not inside a line end: its byte offset and its position."""
    result: list[tuple[int, Position]] = []
    offset = line = character = 0
    for index, letter in enumerate(text):
        within_line_end = letter == "\n" and index > 0 and text[index - 1] == "\r"
        if not within_line_end:
            result.append((offset, Position(line, character)))
        offset += len(letter.encode())
        if letter == "\n" or (letter == "\r" and text[index + 1 : index + 2] != "\n"):
            line, character = line + 1, 0
        else:
            character += units(letter, encoding)
    result.append((offset, Position(line, character)))
    return result


@given(TEXTS, ENCODINGS)
def test_offsets_and_positions_agree_with_a_naive_reading(text: str, encoding: Encoding) -> None:
    document = Document.of(text)
    for offset, position in places(text, encoding):
        assert document.position_at(offset, encoding) == position
        assert document.offset_at(position, encoding) == offset


@given(st.binary(max_size=40), st.integers(-3, 50), ENCODINGS)
def test_any_offset_in_any_bytes_has_a_position_that_exists(data: bytes, offset: int, encoding: Encoding) -> None:
    document = Document.of(data)
    position = document.position_at(offset, encoding)
    assert 0 <= document.offset_at(position, encoding) <= max(min(offset, len(data)), 0)


@given(TEXTS, st.integers(-2, 12), st.integers(-2, 40), ENCODINGS)
def test_any_position_has_an_offset_between_two_characters(
    text: str, line: int, character: int, encoding: Encoding
) -> None:
    document = Document.of(text)
    offset = document.offset_at(Position(line, character), encoding)
    document.text[:offset].decode()
    document.text[offset:].decode()


@pytest.mark.parametrize(
    ("position", "offset"),
    [
        (Position(0, 99), 3),
        (Position(1, 99), 9),
        (Position(9, 0), 9),
        (Position(-1, 5), 0),
        (Position(0, -5), 0),
    ],
)
@pytest.mark.parametrize("encoding", list(Encoding))
def test_positions_that_do_not_exist_move_to_the_nearest_before(
    position: Position, offset: int, encoding: Encoding
) -> None:
    assert Document.of("abc\r\ndefg").offset_at(position, encoding) == offset


def test_a_position_inside_of_a_surrogate_pair_means_the_start_of_its_character() -> None:
    document = Document.of("x😀y")
    assert document.offset_at(Position(0, 2), Encoding.UTF_16) == 1
    assert document.offset_at(Position(0, 3), Encoding.UTF_16) == 5


def test_a_position_inside_of_a_utf_8_character_means_its_start() -> None:
    assert Document.of("é€").offset_at(Position(0, 4), Encoding.UTF_8) == 2


def test_lone_surrogates_from_an_editor_keep_their_width_in_utf_16() -> None:
    document = Document.of("a\ud83dz")
    assert document.position_at(len(document.text), Encoding.UTF_16) == Position(0, 3)


def test_an_inverted_range_is_taken_the_other_way_round() -> None:
    document = Document.of("abc\ndef")
    assert document.span_between(Position(1, 1), Position(0, 2), Encoding.UTF_16) == Span(2, 5)
