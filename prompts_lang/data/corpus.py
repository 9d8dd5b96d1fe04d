"""Reads documents: one per line of a JSONL file, or one per text or Markdown file of a folder.

Invariant: the order of documents and the digest depend on the content alone, not on the order in which a file system lists its files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from prompts_lang.data.reading import Record, json_lines, text_file
from prompts_lang.errors import DataError, FileError

if TYPE_CHECKING:
    from prompts_lang.graph.model import Corpus
    from prompts_lang.graph.types import JsonValue

TEXT_FILES = frozenset({".txt", ".md", ".markdown"})

STORE_SCHEMES: Mapping[str, str] = MappingProxyType({"qdrant": "http", "qdrants": "https"})
"""The schemes of vector stores' URLs, with the protocol that each is spoken to by."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus. `fields` are all fields of its JSONL line; empty for a text file."""

    id: str
    text: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a corpus and a digest of them all."""

    items: tuple[Document, ...]
    digest: str


def read_corpus(corpus: Corpus, *, at_most: int | None = None) -> Documents:
    """Reads a corpus.

    Args:
        corpus: Its declaration; the location must be a file or a folder.
        at_most: Reads no more documents than that, for a check.

    Raises:
        FileError: There is no such file or folder, it cannot be read, or it is of a form that we do not know.
        DataError: A line is not a document, or an id stands twice.
    """
    path = Path(corpus.location)
    if not path.exists():
        raise FileError(
            f"The corpus '{corpus.name}' does not exist.", where=str(path), hint="Check the path after `from`."
        )
    if path.is_dir():
        found = _of_folder(path)
    elif path.suffix in {".jsonl", ".ndjson"}:
        found = _of_lines(path, corpus)
    else:
        raise FileError(
            f"The corpus '{corpus.name}' is neither a JSONL file nor a folder.",
            where=str(path),
            hint="Give a file that ends in .jsonl, or a folder of .txt and .md files.",
        )
    items = tuple(islice(_unique(found, corpus), at_most))
    if not items:
        raise DataError(f"The corpus '{corpus.name}' has no documents.", where=str(path), hint="Put some there.")
    return Documents(items, _digest(items))


def _of_lines(path: Path, corpus: Corpus) -> Iterator[tuple[str, Document]]:
    with closing(json_lines(path)) as lines:
        for line in lines:
            yield line.where, _document(line, corpus)


def _document(line: Record, corpus: Corpus) -> Document:
    text = line.value.get(corpus.text_field)
    if not isinstance(text, str):
        names = ", ".join(line.value) or "nothing"
        raise DataError(
            f"The document has no text in the field '{corpus.text_field}'; it has {names}.",
            where=line.where,
            hint="Name the field with `text FIELD` in the corpus.",
        )
    known = line.value.get(corpus.id_field)
    name = str(known) if isinstance(known, str | int) and not isinstance(known, bool) else str(line.number)
    return Document(name, text, line.value)


def _of_folder(folder: Path) -> Iterator[tuple[str, Document]]:
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in TEXT_FILES and path.is_file())
    for path in sorted(paths, key=lambda path: path.relative_to(folder).as_posix()):
        yield str(path), Document(path.relative_to(folder).as_posix(), text_file(path))


def _unique(found: Iterable[tuple[str, Document]], corpus: Corpus) -> Iterator[Document]:
    places: dict[str, str] = {}
    for where, document in found:
        if (first := places.setdefault(document.id, where)) != where:
            raise DataError(
                f"The document id '{document.id}' of '{corpus.name}' stands twice, the first time at {first}.",
                where=where,
                hint="Ids tell documents apart; name another field with `id FIELD`, or change one of them.",
            )
        yield document


def _digest(items: Iterable[Document]) -> str:
    digest = hashlib.sha256()
    for document in items:
        for part in (document.id, document.text):
            content = part.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "big"))
            digest.update(content)
    return digest.hexdigest()
