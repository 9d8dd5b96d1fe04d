"""Puts a file into canonical form: columns, single spaces, one blank line between declarations.

Invariants: the bytes of every text are untouched; formatting twice is formatting once; a file with syntax errors is left as it is.

Declarations of one line and one kind that stand together (`use`, `model`, `metric` …) may stay together without a blank line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_lang.syntax.file import Chunk, SyntaxFile
from prompts_lang.syntax.nodes import Declaration, Section
from prompts_lang.text.lines import LineTable

_TOKENS = re.compile(
    rb'(?P<gap>[ \t]*)(?P<token>"(?:\\.|[^"\\])*"|#.*|->|[=!<>]=|[=<>()\[\]{},:|?]|(?:(?!->)[^\s"#=<>()\[\]{},:|?])+|")'
)
_TIGHT_BEFORE = frozenset(b"()]},:?")
_TIGHT_AFTER = frozenset(b"([{")
_OPEN = frozenset(b"[{")
_BEFORE_GROUP = frozenset({b"not", b"and", b"or", b"when", b"ensure", b"until"})
"""Words of conditions: a bracket behind them groups, where any other is the start of a signature."""
_LINE_END = re.compile(rb"(?:\r\n|\r|\n)\Z")


def format_file(file: SyntaxFile) -> bytes | None:
    """The file's bytes in canonical form, or None where it has syntax errors."""
    if any(chunk.problems for chunk in file.chunks):
        return None
    blocks = [(chunk, lines) for chunk in file.chunks if (lines := _chunk(chunk))]
    line_end = b"\r\n" if b"\r\n" in file.text else b"\n"
    parts: list[bytes] = []
    before: Declaration | None = None
    gap = True
    for chunk, lines in blocks:
        if parts and (gap or not _together(before, chunk.declaration)):
            parts.append(line_end)
        parts.extend(_with_end(line, line_end) for line in lines)
        before = chunk.declaration
        gap = before is None or _gap_below(chunk, before)
    return b"".join(parts)


def _gap_below(chunk: Chunk, declaration: Declaration) -> bool:
    """Whether a blank line follows the declaration as written."""
    rest = chunk.text[declaration.span.end :].splitlines()
    return any(not line.strip() for line in rest[1:])


def _together(before: Declaration | None, declaration: Declaration | None) -> bool:
    """Whether two declarations may stand without a blank line between them."""
    if before is None or declaration is None or before.keyword.text != declaration.keyword.text:
        return False
    return not before.sections and not declaration.sections and not declaration.documentation


def _chunk(chunk: Chunk) -> list[bytes]:
    """The lines of a chunk in canonical form, blank lines at both ends dropped."""
    table = LineTable.of(chunk.text)
    texts = _text_lines(chunk, table)
    heads = {table.line_of(section.head_span.end): section for section in _sections(chunk) if section.inline}
    lines: list[bytes] = []
    for number in range(len(table)):
        line = table.line_span(number).of(chunk.text)
        if number in texts:
            lines.append(line)
        elif number in heads:
            lines.append(_inline_section(line, heads[number], table.line_span(number).start))
        elif line.strip():
            lines.append(_structural(line))
        elif lines and lines[-1].strip():
            lines.append(b"")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _sections(chunk: Chunk) -> tuple[Section, ...]:
    return () if chunk.declaration is None else chunk.declaration.sections


def _text_lines(chunk: Chunk, table: LineTable) -> frozenset[int]:
    """The numbers of the lines that belong to a text and to nothing else."""
    return frozenset(_numbers(chunk, table))


def _numbers(chunk: Chunk, table: LineTable) -> Iterator[int]:
    for section in _sections(chunk):
        first = 1 if section.inline else 0
        for line in section.lines[first:]:
            yield table.line_of(line.source_start)


def _inline_section(line: bytes, section: Section, start: int) -> bytes:
    """`learn  user:   text` with single spaces up to the text, and the text as it is."""
    colon = section.head_span.end - start
    text = line[colon:].lstrip(b" \t")
    return _structural(line[:colon]) + b" " + text if text.strip() else _structural(line)


def _structural(line: bytes) -> bytes:
    """A declaration, property or comment line with its canonical column and single spaces outside of strings."""
    content = line.strip()
    margin = b"" if line[:1] not in (b" ", b"\t") else b"  "
    if content.startswith(b"#"):
        return margin + content
    return margin + _spaced(content)


def _spaced(content: bytes) -> bytes:
    """Tokens with one space between them, none inside of brackets and before commas, as one would write by hand."""
    parts: list[bytes] = []
    for match in _TOKENS.finditer(content):
        token = match["token"]
        if not parts or _stands_tight(parts[-1], token, spaced=bool(match["gap"])):
            parts.append(token)
        else:
            parts.extend((b" ", token))
    return b"".join(parts)


def _stands_tight(before: bytes, token: bytes, *, spaced: bool) -> bool:
    """Whether a token stands directly behind the one before it. Before `[` and `{` the space is kept as written."""
    if before[-1] in _TIGHT_AFTER and len(before) == 1:
        return True
    if token == b"(" and before in _BEFORE_GROUP:
        return False
    if token[0] in _OPEN:
        return not spaced and before not in (b",", b":", b"=")
    return token[0] in _TIGHT_BEFORE and len(token) == 1


def _with_end(line: bytes, line_end: bytes) -> bytes:
    return line if _LINE_END.search(line) else line + line_end
