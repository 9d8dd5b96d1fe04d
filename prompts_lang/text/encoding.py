"""Positions as editors count them: a line and a character, where a character is a unit of UTF-8, UTF-16 or UTF-32.

Invariant: whatever the position, the offset it gives lies in the text and between two characters; whatever the offset, the position it
gives lies in the text. Places that do not exist are moved to the nearest one before them, as the Language Server Protocol asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompts_lang.text.lines import LineTable


class Encoding(StrEnum):
    """The unit that characters of a line are counted in, by its name in the protocol."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A line and a character in it, both from 0."""

    line: int
    character: int


def offset_at(text: bytes, lines: LineTable, position: Position, encoding: Encoding) -> int:
    """The byte offset of a position.

    A line past the end of the text means the end of the text, and a character past the end of a line the end of that line, before its
    line end. A position inside of a character means the start of that character; a negative one means 0.
    """
    if position.line < 0:
        return 0
    if position.line >= len(lines):
        return len(text)
    span = lines.content_span(text, position.line)
    line = text[span.start : span.end]
    character = max(position.character, 0)
    if encoding is Encoding.UTF_8 or line.isascii():
        return span.start + _start_of_character(line, min(character, len(line)))
    characters = _decode(line)
    before = characters[:character] if encoding is Encoding.UTF_32 else _first_units(characters, character)
    return span.start + len(before.encode("utf-8", "surrogateescape"))


def position_at(text: bytes, lines: LineTable, offset: int, encoding: Encoding) -> Position:
    """The position of a byte offset.

    An offset past the end means the end, an offset inside of a character the start of that character, and an offset inside of a line end
    the place before it.
    """
    number = lines.line_of(min(max(offset, 0), len(text)))
    span = lines.content_span(text, number)
    line = text[span.start : span.end]
    before = line[: _start_of_character(line, min(max(offset - span.start, 0), len(line)))]
    if encoding is Encoding.UTF_8 or before.isascii():
        return Position(number, len(before))
    characters = _decode(before)
    return Position(number, len(characters) if encoding is Encoding.UTF_32 else _count_units(characters))


def _decode(line: bytes) -> str:
    """The characters of a line; a byte that is not UTF-8 counts as one character."""
    return line.decode("utf-8", "surrogateescape")


def _start_of_character(line: bytes, offset: int) -> int:
    """`offset`, or the start of the UTF-8 character that it points into."""
    if offset >= len(line) or not _is_continuation(line[offset]):
        return offset
    for start in range(offset - 1, max(offset - 4, -1), -1):
        if not _is_continuation(line[start]):
            whole = start + _length_of_character(line[start])
            return start if offset < whole else offset
    return offset


def _is_continuation(byte: int) -> bool:
    return byte & 0xC0 == 0x80


def _length_of_character(first: int) -> int:
    return 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1


def _count_units(characters: str) -> int:
    """How many UTF-16 units the characters take."""
    return len(characters.encode("utf-16-le", "surrogatepass")) // 2


def _first_units(characters: str, count: int) -> str:
    """The longest start of `characters` that takes at most `count` UTF-16 units."""
    before = characters[:count]
    surplus = _count_units(before) - count
    # Each character beyond the basic plane counts twice, so the start is cut by units and a half pair at its end is dropped.
    if surplus <= 0:
        return before
    units = before.encode("utf-16-le", "surrogatepass")[: 2 * count]
    high_surrogate_last = 0xD8 <= units[-1] <= 0xDB if units else False
    return (units[:-2] if high_surrogate_last else units).decode("utf-16-le", "surrogatepass")
