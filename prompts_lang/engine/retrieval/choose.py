"""Which index a corpus asks for, made ready to be searched. Nothing is paid for and no server is asked here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_lang.data.corpus import read_corpus
from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.provider.embedding import maker
from prompts_lang.engine.retrieval.bm25 import Bm25Retriever
from prompts_lang.engine.retrieval.qdrant import SCHEMES, QdrantRetriever
from prompts_lang.engine.store.database import make_home
from prompts_lang.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from prompts_lang.engine.retrieval.protocol import Retriever
    from prompts_lang.graph.model import Corpus


@dataclass(frozen=True, slots=True)
class VectorPlace:
    """Where vectors are kept.

    Attributes:
        file: The file; None where nothing is to be kept on disk.
        kept: Where there is no file: one to take vectors from, if it is there.
    """

    file: Path | None = None
    kept: Path | None = None


IN_MEMORY = VectorPlace()


def open_retriever(corpus: Corpus, place: VectorPlace, environ: Mapping[str, str]) -> Retriever:
    """The index that a corpus asks for. Reads files; use a thread.

    Raises:
        FileError: As for `read_corpus`.
        DataError: As for `read_corpus`.
        ProgramError: The corpus asks for an index that there is not.
        UsageError: The extra that brings the index is not installed, or a variable that the model needs is not set.
        StoreError: The file with the vectors cannot be opened.
    """
    scheme, separator, _ = corpus.location.partition("://")
    if not separator:
        return _local(corpus, place, environ)
    if scheme not in SCHEMES:
        raise ProgramError(
            f"The corpus '{corpus.name}' is in a store that is not known: '{scheme}://'.",
            where=corpus.location,
            hint="Use `qdrant://host:6333/collection`, a JSONL file, or a folder.",
        )
    if corpus.embedding is None:
        raise ProgramError(
            f"The corpus '{corpus.name}' does not say which model made the vectors of its collection.",
            where=corpus.location,
            hint="Add `index embedding NAME`, the name of a `model`; it embeds the queries.",
        )
    return QdrantRetriever(corpus, model_spec(corpus.embedding, environ), environ)


def _local(corpus: Corpus, place: VectorPlace, environ: Mapping[str, str]) -> Retriever:
    documents = read_corpus(corpus)
    if corpus.embedding is None:
        return Bm25Retriever(documents)
    # Here, so that a run without embeddings loads none of it.
    from prompts_lang.engine.retrieval.embedded import EmbeddedRetriever, searchable  # noqa: PLC0415
    from prompts_lang.engine.retrieval.vectors import VectorIndex  # noqa: PLC0415

    model = model_spec(corpus.embedding, environ)
    if place.file is not None:
        make_home(place.file.parent)  # a store on a server has made none
    texts = [document.text for document in searchable(documents)]
    index = VectorIndex(place.file, maker(model), texts, kept=place.kept)
    return EmbeddedRetriever(corpus.name, documents, model, index)
