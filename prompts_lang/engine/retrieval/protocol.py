"""What a retriever is: a query in, the best documents out, the same ones every time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prompts_lang.data.corpus import Document

if TYPE_CHECKING:
    from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. Scores order the hits of one query and mean nothing beyond that."""

    document: Document
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best documents for a query, the best first, and the embedding of the query, where one was needed."""

    hits: tuple[Hit, ...]
    query: Embedded | None = None


class Embedder(Protocol):
    """The way to models that make embeddings: memo, limits, budget, retries and bookkeeping included."""

    async def embed(
        self, request: EmbedRequest, *, node: str, keep: Callable[[Embedded], Awaitable[None]] | None = None
    ) -> Embedded:
        """Makes vectors, or raises `ProviderError` or `BudgetExceeded` (see `Caller.embed`)."""
        ...

    def relive(self, keys: Iterable[str]) -> None:
        """Counts what a resumed run paid for before it stopped (see `Caller.relive`)."""
        ...


class Retriever(Protocol):
    """An index over a corpus. Runs may share it, so who pays comes with each query."""

    @property
    def digest(self) -> str:
        """Names the content of the corpus and the kind of index: part of memo keys."""
        ...

    async def search(self, query: str, top: int, embedder: Embedder, *, node: str) -> Found:
        """Finds the best documents, at most `top`. Documents that have nothing to do with the query are not among them.

        Args:
            query: What to look for.
            top: The most documents.
            embedder: Makes embeddings on behalf of the run that asks.
            node: Who asks, for the ledger.

        Raises:
            ProviderError: A model that makes embeddings, or a server that holds the index, could not be reached.
            BudgetExceeded: An embedding would have gone over the budget.
            StoreError: The index on disk cannot be read or written.
        """
        ...

    async def close(self) -> None:
        """Lets go of files and connections."""
        ...
