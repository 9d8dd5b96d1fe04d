"""Retrieval by meaning over documents on this machine: embeddings from a model, kept in a file, compared by their cosine.

The index is built when the first query comes, and only what is new is embedded. Every batch is kept before it is booked, so a run that is
killed and resumed pays for no document twice; a lock keeps two processes from paying for the same ones.

Invariant: what is found depends on the documents, the model's vectors and the query alone.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.provider.embedding import EmbedRequest, batches, maker
from prompts_lang.engine.provider.flights import Flights
from prompts_lang.engine.retrieval.protocol import Embedder, Found, Hit
from prompts_lang.engine.store.database import store_error
from prompts_lang.engine.store.lease import Lease
from prompts_lang.errors import PromptsError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from prompts_lang.data.corpus import Document, Documents
    from prompts_lang.engine.provider.embedding import Embedded
    from prompts_lang.engine.provider.model import ModelSpec
    from prompts_lang.engine.retrieval.vectors import VectorIndex

_LOCK: Final = "vectors.lock"
_LOOK_AGAIN: Final = 0.2
"""Seconds between two looks at what another process is building."""


class EmbeddedRetriever:
    """A `Retriever` over a `VectorIndex`. It belongs to one event loop.

    Args:
        name: The corpus, for the ledger.
        documents: Its documents; those without any text can never be found.
        model: Makes the vectors.
        index: Keeps them; its texts are those of `searchable(documents)`.
    """

    def __init__(self, name: str, documents: Documents, model: ModelSpec, index: VectorIndex) -> None:
        self.digest = f"embedding:{maker(model)}:{documents.digest}"
        self._node = f"corpus {name}"
        self._documents = searchable(documents)
        self._model = model
        self._index = index
        self._building = Flights[None]()
        self._built = False

    async def search(self, query: str, top: int, embedder: Embedder, *, node: str) -> Found:
        """The nearest documents (see `Retriever`). The index is complete before the first query is embedded."""
        if not query.strip():
            return Found(())
        if not self._built:
            await self._building.join("index", lambda: self._build(embedder))
        made = await embedder.embed(EmbedRequest(self._model, (query,)), node=node)
        near = await asyncio.to_thread(self._index.search, made.vectors[0], top)
        hits = (Hit(self._documents[place], similarity) for place, similarity in near)
        # Rounded, so that two vectors at a right angle are, whatever the last bit says.
        return Found(tuple(hit for hit in hits if round(hit.score, 6) > 0), made)

    async def close(self) -> None:
        """Closes the file."""
        await asyncio.to_thread(self._index.close)

    async def _build(self, embedder: Embedder) -> None:
        embedder.relive(await asyncio.to_thread(self._index.paid))
        while await asyncio.to_thread(self._index.missing):
            with _lock(self._index.path) as ours:
                if ours:
                    # Asked again under the lock: whoever held it until now has embedded some of them.
                    await self._embed(await asyncio.to_thread(self._index.missing), embedder)
            if not ours:
                await asyncio.sleep(_LOOK_AGAIN)
        self._built = True

    async def _embed(self, places: tuple[int, ...], embedder: Embedder) -> None:
        """Embeds documents, several batches at once. After a failure nothing new begins, and what is under way ends and is kept."""
        texts = [self._documents[place].text for place in places]
        remaining = iter(batches(texts))
        waiting = iter(places)
        trouble: list[PromptsError] = []

        async def work() -> None:
            for batch in remaining:
                mine = [next(waiting) for _ in batch]
                if trouble:
                    return
                try:
                    await self._embed_batch(mine, batch, embedder)
                except PromptsError as error:
                    trouble.append(error)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._model.concurrency):
                group.create_task(work())
        if trouble:
            raise trouble[0]

    async def _embed_batch(self, places: list[int], texts: tuple[str, ...], embedder: Embedder) -> None:
        request = EmbedRequest(self._model, texts)
        key = request.key

        async def keep(made: Embedded) -> None:
            await asyncio.to_thread(self._index.put, dict(zip(places, made.vectors, strict=True)), key)

        await embedder.embed(request, node=self._node, keep=keep)


def searchable(documents: Documents) -> tuple[Document, ...]:
    """The documents that have a text to embed, in order."""
    return tuple(document for document in documents.items if document.text.strip())


@contextmanager
def _lock(file: Path | None) -> Generator[bool]:
    """Holds the lock on building in the block; the value says whether it does, or a live process holds it already."""
    if file is None:
        yield True
        return
    path = file.with_name(_LOCK)
    try:
        lease = Lease.take(path)
    except OSError as error:
        raise store_error(StoreFailure.UNWRITABLE, str(path), str(error.strerror or error)) from error
    try:
        yield lease is not None
    finally:
        if lease is not None:
            lease.release()
