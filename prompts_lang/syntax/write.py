"""Writes new text into a section.

Invariants:

* **A text can never end its own block.** Every line break of any kind becomes one of the file's, and every line gets its margin; so no
  line of a text can stand at the column of a property or a declaration. An edit from here changes the text of its section and nothing
  else: not a property, not a comment, not a blank line around it.
* **What is written is read back**: the section's text afterwards is `canonical_text` of the text that was given.

A text that fits on the line of the colon stays there if it stood there before; any other stands in lines of its own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import decode, encode
from prompts_lang.text.normalise import clean_text
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.syntax.nodes import Section

_MARGIN: Final = "    "
_SPACE: Final = " \t"


def canonical_text(text: str) -> str:
    r"""The text as a file can hold it: line breaks as `\n`, no control characters, and no blank lines at either end.

    Blank lines around a text are layout in a file, and mean nothing to a model; spaces at the start of its first line do, and stay.
    """
    lines = clean_text(text).split("\n")
    saying = [number for number, line in enumerate(lines) if line.strip(_SPACE)]
    return "\n".join(lines[saying[0] : saying[-1] + 1]) if saying else ""


def replace_section_text(chunk: bytes, section: Section, new_text: str) -> Edit:
    """The edit of the chunk, in offsets relative to it, that gives the section this text; as small as it can be.

    Comment lines between the lines of the old text stay where they are, or as near as the new text allows.

    Args:
        chunk: the bytes of the chunk that the section was read from.
        section: a section of that chunk.
        new_text: any text whatever.
    """
    text = canonical_text(new_text)
    line_end = _line_end_of(chunk)
    comments = _comments_within(chunk, section)
    if not section.lines:
        place = Span(section.head_span.end, _end_of_spaces(chunk, section.head_span.end))
        return _smallest(chunk, Edit(place, line_end + _block(text, line_end, comments) if text else ""))
    if not text:
        kept = "".join(comments[index] for index in sorted(comments)).removesuffix(line_end)
        return _smallest(
            chunk, Edit(Span(section.head_span.end, section.text_span.end), line_end + kept if kept else "")
        )
    if not section.inline:
        # The first line has its margin already.
        return _smallest(chunk, Edit(section.text_span, _block(text, line_end, comments).removeprefix(_MARGIN)))
    if len(section.lines) == 1 and _fits_inline(text):
        return _smallest(chunk, Edit(section.text_span, text))
    return _smallest(
        chunk, Edit(Span(section.head_span.end, section.text_span.end), line_end + _block(text, line_end, comments))
    )


def _fits_inline(text: str) -> bool:
    """Behind the colon, spaces before the text are layout."""
    return "\n" not in text and text[0] not in _SPACE


def _block(text: str, line_end: str, comments: Mapping[int, str]) -> str:
    """The lines of a text with their margins, and the comments above those that they stood above."""
    lines = text.split("\n")
    pieces = [comments.get(number, "") + (_MARGIN + line if line else "") for number, line in enumerate(lines)]
    surplus = [comments[number].removesuffix(line_end) for number in sorted(comments) if number >= len(lines)]
    return line_end.join([*pieces, *surplus])


def _comments_within(chunk: bytes, section: Section) -> dict[int, str]:
    """The comment lines between lines of a text, with their line ends, by the number of the line below them."""
    comments: dict[int, str] = {}
    for number, (above, below) in enumerate(pairwise(section.lines), start=1):
        between = chunk[above.source_start + len(encode(above.text)) : below.source_start]
        if b"#" in between:
            # A line end, whole lines of comment, and the margin of the line below.
            after_line_end = between.removeprefix(b"\r").removeprefix(b"\n")
            whole_lines = max(after_line_end.rfind(b"\n"), after_line_end.rfind(b"\r")) + 1
            comments[number] = decode(after_line_end[:whole_lines])
    return comments


def _end_of_spaces(chunk: bytes, start: int) -> int:
    while chunk[start : start + 1] in {b" ", b"\t"}:
        start += 1
    return start


def _line_end_of(chunk: bytes) -> str:
    """How the first line of the chunk ends, or a line feed where the chunk is one line without an end."""
    for place, byte in enumerate(chunk):
        if byte == 0x0A:
            return "\n"
        if byte == 0x0D:
            return "\r\n" if chunk[place + 1 : place + 2] == b"\n" else "\r"
    return "\n"


def _smallest(chunk: bytes, edit: Edit) -> Edit:
    """The same change without what stays the same at either end, in whole characters."""
    old, new = edit.span.of(chunk), encode(edit.text)
    limit = min(len(old), len(new))
    start = next((index for index in range(limit) if old[index] != new[index]), limit)
    while start and (_continues(old, start) or _continues(new, start)):
        start -= 1
    limit -= start
    end = next((index for index in range(limit) if old[-1 - index] != new[-1 - index]), limit)
    while end and _continues(new, len(new) - end):
        end -= 1
    kept = Span(edit.span.start + start, edit.span.end - end)
    return Edit(kept, decode(new[start : len(new) - end]))


def _continues(data: bytes, offset: int) -> bool:
    return offset < len(data) and data[offset] & 0xC0 == 0x80
