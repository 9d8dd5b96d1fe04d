"""Semantic tokens in the protocol's numbers, worked out anew only for the declarations that a change has touched.

Tokens of a declaration depend on its bytes and its resolution alone and count from its own first line, so both are kept
as they are when the declaration moves. The last answer for each document is kept for deltas.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from prompts_lang.features.tokens import tokens_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.text import Document, Encoding, Span
from prompts_server.documents import OpenDocument
from prompts_server.sequences import common_prefix, common_suffix
from prompts_server.uris import UriKey

_NUMBERS_PER_TOKEN = 5
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Block:
    """The tokens of one declaration, and the values they were worked out from.

    Attributes:
        declaration: The declaration.
        resolved: What its names mean.
        stale: Its stale sections.
        numbers: The protocol's numbers; the first line counts from the start of the declaration.
        last_line: The line of the last token, from the start of the declaration.
    """

    declaration: object
    resolved: object
    stale: frozenset[str]
    numbers: tuple[int, ...]
    last_line: int


@dataclass(frozen=True, slots=True)
class TokenView:
    """What tokens are made from: a document, what it means, its unit of columns, and its stale sections by node."""

    document: OpenDocument
    meaning: FileMeaning
    encoding: Encoding
    stale: Mapping[str, frozenset[str]]


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
        self._blocks: dict[UriKey, dict[int, _Block]] = {}
        self._answers: dict[UriKey, Answer] = {}
        self._numbers = count(1)

    def full(self, view: TokenView) -> Answer:
        """All tokens of a document."""
        answer = Answer(str(next(self._numbers)), _joined(self._placed(view)))
        self._answers[view.document.key] = answer
        return answer

    def delta(self, view: TokenView, previous_id: str) -> Answer | Delta:
        """What has changed since an earlier answer; everything when that is not known any more."""
        previous = self._answers.get(view.document.key)
        answer = self.full(view)
        if previous is None or previous.result_id != previous_id:
            return answer
        start, removed, data = _difference(previous.data, answer.data)
        return Delta(answer.result_id, start, removed, data)

    def within(self, view: TokenView, first: int, last: int) -> Sequence[int]:
        """The tokens of the declarations that stand on lines `first` to `last`."""
        placed = self._placed(view)
        return _joined((line, block) for line, block in placed if line <= last and first <= line + block.last_line)

    def forget(self, key: UriKey) -> None:
        """Drops what is kept for a document."""
        self._blocks.pop(key, None)
        self._answers.pop(key, None)

    def _placed(self, view: TokenView) -> Iterator[tuple[int, _Block]]:
        """The blocks of a document, each with the line that its declaration starts on."""
        key, meaning = view.document.key, view.meaning
        before, now = self._blocks.get(key, {}), dict[int, _Block]()
        self._blocks[key] = now
        for number, entry in enumerate(meaning.module.entries):
            resolved, identity = meaning.resolution.resolved[number], id(entry.declaration)
            stale = view.stale.get(entry.anchor, _NOTHING)
            block = before.get(identity)
            same = block is not None and block.declaration is entry.declaration and block.resolved is resolved
            if block is None or not same or block.stale != stale:
                block = _block(view, entry, resolved, stale)
            now[identity] = block
            if block.numbers:
                yield view.document.content.lines.line_of(meaning.syntax.offsets[entry.index]), block


def _block(view: TokenView, entry: Entry, resolved: object, stale: frozenset[str]) -> _Block:
    chunk = Document.of(view.meaning.syntax.chunks[entry.index].text)
    numbers: list[int] = []
    line = character = 0
    for token in tokens_of(view.meaning, entry, stale):
        start = chunk.position_at(token.span.start, view.encoding)
        end = chunk.position_at(_end_on_line(chunk, token.span), view.encoding)
        column = start.character - (character if start.line == line else 0)
        length = end.character - start.character
        numbers += (start.line - line, column, length, int(token.type), int(token.modifiers))
        line, character = start.line, start.character
    return _Block(entry.declaration, resolved, stale, tuple(numbers), line)


def _end_on_line(chunk: Document, span: Span) -> int:
    """The end of a token on its first line; a token may not span lines."""
    line = chunk.lines.content_span(chunk.text, chunk.lines.line_of(span.start))
    return min(span.end, line.end)


def _joined(placed: Iterable[tuple[int, _Block]]) -> list[int]:
    """The numbers of a whole document: only the first line of each block depends on the block before it."""
    data: list[int] = []
    line = 0
    for first_line, block in placed:
        data.append(first_line + block.numbers[0] - line)
        data += block.numbers[1:]
        line = first_line + block.last_line
    return data


def _difference(before: Sequence[int], after: Sequence[int]) -> tuple[int, int, Sequence[int]]:
    """The smallest single replacement, in whole tokens, that leads from one answer to the next."""
    limit = min(len(before), len(after))
    start = common_prefix(before, after, limit)
    start -= start % _NUMBERS_PER_TOKEN
    end = common_suffix(before, after, limit - start)
    end -= end % _NUMBERS_PER_TOKEN
    return start, len(before) - start - end, after[start : len(after) - end]
