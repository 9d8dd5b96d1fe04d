"""Mutations of a file, and the harm that they do to declarations other than their own.

A mutation is harmful when a declaration that it does not touch is lost, or says something else than before. The bounds in
`test_mutations.py` and the benchmark of the same name measure with this module.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text import LineTable, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def harm(file: SyntaxFile, mutation: Mutation) -> int:
    """How many declarations that the mutation does not touch are no longer what they were."""
    touched = {file.chunk_at(mutation.span.start), file.chunk_at(max(mutation.span.end - 1, mutation.span.start))}
    after = file.edit(mutation.span, mutation.replacement)
    kept = set(after.chunks)
    changed = [chunk for number, chunk in enumerate(file.chunks) if number not in touched and chunk not in kept]
    if not changed:
        return 0
    # A chunk can change and its declaration stay the same: when it loses a blank line at its end, say.
    expected = Counter(repr(chunk.declaration) for chunk in changed if chunk.declaration is not None)
    found = Counter(repr(chunk.declaration) for chunk in after.chunks if chunk.declaration is not None)
    return (expected - found).total()


def share_of_harmful(file: SyntaxFile, mutations: Iterable[Mutation]) -> float:
    """The share of mutations, from 0 to 1, that harm a declaration other than their own."""
    outcomes = [harm(file, mutation) > 0 for mutation in mutations]
    return sum(outcomes) / len(outcomes)
