"""Files that a run reads, each of them once: datasets for examples, code, and indexes over corpora.

Invariant: within one session a file has one content. A change on disk is seen by the next session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.data.content import content_key
from prompts_lang.data.dataset import Row, read_rows
from prompts_lang.engine.retrieval.choose import IN_MEMORY, VectorPlace, open_retriever
from prompts_lang.engine.sandbox.code import function_code, inline_code
from prompts_lang.engine.sandbox.model import CodeUnit, FunctionCode, InlineCode, SourceFile
from prompts_lang.graph.model import CodeBody

if TYPE_CHECKING:
    from prompts_lang.engine.retrieval.protocol import Retriever
    from prompts_lang.graph.model import Corpus, Dataset, FunctionReference, Node
    from prompts_lang.graph.types import JsonValue

INLINE = "python"
"""What tracebacks call the text of a `python:` section. Which section that is, and where it stands now, is for others to say."""


@dataclass(frozen=True, slots=True)
class Code:
    """Code as the sandbox takes it, and the digest of its text and of the modules that it imports."""

    code: CodeUnit
    digest: str


class Resources:
    """What has been read so far. It belongs to one event loop.

    Args:
        vectors: Where vectors of documents are kept.
    """

    def __init__(self, vectors: VectorPlace = IN_MEMORY) -> None:
        self._vectors = vectors
        self._rows: dict[tuple[str, Path | None], tuple[Row, ...]] = {}
        self._rows_by_id: dict[tuple[str, Path | None], Mapping[str, Row]] = {}
        self._code: dict[tuple[object, ...], Code] = {}
        self._retrievers: dict[Corpus, asyncio.Future[Retriever]] = {}

    def rows(self, dataset: Dataset) -> tuple[Row, ...]:
        """The rows of a dataset.

        Raises:
            FileError: As for `read_rows`.
            DataError: As for `read_rows`.
        """
        place = (dataset.name, dataset.path)
        if place not in self._rows:
            self._rows[place] = read_rows(dataset)
        return self._rows[place]

    def rows_by_id(self, dataset: Dataset) -> Mapping[str, Row]:
        """The rows of a dataset by their ids; raises as `rows` does."""
        place = (dataset.name, dataset.path)
        if place not in self._rows_by_id:
            self._rows_by_id[place] = {row.id: row for row in self.rows(dataset)}
        return self._rows_by_id[place]

    def code(self, node: Node) -> Code:
        """The code of a code node.

        Raises:
            FileError: Its file cannot be read.
        """
        body = node.body
        assert isinstance(body, CodeBody)  # noqa: S101  asked for code nodes only
        outputs = tuple(port.name for port in node.outputs)
        if body.function is not None:
            return self.function(body.function, outputs)
        place = (body.source, outputs)
        if place not in self._code:
            self._code[place] = _digested(inline_code(body.source or "", outputs, file=INLINE))
        return self._code[place]

    def function(self, function: FunctionReference, outputs: tuple[str, ...], *, positional: bool = False) -> Code:
        """A function of a file; raises as `code` does."""
        place = (function, outputs, positional)
        if place not in self._code:
            self._code[place] = _digested(function_code(function.path, function.name, outputs, positional=positional))
        return self._code[place]

    async def retriever(self, corpus: Corpus, environ: Mapping[str, str]) -> Retriever:
        """The index over a corpus, opened in a thread when it is first asked for; raises as `open_retriever` does."""
        if (index := self._retrievers.get(corpus)) is None:
            index = asyncio.ensure_future(asyncio.to_thread(open_retriever, corpus, self._vectors, environ))
            self._retrievers[corpus] = index
        return await asyncio.shield(index)

    async def close(self) -> None:
        """Lets go of the files and connections of indexes. What was read stays."""
        opened, self._retrievers = self._retrievers, {}
        for index in await asyncio.gather(*opened.values(), return_exceptions=True):
            if not isinstance(index, BaseException):
                await index.close()


def _digested(code: CodeUnit) -> Code:
    match code:
        case FunctionCode(function, main, siblings, outputs, positional):
            content: list[JsonValue] = [function, positional, *map(_file, (main, *siblings))]
        case InlineCode(main, outputs):
            content = [_file(main)]
    return Code(code, content_key("source", [list(outputs), content]))


def _file(file: SourceFile) -> JsonValue:
    return [file.name, file.file, file.text]
