r"""The line table: where each line of a text starts.

Invariant: a line ends with `\n`, `\r\n` or `\r` and with nothing else, as the Language Server Protocol has it. U+2028, U+0085, vertical tab
and form feed are ordinary characters of their line: taking them for breaks would put every later position of an editor's on a wrong line.
(`bytes.splitlines` knows exactly these three line ends; `str.splitlines` knows more, and must not be used here.)
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class LineTable:
    """The offsets at which lines start; the first is 0. A text that ends with a line end has an empty last line after it."""

    starts: tuple[int, ...]
    length: int

    @classmethod
    def of(cls, text: bytes) -> LineTable:
        """The table of a whole text."""
        return cls(tuple(_line_starts(text, 0)), len(text))

    def replace(self, text: bytes, span: Span, inserted: int) -> LineTable:
        """The table after an edit; equal to `LineTable.of(text)`, but only lines that the edit touches are looked at.

        Args:
            text: the text after the edit.
            span: the bytes of the text before the edit that were replaced.
            inserted: how many bytes stand in their place now.
        """
        # A carriage return just before the edit may gain or lose its line feed, so one byte on either side belongs to the edit.
        first = self.line_of(max(span.start - 1, 0))
        last = self.line_of(min(span.end + 1, self.length))
        delta = inserted - len(span)
        kept_from = last + 1
        end = self.starts[kept_from] + delta if kept_from < len(self.starts) else len(text)
        begin = self.starts[first]
        middle = list(_line_starts(text[begin:end], begin))
        if kept_from < len(self.starts):
            middle.pop()  # The place after the last line looked at is where the first kept line starts.
        kept = map(delta.__add__, self.starts[kept_from:])
        return LineTable((*self.starts[:first], *middle, *kept), len(text))

    def __len__(self) -> int:
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """The number, from 0, of the line that `offset` stands on; an offset past the end stands on the last line."""
        return bisect_right(self.starts, offset) - 1

    def line_span(self, line: int) -> Span:
        """The bytes of a line, its line end included.

        Raises:
            IndexError: when there is no such line.
        """
        start = self.starts[line]
        return Span(start, self.starts[line + 1] if line + 1 < len(self.starts) else self.length)

    def content_span(self, text: bytes, line: int) -> Span:
        """The bytes of a line without its line end.

        Raises:
            IndexError: when there is no such line.
        """
        span = self.line_span(line)
        end = span.end
        if end > span.start and text[end - 1] == _LINE_FEED:
            end -= 1
        if end > span.start and text[end - 1] == _CARRIAGE_RETURN:
            end -= 1
        return Span(span.start, end)


_LINE_FEED = 0x0A
_CARRIAGE_RETURN = 0x0D


def _line_starts(text: bytes, base: int) -> Iterator[int]:
    """Where lines start in `text`, which itself starts at `base`; the place after a final line end counts as a line."""
    lines = text.splitlines(keepends=True)
    starts = accumulate(map(len, lines), initial=base)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        return iter(list(starts)[:-1])
    return starts
