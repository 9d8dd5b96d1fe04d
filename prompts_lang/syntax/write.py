r"""Writes new text into a section.

Invariants:

* **A text can never end its own block.** Every line break of any kind becomes one of the file's, and every line gets its margin; so no
  line of a text can stand at the column of a property or a declaration. All that an edit from here changes is the text of that section.
* **What is written is read back**: the section's text afterwards is `canonical_text` of the text that was given.

A text that fits behind the colon on one line stays there if it stood there before; any other stands in lines of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import encode
from prompts_lang.text.normalise import clean_text
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes import Section

_MARGIN: Final = "    "
_BLANK: Final = " \t"


def canonical_text(text: str) -> str:
    r"""The text as a file can hold it: line breaks as `\n`, no control characters, and no blank lines at either end.

    Blank lines around a text are layout in a file, and mean nothing to a model; spaces at the start of its first line do, and stay.
    """
    lines = clean_text(text).split("\n")
    saying = [number for number, line in enumerate(lines) if line.strip(_BLANK)]
    return "\n".join(lines[saying[0] : saying[-1] + 1]) if saying else ""


def replace_section_text(chunk: bytes, section: Section, new_text: str) -> Edit:
    """The edit of the chunk, in offsets relative to it, that gives the section this text.

    The edit touches the text's own place alone: lines that stay the same at its start and end are left out of it.

    Args:
        chunk: the bytes of the chunk that the section was read from.
        section: a section of that chunk.
        new_text: any text whatever.
    """
    text = canonical_text(new_text)
    line_end = _line_end_of(chunk)
    place = Span(section.head_span.end, max(section.text_span.end, section.head_span.end))
    if not text:
        return _smallest(chunk, Edit(place, ""))
    if section.inline and len(section.lines) == 1 and _fits_inline(text):
        return _smallest(chunk, Edit(Span(section.text_span.start, place.end), text))
    lines = (_MARGIN + line if line else "" for line in text.split("\n"))
    return _smallest(chunk, Edit(place, line_end + line_end.join(lines)))


def _fits_inline(text: str) -> bool:
    """Behind the colon, spaces before the text are layout."""
    return "\n" not in text and text[0] not in _BLANK


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
    end = next((index for index in range(limit - start) if old[-1 - index] != new[-1 - index]), limit - start)
    start, end = _whole_character(new, start), end
    while end and _continues(new, len(new) - end):
        end -= 1
    kept = Span(edit.span.start + start, edit.span.end - end)
    return Edit(kept, new[start : len(new) - end].decode("utf-8", "surrogateescape"))


def _whole_character(data: bytes, offset: int) -> int:
    while offset and _continues(data, offset):
        offset -= 1
    return offset


def _continues(data: bytes, offset: int) -> bool:
    return offset < len(data) and data[offset] & 0xC0 == 0x80
