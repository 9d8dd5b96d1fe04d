"""Documents: a text with its line table, as an immutable value.

Invariant: `document.lines == LineTable.of(document.text)`, whatever edits led to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from prompts_lang.text.encoding import Encoding, Position, offset_at, position_at
from prompts_lang.text.lines import LineTable
from prompts_lang.text.span import Span

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def encode_text(text: str) -> bytes:
    """The text in UTF-8.

    A lone surrogate, which UTF-8 cannot hold but an editor can send, becomes U+FFFD: it takes one UTF-16 unit as well, so positions that
    the editor sends afterwards still fit.
    """
    return _LONE_SURROGATE.sub("\ufffd", text).encode()


@dataclass(frozen=True, slots=True)
class Document:
    """A text in UTF-8 with its line table. Bytes that are not UTF-8 are kept as they are."""

    text: bytes
    lines: LineTable

    @classmethod
    def of(cls, text: bytes | str) -> Document:
        """A document with this text."""
        data = encode_text(text) if isinstance(text, str) else text
        return cls(data, LineTable.of(data))

    def edit(self, span: Span, replacement: bytes | str) -> Document:
        """The document with `replacement` in the place of the bytes at `span`.

        Raises:
            ValueError: when the span ends after the text.
        """
        if span.end > len(self.text):
            raise ValueError(
                f"An edit of bytes {span.start} to {span.end} does not fit a text of {len(self.text)} bytes."
            )
        data = encode_text(replacement) if isinstance(replacement, str) else replacement
        text = b"".join((self.text[: span.start], data, self.text[span.end :]))
        return Document(text, self.lines.replace(text, span, len(data)))

    def offset_at(self, position: Position, encoding: Encoding) -> int:
        """The byte offset of a position; see `prompts_lang.text.encoding.offset_at`."""
        return offset_at(self.text, self.lines, position, encoding)

    def position_at(self, offset: int, encoding: Encoding) -> Position:
        """The position of a byte offset; see `prompts_lang.text.encoding.position_at`."""
        return position_at(self.text, self.lines, offset, encoding)

    def span_between(self, start: Position, end: Position, encoding: Encoding) -> Span:
        """The bytes between two positions; an inverted pair is taken the other way round, as editors do."""
        first, second = sorted((self.offset_at(start, encoding), self.offset_at(end, encoding)))
        return Span(first, second)
