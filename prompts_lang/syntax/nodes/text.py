"""The text of a section, and where each of its characters stands in the source."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes.names import Name, Reference
    from prompts_lang.syntax.nodes.values import Number, Phrase


@dataclass(frozen=True, slots=True)
class TextRange:
    """Characters of `Section.text` from `start` up to, but not including, `end`: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a section's text.

    `text_start` counts characters of the text, `source_start` bytes of the chunk (after the margin), and `text` is the line itself,
    without its line end.
    """

    text_start: int
    source_start: int
    text: str


@dataclass(frozen=True, slots=True)
class Formatter:
    """`numbered`, or `first 3` with its argument."""

    name: Name
    argument: Number | None
    span: Span


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{{passages | first 3 | numbered}}`: a reference to a local name and the formatters applied to it, in order.

    `span` is its place in the source and `range` its place in the text, braces included in both.
    """

    reference: Reference
    formatters: tuple[Formatter, ...]
    span: Span
    range: TextRange


@dataclass(frozen=True, slots=True)
class Section:
    r"""A property with text: `learn system:` and the lines below it, or `user: {{question}}` on one line.

    `text` is what a model reads: each line without its margin of exactly four columns, lines joined by `\n`. Blank lines between lines
    are text; blank lines before the first and after the last line are layout, so a text never starts or ends with one.

    Attributes:
        learn: the word `learn` where the section is a slot, else None.
        word: what the section is: `system`, `user`, `query`, `examples`, `python` …
        phrases: what stands between the word and the colon, as in `examples from questions, at most 3:`.
        inline: whether the text starts on the line of the colon.
        text: the text; empty when there is none.
        lines: the lines of `text`, blank ones included; joined by line feeds they are `text`.
        placeholders: in order. `\{{` starts none, and a `python` section has none.
        loose_braces: places in the source of `{{` that start no placeholder and so are literal; often a slip.
        head_span: from the first word to the colon, included.
        text_span: from the first to the last byte of text in the source, margins between them included; where there is no text, the
            empty place right after the colon.
        span: the whole section, from its first word to the end of its text.
    """

    learn: Name | None
    word: Name
    phrases: tuple[Phrase, ...]
    inline: bool
    text: str
    lines: tuple[TextLine, ...]
    placeholders: tuple[Placeholder, ...]
    loose_braces: tuple[Span, ...]
    head_span: Span
    text_span: Span
    span: Span

    def source_offset(self, index: int) -> int:
        """The byte of the chunk where character `index` of the text stands; a line feed stands at the end of its line.

        Raises:
            IndexError: when `index` is not in `0 … len(text)`.
        """
        if not 0 <= index <= len(self.text):
            raise IndexError(f"Character {index} is outside of a text of {len(self.text)} characters.")
        if not self.lines:
            return self.text_span.start
        line = self.lines[bisect_right(self.lines, index, key=_text_start) - 1]
        return line.source_start + len(encode(line.text[: index - line.text_start]))

    def source_span(self, start: int, end: int) -> Span:
        """The bytes of the chunk that characters `start` up to `end` of the text stand on, margins between lines included.

        Raises:
            IndexError: when an offset lies outside of the text.
        """
        first = self.source_offset(start)
        return Span(first, max(first, self.source_offset(end)))

    def text_index(self, offset: int) -> int:
        """The character of the text at byte `offset` of the chunk; a place in a margin counts as the start of its line.

        A place before or after the text counts as its start or end.
        """
        if not self.lines or offset <= self.lines[0].source_start:
            return 0
        line = self.lines[bisect_right(self.lines, offset, key=_source_start) - 1]
        before = encode(line.text)[: offset - line.source_start]
        index = line.text_start + len(decode(before))
        following = line.text_start + len(line.text) + 1
        in_next_margin = offset > line.source_start + len(encode(line.text)) and following <= len(self.text)
        return following if in_next_margin else index


def _text_start(line: TextLine) -> int:
    return line.text_start


def _source_start(line: TextLine) -> int:
    return line.source_start


def encode(text: str) -> bytes:
    """Text to bytes of the file; the inverse of `decode` for every text that came from it."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Bytes of the file to text, without loss: bytes that are not UTF-8 become lone surrogates, and the chunk has a problem."""
    return data.decode("utf-8", "surrogateescape")
