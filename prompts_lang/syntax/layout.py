r"""The column rule: what kind of line each line of a file is, and which lines belong together.

Invariant: the kind of a line depends on that line alone. So a line can only end what stands deeper than itself, and the three margins of
the grammar (`_newline`, `_item_margin`, `_text_margin` in `grammar.js`) are the same three as here.

=========  ==================================  ===================================================
kind       margin                              what it does
=========  ==================================  ===================================================
BLANK      any, and nothing else               nothing
COMMENT    0 to 3 spaces or a tab, then `#`    nothing
TEXT       4 spaces, or two tabs               belongs to the section above
ITEM       1 to 3 spaces, or a tab             starts a property or a section
HEAD       none                                starts a declaration
=========  ==================================  ===================================================

Tabs are read as one level each, so that a file with tabs keeps its structure while a problem points at them. Lines end with `\n`, `\r\n` or
`\r`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from prompts_lang.text.span import Span


class LineKind(Enum):
    """What the margin of a line makes of it."""

    BLANK = "blank"
    COMMENT = "comment"
    TEXT = "text"
    ITEM = "item"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its kind, where it starts, where its content starts after the margin, and where it ends without its line end.

    The content of a blank line is what stands beyond a text margin, since within a text that is text.
    """

    kind: LineKind
    start: int
    content: int
    end: int

    @property
    def margin(self) -> Span:
        """The white space before the content."""
        return Span(self.start, self.content)

    @property
    def content_span(self) -> Span:
        """The line without its margin and its line end."""
        return Span(self.content, self.end)


@dataclass(frozen=True, slots=True)
class Group:
    """A head line or an item line with all lines below it, up to the next item. `first` is that line, and the first of `lines`."""

    first: Line
    lines: tuple[Line, ...]

    @property
    def span(self) -> Span:
        """From the start of the first line to the end of the last that is not blank, without its line end."""
        last = next(line for line in reversed(self.lines) if line.kind is not LineKind.BLANK)
        return Span(self.first.start, last.end)

    @property
    def texts(self) -> tuple[Line, ...]:
        """The lines at the column of text."""
        return tuple(line for line in self.lines if line.kind is LineKind.TEXT)


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of a chunk: those above its first head or item, its head, and its items in order."""

    leading: tuple[Line, ...]
    head: Group | None
    items: tuple[Group, ...]


BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_STARTS_GROUP: Final = frozenset({LineKind.HEAD, LineKind.ITEM})
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n?|\n|\Z)")
_MARGIN: Final = re.compile(rb"[ \t]*")
_TEXT_MARGIN: Final = re.compile(rb" {4}| {1,3}\t|\t[ \t]")
_COMMENT_LINE: Final = re.compile(rb"(?: {0,3}|\t)#")
_HEAD_LINE: Final = re.compile(rb"(?:\A|\r\n?|\n)(?=[^ \t\r\n#])")


def split_chunks(text: bytes, origin: int = 0) -> list[int]:
    """Where the chunks of a text start, in order; the first is 0, and there is none in an empty text.

    A chunk starts at a head line, or at the comment lines directly above one. What stands before the first of these is a chunk too.

    Args:
        text: whole lines.
        origin: where the first line starts; beyond 0 for the start of a file with a byte order mark.
    """
    if not text:
        return []
    starts = [0]
    body = text[origin:] if origin else text
    for match in _HEAD_LINE.finditer(body):
        start = origin + _documentation_start(body, match.end())
        if start > starts[-1]:
            starts.append(start)
    return starts


def _documentation_start(text: bytes, head: int) -> int:
    """Where the comment lines directly above a head line start, or where the head line itself does."""
    start = head
    while start:
        line_end = start - 2 if text.endswith(b"\r\n", 0, start) else start - 1
        line_start = max(text.rfind(b"\n", 0, line_end), text.rfind(b"\r", 0, line_end)) + 1
        if text[line_start : line_start + 1] != b"#":
            break
        start = line_start
    return start


def layout_of(text: bytes) -> Layout:
    """The layout of a chunk; a byte order mark at its start is no part of a line."""
    origin = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    lines = [
        _line(text, match.start(), match.end()) for match in _LINE.finditer(text, origin) if match.end() > match.start()
    ]
    firsts = [number for number, line in enumerate(lines) if line.kind in _STARTS_GROUP]
    ends = [*firsts[1:], len(lines)]
    groups = tuple(Group(lines[first], tuple(lines[first:end])) for first, end in zip(firsts, ends, strict=False))
    leading = tuple(lines[: firsts[0]] if firsts else lines)
    if groups and groups[0].first.kind is LineKind.HEAD:
        return Layout(leading, groups[0], groups[1:])
    return Layout(leading, None, groups)


def _line(text: bytes, start: int, whole_end: int) -> Line:
    end = whole_end
    while end > start and text[end - 1] in b"\r\n":
        end -= 1
    after_space = _end_of(_MARGIN, text, start, end)
    if after_space == end:
        margin = _TEXT_MARGIN.match(text, start, end)
        return Line(LineKind.BLANK, start, margin.end() if margin else end, end)
    if _COMMENT_LINE.match(text, start, end):
        return Line(LineKind.COMMENT, start, after_space, end)
    margin = _TEXT_MARGIN.match(text, start, end)
    if margin:
        return Line(LineKind.TEXT, start, margin.end(), end)
    return Line(LineKind.ITEM if after_space > start else LineKind.HEAD, start, after_space, end)


def _end_of(pattern: re.Pattern[bytes], text: bytes, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start
