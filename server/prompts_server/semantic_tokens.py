"""Semantic tokens in the protocol's numbers, worked out anew only for the declarations that a change has touched.

Tokens of a declaration depend on its bytes and its resolution alone and count from its own first line, so both are kept
as they are when the declaration moves. The last answer for each document is kept for deltas.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from prompts_lang.features.tokens import tokens_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.text import Document, Encoding, Span
from prompts_server.uris import UriKey

_NUMBERS_PER_TOKEN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One token: line and character from the start of its declaration, length in units, type and modifiers."""

    line: int
    character: int
    length: int
    type: int
    modifiers: int


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows of a declaration, and the values they were worked out from."""

    declaration: object
    resolved: object
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A full answer: the numbers, and the name under which a delta may refer to them."""

    result_id: str
    data: Sequence[int]


@dataclass(frozen=True, slots=True)
class Delta:
    """The change between two answers: how many numbers go, from where, and what comes in their place."""

    result_id: str
    start: int
    removed: int
    data: Sequence[int]


class SemanticTokens:
    """The tokens of all open documents."""

    def __init__(self) -> None:
        self._known: dict[UriKey, dict[int, _Known]] = {}
        self._answers: dict[UriKey, Answer] = {}
        self._numbers = count(1)

    def full(self, key: UriKey, meaning: FileMeaning, encoding: Encoding) -> Answer:
        """All tokens of a document."""
        answer = Answer(str(next(self._numbers)), _encode(self._rows(key, meaning, encoding)))
        self._answers[key] = answer
        return answer

    def delta(self, key: UriKey, previous_id: str, meaning: FileMeaning, encoding: Encoding) -> Answer | Delta:
        """What has changed since an earlier answer; everything when that is not known any more."""
        previous = self._answers.get(key)
        answer = self.full(key, meaning, encoding)
        if previous is None or previous.result_id != previous_id:
            return answer
        start, removed, data = _difference(previous.data, answer.data)
        return Delta(answer.result_id, start, removed, data)

    def within(self, key: UriKey, meaning: FileMeaning, encoding: Encoding, first: int, last: int) -> Sequence[int]:
        """The tokens on lines `first` to `last`."""
        return _encode(row for row in self._rows(key, meaning, encoding) if first <= row.line <= last)

    def forget(self, key: UriKey) -> None:
        """Drops what is kept for a document."""
        self._known.pop(key, None)
        self._answers.pop(key, None)

    def _rows(self, key: UriKey, meaning: FileMeaning, encoding: Encoding) -> Iterator[Row]:
        """The rows of a document, with lines counted from its start."""
        before, now = self._known.get(key, {}), dict[int, _Known]()
        self._known[key] = now
        content = Document.of(meaning.syntax.text)
        for number, entry in enumerate(meaning.module.entries):
            resolved = meaning.resolution.resolved[number]
            known = before.get(id(entry.declaration))
            if known is None or known.declaration is not entry.declaration or known.resolved is not resolved:
                known = _Known(entry.declaration, resolved, tuple(_rows_of(meaning, entry, encoding)))
            now[id(entry.declaration)] = known
            first_line = content.lines.line_of(meaning.syntax.offsets[entry.index])
            for row in known.rows:
                yield Row(row.line + first_line, row.character, row.length, row.type, row.modifiers)


def _rows_of(meaning: FileMeaning, entry: Entry, encoding: Encoding) -> Iterator[Row]:
    chunk = Document.of(meaning.syntax.chunks[entry.index].text)
    for token in tokens_of(meaning, entry):
        start = chunk.position_at(token.span.start, encoding)
        end = chunk.position_at(_end_on_line(chunk, token.span), encoding)
        yield Row(start.line, start.character, end.character - start.character, int(token.type), int(token.modifiers))


def _end_on_line(chunk: Document, span: Span) -> int:
    """The end of a token on its first line; a token may not span lines."""
    line = chunk.lines.content_span(chunk.text, chunk.lines.line_of(span.start))
    return min(span.end, line.end)


def _encode(rows: Iterator[Row]) -> list[int]:
    """The protocol's numbers: each token relative to the one before it."""
    data: list[int] = []
    line = character = 0
    for row in rows:
        same_line = row.line == line
        data += (row.line - line, row.character - (character if same_line else 0), row.length, row.type, row.modifiers)
        line, character = row.line, row.character
    return data


def _difference(before: Sequence[int], after: Sequence[int]) -> tuple[int, int, Sequence[int]]:
    """The smallest single replacement, in whole tokens, that leads from one answer to the next."""
    limit = min(len(before), len(after))
    start = next((index for index in range(limit) if before[index] != after[index]), limit)
    start -= start % _NUMBERS_PER_TOKEN
    rest = limit - start
    end = next((index for index in range(rest) if before[-1 - index] != after[-1 - index]), rest)
    end -= end % _NUMBERS_PER_TOKEN
    return start, len(before) - start - end, after[start : len(after) - end]
