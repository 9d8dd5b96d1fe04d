"""A way to models that leaves one span per call. Retries are calls of their own; a remembered reply is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from prompts_lang.engine.provider.model import Reply
from prompts_lang.engine.tracing.attributes import (
    chat_attributes,
    chat_name,
    embed_attributes,
    embedded_attributes,
    embeddings_name,
    reply_attributes,
)

if TYPE_CHECKING:
    from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
    from prompts_lang.engine.provider.model import Backend, ModelLimits, ModelSpec, Price, Request
    from prompts_lang.engine.tracing.spans import Tracing


def traced(backend: Backend, tracing: Tracing) -> Backend:
    """The same way to models, with spans where anyone takes them."""
    return TracedBackend(backend, tracing) if tracing.on else backend


class TracedBackend:
    """A `Backend` around another one, which stays the owner of its connections."""

    def __init__(self, backend: Backend, tracing: Tracing) -> None:
        self._backend = backend
        self._tracing = tracing

    async def prepare(self) -> None:
        """See `Backend.prepare`."""
        await self._backend.prepare()

    async def attempt(self, request: Request) -> Reply:
        """Asks once (see `Backend.attempt`)."""
        content = self._tracing.content
        attributes = chat_attributes(request, stream=False, content=content)
        with self._tracing.span(chat_name(request.model), attributes, client=True) as span:
            reply = await self._backend.attempt(request)
            span.set(reply_attributes(reply, content=content))
            return reply

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        """Asks once and yields pieces, then the reply (see `Backend.stream`)."""
        content = self._tracing.content
        attributes = chat_attributes(request, stream=True, content=content)
        with self._tracing.span(chat_name(request.model), attributes, client=True) as span:
            async for piece in self._backend.stream(request):
                if isinstance(piece, Reply):
                    span.set(reply_attributes(piece, content=content))
                yield piece

    async def embed(self, request: EmbedRequest) -> Embedded:
        """Makes the vectors of texts, once (see `Backend.embed`)."""
        with self._tracing.span(embeddings_name(request.model), embed_attributes(request), client=True) as span:
            made = await self._backend.embed(request)
            span.set(embedded_attributes(made))
            return made

    def price(self, model: ModelSpec) -> Price | None:
        """See `Backend.price`."""
        return self._backend.price(model)

    def limits(self, model: ModelSpec) -> ModelLimits:
        """See `Backend.limits`."""
        return self._backend.limits(model)

    async def close(self) -> None:
        """See `Backend.close`."""
        await self._backend.close()
