"""Mutations of a file: the slips of people and the odd output of programs, each as one edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_lang.text import LineTable, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

STRAY = ("}}", '"""', "|", "{", "(", "#", "]", '"', "{{", "`")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One edit of a file."""

    span: Span
    replacement: bytes


def deletions(text: bytes) -> Iterator[Mutation]:
    """Each character of the file once, taken away."""
    offset = 0
    for character in text.decode():
        length = len(character.encode())
        yield Mutation(Span(offset, offset + length), b"")
        offset += length


def half_lines(text: bytes) -> Iterator[Mutation]:
    """Each line cut in half: what is behind its middle is gone, its line end stays."""
    for content in _contents(text):
        middle = content.start + len(content.of(text).decode()[: len(content.of(text).decode()) // 2].encode())
        yield Mutation(Span(middle, content.end), b"")


def lost_lines(text: bytes) -> Iterator[Mutation]:
    """Each line of text, property or comment taken away, with its line end."""
    lines = LineTable.of(text)
    for number in range(len(lines)):
        span = lines.line_span(number)
        if span.of(text)[:1] in {b" ", b"#"}:
            yield Mutation(span, b"")


def stray_ends(text: bytes, stray: str) -> Iterator[Mutation]:
    """A stray piece at the end of each line."""
    for content in _contents(text):
        yield Mutation(Span(content.end, content.end), stray.encode())


def _contents(text: bytes) -> Iterator[Span]:
    lines = LineTable.of(text)
    for number in range(len(lines)):
        content = lines.content_span(text, number)
        if len(content):
            yield content
