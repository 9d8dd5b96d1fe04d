"""Formats some lines: the declarations around them by themselves, so that mistakes elsewhere in the file do not matter."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.file import Chunk, SyntaxFile
from prompts_lang.text.span import Edit, Span


def format_range(file: SyntaxFile, span: Span) -> tuple[Edit, ...]:
    """The edits on the lines that a span touches. A declaration with syntax errors stays as it is."""
    return tuple(
        edit
        for chunk, offset in zip(file.chunks, file.offsets, strict=True)
        if offset <= span.end and span.start <= offset + len(chunk.text) and not chunk.problems
        for edit in _edits(chunk, offset)
        if _touches(edit.span, span)
    )


def _touches(line: Span, span: Span) -> bool:
    return line.start <= span.end and (span.start < line.end or span.start == line.start)


def _edits(chunk: Chunk, offset: int) -> Iterator[Edit]:
    """The lines of a declaration that formatting changes. Blank lines behind it belong to what follows."""
    formatted = format_file(SyntaxFile.parse(chunk.text))
    if formatted is None:
        return
    before = chunk.text.splitlines(keepends=True)
    while before and not before[-1].strip():
        before.pop()
    after = formatted.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "replace" and j - i == m - k:
            for line in range(j - i):
                yield _edit(Span(offset + starts[i + line], offset + starts[i + line + 1]), after[k + line])
        elif tag != "equal":
            yield _edit(Span(offset + starts[i], offset + starts[j]), b"".join(after[k:m]))


def _edit(span: Span, text: bytes) -> Edit:
    return Edit(span, text.decode("utf-8", "surrogateescape"))
