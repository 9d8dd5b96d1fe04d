"""Reads the text of a section: takes off the margins, and finds the placeholders.

Invariant: the text is the section's own lines and nothing else, whatever stands in them. Which lines those are is the layout's business;
the tree is asked for placeholders alone, so that editors and this reader agree on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.layout import LineKind
from prompts_lang.syntax.nodes import (
    Formatter,
    Name,
    Number,
    Placeholder,
    Reference,
    TextLine,
    TextRange,
    decode,
    encode,
)
from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node

    from prompts_lang.syntax.layout import Group
    from prompts_lang.syntax.reading import Reading

_WORD: Final = re.compile(rb"[^ \t.|{}]+")
_DOUBLE_BRACES: Final = re.compile(rb"(\\?)\{\{")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a section, as `Section` has it; `span` is its place in the chunk."""

    text: str
    lines: tuple[TextLine, ...]
    inline: bool
    span: Span


def read_text(chunk: bytes, group: Group, colon_end: int) -> Text:
    """The text that starts behind a colon and goes on in the lines below it.

    Blank lines before the first and after the last line that says something are layout, and left out. Comment lines are left out too.
    """
    rows: list[tuple[int, int]] = []
    start = _skip_spaces(chunk, colon_end, group.first.end)
    inline = start < group.first.end
    if inline:
        rows.append((start, group.first.end))
    rows.extend((line.content, line.end) for line in group.lines[1:] if line.kind in {LineKind.TEXT, LineKind.BLANK})
    rows = _without_blank_ends(chunk, rows)
    if not rows:
        return Text("", (), inline=False, span=Span(colon_end, colon_end))
    lines: list[TextLine] = []
    text_start = 0
    for row_start, row_end in rows:
        text = decode(chunk[row_start:row_end])
        lines.append(TextLine(text_start, row_start, text))
        text_start += len(text) + 1
    return Text("\n".join(line.text for line in lines), tuple(lines), inline, Span(rows[0][0], rows[-1][1]))


def _skip_spaces(chunk: bytes, start: int, end: int) -> int:
    return end - len(chunk[start:end].lstrip(b" \t"))


def _without_blank_ends(chunk: bytes, rows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    saying = [number for number, (start, end) in enumerate(rows) if chunk[start:end].strip(b" \t")]
    return list(rows[saying[0] : saying[-1] + 1]) if saying else []


def read_placeholders(reading: Reading, nodes: Iterable[Node], text: Text) -> tuple[Placeholder, ...]:
    """The placeholders of a section, from their nodes in the tree."""
    if not text.lines:
        return ()
    placeholders: list[Placeholder] = []
    number = 0
    counted, index = 0, 0  # The text before byte `counted` of the chunk has `index` characters.
    for node in nodes:
        span = reading.span(node)
        while number + 1 < len(text.lines) and text.lines[number + 1].source_start <= span.start:
            number += 1
        line = text.lines[number]
        if counted < line.source_start:
            counted, index = line.source_start, line.text_start
        index += len(decode(reading.text[counted : span.start]))
        written = decode(span.of(reading.text))
        placeholders.append(_placeholder(reading.text, span, TextRange(index, index + len(written))))
        counted, index = span.end, index + len(written)
    return tuple(placeholders)


def _placeholder(chunk: bytes, span: Span, place: TextRange) -> Placeholder:
    bars = [match.start() for match in re.finditer(rb"\|", chunk[span.start : span.end])]
    ends = [*(span.start + bar for bar in bars), span.end]
    parts = tuple(_names(chunk, span.start, ends[0]))
    formatters = tuple(_formatter(tuple(_names(chunk, start, end))) for start, end in pairwise(ends))
    return Placeholder(Reference(parts, Span(parts[0].span.start, parts[-1].span.end)), formatters, span, place)


def _names(chunk: bytes, start: int, end: int) -> Iterable[Name]:
    for match in _WORD.finditer(chunk, start, end):
        yield Name(decode(match[0]), Span(match.start(), match.end()))


def _formatter(words: tuple[Name, ...]) -> Formatter:
    name, *rest = words
    argument = None
    if rest:
        digits = rest[0]
        argument = Number(int(digits.text) if len(digits.text) < 10 else 10**9, None, digits.span)
    return Formatter(name, argument, name.span.cover(words[-1].span))


def _first_two_and_before(span: Span) -> tuple[int, int]:
    """Where two braces can start that share one with the opening of a placeholder: `{{{a}}}` has them one before."""
    return span.start - 1, span.start


def read_loose_braces(chunk: bytes, text: Text, placeholders: Sequence[Placeholder]) -> tuple[Span, ...]:
    """Where two braces stand in the text that start no placeholder and are not written `\\{{`."""
    if b"{{" not in text.span.of(chunk):
        return ()
    taken = {offset for placeholder in placeholders for offset in _first_two_and_before(placeholder.span)}
    loose: list[Span] = []
    for line in text.lines:
        end = line.source_start + len(encode(line.text))
        for match in _DOUBLE_BRACES.finditer(chunk, line.source_start, end):
            place = Span(match.end() - 2, match.end())
            if not match[1] and place.start not in taken:
                loose.append(place)
    return tuple(loose)
