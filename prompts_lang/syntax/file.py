"""A file as a sequence of chunks: the lossless tree that everything above is built on.

A *chunk* is the lines of one declaration. It starts at a line at column 0 that is neither blank nor a comment, or at the comment lines
directly above that, which are its documentation, and it ends where the next one starts. What stands before the first declaration is a
chunk without one. Three things follow by construction:

* The file is lossless: the chunks, one behind the other, are its bytes.
* A mistake stays inside of its declaration, since each chunk is read on its own.
* Incremental equals full: an edit reads anew only the chunks that it touches, and a chunk depends on nothing but its bytes. Places in
  a chunk count from its own start, so an edit above it leaves the chunk the very same object, and so all that was computed from it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from prompts_lang.syntax.layout import BYTE_ORDER_MARK, split_chunks
from prompts_lang.syntax.read import ChunkContent, read_chunk
from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompts_lang.syntax.nodes import Comment, Declaration, Problem


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of a chunk and what they say. Two chunks are equal when their bytes are."""

    text: bytes
    content: ChunkContent = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: bytes) -> Chunk:
        """Reads a chunk; never raises."""
        return cls(text, read_chunk(text))

    @property
    def declaration(self) -> Declaration | None:
        """The declaration; None above the first one of a file."""
        return self.content.declaration

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments of a chunk without a declaration."""
        return self.content.comments

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in this chunk, in the order of the text."""
        return self.content.problems


@dataclass(frozen=True, slots=True)
class SyntaxFile:
    """A file as chunks, with the offset at which each starts.

    Example:
        >>> file = SyntaxFile.parse(b"language 1\\n\\nmodel m = 'x'\\n")
        >>> [chunk.text for chunk in file.chunks]
        [b'language 1\\n\\n', b"model m = 'x'\\n"]
    """

    text: bytes
    chunks: tuple[Chunk, ...]
    offsets: tuple[int, ...]

    @classmethod
    def parse(cls, text: bytes, previous: SyntaxFile | None = None) -> SyntaxFile:
        """Reads a file; never raises. Chunks of `previous` with the same bytes are taken as they are."""
        known = {} if previous is None else {chunk.text: chunk for chunk in previous.chunks}
        starts = split_chunks(text, len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0)
        return cls(text, _chunks(text, starts, known), tuple(starts))

    def edit(self, span: Span, replacement: bytes) -> SyntaxFile:
        """The file with `replacement` in the place of the bytes at `span`; equal to parsing the new text.

        Raises:
            ValueError: when the span ends after the text.
        """
        if span.end > len(self.text):
            raise ValueError(
                f"An edit of bytes {span.start} to {span.end} does not fit a file of {len(self.text)} bytes."
            )
        text = b"".join((self.text[: span.start], replacement, self.text[span.end :]))
        # Where a chunk starts depends on its own first lines and on whether the line before is a comment. So an edit can move the start
        # of the chunk that it touches into the one before, and can merge the one behind, whose end then is decided by the next.
        first = max(self.chunk_at(span.start) - 1, 0)
        last = self.chunk_at(span.end) + 3
        begin = self.offsets[first] if self.offsets else 0
        old_end = self.offsets[last] if last < len(self.offsets) else len(self.text)
        part = text[begin : old_end + len(replacement) - len(span)]
        origin = len(BYTE_ORDER_MARK) if begin == 0 and part.startswith(BYTE_ORDER_MARK) else 0
        known = {chunk.text: chunk for chunk in self.chunks[first:last]}
        starts = split_chunks(part, origin)
        chunks = (*self.chunks[:first], *_chunks(part, starts, known), *self.chunks[last:])
        delta = len(replacement) - len(span)
        offsets = (
            *self.offsets[:first],
            *map(begin.__add__, starts),
            *map(delta.__add__, self.offsets[last:]),
        )
        return SyntaxFile(text, chunks, offsets)

    def chunk_at(self, offset: int) -> int:
        """The number of the chunk that `offset` stands in; between two chunks, the later one. 0 in an empty file."""
        return max(bisect_right(self.offsets, offset) - 1, 0)

    def declarations(self) -> Iterator[tuple[int, Declaration]]:
        """The declarations in order, each with the offset that its spans count from."""
        for offset, chunk in zip(self.offsets, self.chunks, strict=True):
            if chunk.declaration is not None:
                yield offset, chunk.declaration

    def problems(self) -> Iterator[tuple[int, Problem]]:
        """All problems in order, each with the offset that its spans count from."""
        for offset, chunk in zip(self.offsets, self.chunks, strict=True):
            for problem in chunk.problems:
                yield offset, problem


def _chunks(text: bytes, starts: list[int], known: dict[bytes, Chunk]) -> tuple[Chunk, ...]:
    """The chunks that start there. Those that are known are taken as they are, and those that are new become known."""
    chunks: list[Chunk] = []
    for start, end in pairwise([*starts, len(text)]):
        piece = text[start:end]
        chunk = known.get(piece)
        if chunk is None:
            chunk = known[piece] = Chunk.parse(piece)
        chunks.append(chunk)
    return tuple(chunks)
