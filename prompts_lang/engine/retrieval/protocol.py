"""What a retriever is: a query in, the best documents out, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prompts_lang.data.corpus import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. Scores order the hits of one query and mean nothing beyond that."""

    document: Document
    score: float


class Retriever(Protocol):
    """An index over a corpus."""

    @property
    def digest(self) -> str:
        """Names the content of the corpus and the kind of index: part of memo keys."""
        ...

    async def search(self, query: str, top: int) -> tuple[Hit, ...]:
        """The best documents, the best first, at most `top`. Documents that have nothing to do with the query are not among them.

        Raises:
            ProviderError: A model that makes embeddings could not be reached.
            BudgetExceeded: An embedding would have gone over the budget.
        """
        ...
