"""BM25 over a corpus, by the `bm25s` library (Lù 2024, arXiv 2407.03618), with Lucene's variant and its usual constants.

Words are compared without regard to case; English stop words count for nothing. Equal scores keep the order of the corpus, so that a
query has one answer.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from prompts_lang.engine.retrieval.protocol import Embedder, Found, Hit

if TYPE_CHECKING:
    from prompts_lang.data.corpus import Documents

_WORD = r"(?u)\b\w+\b"


class Bm25Retriever:
    """A `Retriever` in memory. Building it takes time linear in the words of the corpus; use a thread for a large one."""

    def __init__(self, documents: Documents) -> None:
        library: Any = import_module("bm25s")  # late, because it loads numpy; and it has no types
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # the library sets its own logger to DEBUG
        self._documents = documents.items
        self._library = library
        words = self._words([document.text for document in documents.items])
        self._index: Any = None
        if any(words):
            self._index = library.BM25(method="lucene", k1=1.5, b=0.75)
            self._index.index(words, show_progress=False)
        self.digest = f"bm25:{documents.digest}"

    async def search(self, query: str, top: int, embedder: Embedder, *, node: str) -> Found:
        """The best documents (see `Retriever`). Takes no time worth a thread, and costs nothing."""
        del embedder, node
        if self._index is None:
            return Found(())
        words = [word for word in self._words([query])[0] if word in self._index.vocab_dict]
        if not words:
            return Found(())
        scores: Any = self._index.get_scores(words)
        best: list[int] = (-scores).argsort(kind="stable")[:top].tolist()
        return Found(tuple(Hit(self._documents[place], float(scores[place])) for place in best if scores[place] > 0))

    async def close(self) -> None:
        """Holds nothing that would have to be closed."""

    def _words(self, texts: list[str]) -> list[list[str]]:
        found: list[list[str]] = self._library.tokenize(
            texts, token_pattern=_WORD, stopwords="english", return_ids=False, show_progress=False
        )
        return found
