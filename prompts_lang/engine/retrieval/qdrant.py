"""Retrieval by meaning from a Qdrant server: `qdrant://host:6333/collection`, or `qdrants://` over TLS.

The collection is somebody else's: it is searched and never written to. Its vectors must come from the model that the corpus names, since
that model embeds the queries. The key, where the server wants one, is in the variable `QDRANT_API_KEY`; none is ever taken from a file.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlsplit

from prompts_lang.data.corpus import Document
from prompts_lang.engine.extras import QDRANT, library
from prompts_lang.engine.provider.embedding import EmbedRequest, maker, numbers_of
from prompts_lang.engine.provider.pacing import OUTAGES, backoff
from prompts_lang.engine.retrieval.protocol import Embedder, Found, Hit
from prompts_lang.errors import DataError, ProgramError, ProviderError, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.engine.provider.model import ModelSpec
    from prompts_lang.graph.model import Corpus

KEY: Final = "QDRANT_API_KEY"
SCHEMES: Final = {"qdrant": "http", "qdrants": "https"}
PORT: Final = 6333
TIMEOUT: Final = 30
"""Seconds for one search."""
ATTEMPTS: Final = 3

_BY_STATUS: Final = {
    401: ProviderFailure.AUTH,
    403: ProviderFailure.AUTH,
    404: ProviderFailure.BAD_REQUEST,
    429: ProviderFailure.RATE_LIMIT,
}
_SAYS: Final = {
    ProviderFailure.AUTH: "does not let us in",
    ProviderFailure.RATE_LIMIT: "asks to slow down",
    ProviderFailure.CONNECTION: "cannot be reached",
    ProviderFailure.SERVER: "has a problem on its side",
    ProviderFailure.BAD_REQUEST: "cannot search the collection",
}
_HINTS: Final = {
    ProviderFailure.AUTH: f"Set {KEY} to a key that may read the collection.",
    ProviderFailure.CONNECTION: "Check the address after `from`, and whether the server runs.",
    ProviderFailure.BAD_REQUEST: "Check the collection's name, and that its vectors are those of the corpus's model.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is."""

    url: str
    collection: str


def place_of(corpus: Corpus) -> Place:
    """The server and the collection that a corpus names.

    Raises:
        ProgramError: The location is not one of a collection.
    """
    hint = "Write it as in `qdrant://host:6333/collection`."
    try:
        parts = urlsplit(corpus.location)
        host, port = parts.hostname, parts.port or PORT
    except ValueError as error:
        raise ProgramError(f"'{corpus.location}' is no address: {error}.", where=corpus.name, hint=hint) from error
    if parts.username is not None or parts.password is not None:
        raise ProgramError(
            f"The address of the corpus '{corpus.name}' holds a key or a password.",
            where=corpus.name,
            hint=f"Take it out, and set the variable {KEY}.",
        )
    collection = unquote(parts.path.strip("/"))
    if not host or not collection or "/" in collection:
        raise ProgramError(f"'{corpus.location}' does not name one collection.", where=corpus.name, hint=hint)
    host = f"[{host}]" if ":" in host else host
    return Place(f"{SCHEMES[parts.scheme]}://{host}:{port}", collection)


class QdrantRetriever:
    """A `Retriever` over a collection on a server. It belongs to one event loop.

    Args:
        corpus: Its declaration.
        model: Makes the vectors of queries.
        environ: Where the key is looked up.
        client: An `AsyncQdrantClient`, which stays open; by default one for the corpus's server.

    Raises:
        ProgramError: The location is not one of a collection.
        UsageError: The extra is not installed.
    """

    def __init__(
        self, corpus: Corpus, model: ModelSpec, environ: Mapping[str, str], *, client: Any | None = None
    ) -> None:
        self.digest = f"qdrant:{corpus.location}:{maker(model)}"
        self._corpus = corpus
        self._model = model
        self._place = place_of(corpus)
        module: Any = library("qdrant_client", QDRANT, wanted_for=f"The corpus '{corpus.name}'")
        self._errors: Any = library("qdrant_client.http.exceptions", QDRANT, wanted_for=f"The corpus '{corpus.name}'")
        self._own = client is None
        self._client: Any = client or module.AsyncQdrantClient(
            url=self._place.url, api_key=environ.get(KEY), timeout=TIMEOUT, check_compatibility=False
        )

    async def search(self, query: str, top: int, embedder: Embedder, *, node: str) -> Found:
        """The nearest documents by the collection's own measure (see `Retriever`)."""
        if not query.strip():
            return Found(())
        made = await embedder.embed(EmbedRequest(self._model, (query,)), node=node)
        points = await self._points(numbers_of(made.vectors[0]), top)
        hits = [Hit(self._document(point), float(point.score)) for point in points]
        # The server does not say in which order equal scores come.
        return Found(tuple(sorted(hits, key=lambda hit: (-hit.score, hit.document.id))), made)

    async def close(self) -> None:
        """Closes the connections."""
        if self._own:
            await self._client.close()

    async def _points(self, vector: list[float], top: int) -> list[Any]:
        key = f"{self._place.url}/{self._place.collection}"
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._client.query_points(
                    self._place.collection, query=vector, limit=top, with_payload=True
                )
            except (self._errors.ApiException, ValueError) as error:
                trouble = self._diagnosed(error)
                if trouble.kind not in OUTAGES | {ProviderFailure.RATE_LIMIT} or attempt + 1 == ATTEMPTS:
                    raise trouble from error
            else:
                return list(answer.points)
            await asyncio.sleep(backoff(0, key, attempt))
        raise AssertionError("the last attempt returns or raises")

    def _diagnosed(self, error: Exception) -> ProviderError:
        status = getattr(error, "status_code", None)
        if isinstance(error, self._errors.ResponseHandlingException):
            kind = ProviderFailure.CONNECTION
        elif isinstance(status, int):
            kind = _BY_STATUS.get(status, ProviderFailure.SERVER if status >= 500 else ProviderFailure.BAD_REQUEST)
        else:
            kind = ProviderFailure.BAD_REQUEST
        said = " ".join(str(error).split())[:300]
        return ProviderError(
            f"The vector store at {self._place.url} {_SAYS[kind]}: {said}",
            kind=kind,
            status=status if isinstance(status, int) else None,
            where=f"corpus {self._corpus.name}",
            hint=_HINTS.get(kind),
        )

    def _document(self, point: Any) -> Document:
        payload = cast("dict[str, Any]", point.payload or {})
        text = payload.get(self._corpus.text_field)
        if not isinstance(text, str):
            names = ", ".join(payload) or "nothing"
            raise DataError(
                f"The point {point.id} has no text in the field '{self._corpus.text_field}'; it has {names}.",
                where=self._corpus.location,
                hint="Name the field with `text FIELD` in the corpus.",
            )
        name = payload.get(self._corpus.id_field)
        known = isinstance(name, str | int) and not isinstance(name, bool)
        return Document(str(name) if known else str(point.id), text, payload)
