"""The way to models through LiteLLM.

Invariants: one attempt is one call; keys come from the environment and go nowhere but to LiteLLM; whatever goes wrong
comes out as a `ProviderError` without a secret in it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from urllib.parse import urlsplit

from prompts_lang.data.model_keys import PROVIDER_KEYS, provider_of
from prompts_lang.engine.provider.characters import Pieces
from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
from prompts_lang.engine.provider.failures import complains_about_schema, diagnose, failure
from prompts_lang.engine.provider.litellm_loading import load_litellm
from prompts_lang.engine.provider.litellm_reply import read_embeddings, read_reply
from prompts_lang.engine.provider.model import ModelLimits, ModelSpec, Price, Reply, Request
from prompts_lang.engine.provider.prices import price_from
from prompts_lang.engine.provider.redact import without_key
from prompts_lang.engine.provider.schema import in_words, response_format
from prompts_lang.errors import ProviderError, ProviderFailure

_NO_KEY: Final = "no-key-needed"
_GRACE: Final = 1.0
"""Seconds that LiteLLM's own timeout comes after ours, so that ours is the one that speaks."""
_RESERVED: Final = frozenset(
    {
        *(
            "model",
            "messages",
            "input",
            "stream",
            "stream_options",
            "n",
            "timeout",
            "num_retries",
            "max_retries",
            "fallbacks",
        ),
        *("api_key", "api_base", "base_url", "api_version", "custom_llm_provider", "client", "shared_session"),
        *("extra_headers", "headers", "callbacks", "caching", "cache", "mock_response", "drop_params"),
        *("response_format", "tools", "functions"),
    }
)
"""Parameters that are ours to set. A file that could set them could send a key elsewhere."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What LiteLLM knows about a model. For one that it does not know, that is nothing."""

    price: Price | None
    limits: ModelLimits
    parameters: frozenset[str]
    takes_schema: bool


class LiteLLMBackend:
    """A `Backend` that knows every model that LiteLLM knows.

    Args:
        environment: Where keys are looked up; the process's environment by default.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._without_schema: set[str] = set()
        self._litellm: Any = None
        self._facts: dict[str, _Facts] = {}

    async def prepare(self) -> None:
        """Imports LiteLLM, in a thread."""
        if self._litellm is None:
            self._litellm = await asyncio.to_thread(load_litellm)

    async def attempt(self, request: Request) -> Reply:
        """Asks once (see `Backend.attempt`)."""
        await self.prepare()
        started = time.perf_counter()
        arguments = self._arguments(request)
        try:
            async with asyncio.timeout(request.model.timeout):
                response = await self._litellm.acompletion(**arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told as ours
            # Not `from error`: a log with the whole chain would show what the provider said, and that may hold the key.
            raise self._diagnose(error, request, arguments) from None
        return self._read(response, request, time.perf_counter() - started)

    async def stream(self, request: Request) -> AsyncIterator[str | Reply]:
        """Asks once and yields the reply's text in pieces, then the reply (see `Backend.stream`)."""
        await self.prepare()
        started = time.perf_counter()
        arguments = self._arguments(request)
        chunks: list[Any] = []
        halves = Pieces()
        try:
            async with asyncio.timeout(request.model.timeout):
                pieces = await self._litellm.acompletion(
                    **arguments, stream=True, stream_options={"include_usage": True}
                )
                async for chunk in pieces:
                    chunks.append(chunk)
                    if text := halves.take((chunk.choices[0].delta.content if chunk.choices else None) or ""):
                        yield text
            if rest := halves.rest():
                yield rest
            response = self._litellm.stream_chunk_builder(chunks, messages=arguments["messages"])
        except Exception as error:  # noqa: BLE001 - as above
            raise self._diagnose(error, request, arguments) from None
        yield self._read(response, request, time.perf_counter() - started)

    async def embed(self, request: EmbedRequest) -> Embedded:
        """Makes the vectors of texts, once (see `Backend.embed`)."""
        await self.prepare()
        started = time.perf_counter()
        model = request.model
        arguments = {**_own(model), "input": list(request.texts), **self._address(model)}
        try:
            async with asyncio.timeout(model.timeout):
                response = await self._litellm.aembedding(**arguments)
        except Exception as error:  # noqa: BLE001 - as above
            raise diagnose(error, model, self._environment) from None
        return read_embeddings(response, request, self.price(model), time.perf_counter() - started)

    def price(self, model: ModelSpec) -> Price | None:
        """Returns the declared price of a model, else the table's, else None."""
        return model.price or self._known(model).price

    def limits(self, model: ModelSpec) -> ModelLimits:
        """Returns how much a model takes and gives, as the table says."""
        return self._known(model).limits

    async def close(self) -> None:
        """Closes the connections that this event loop opened."""
        if self._litellm is None:
            return
        cache: Any = self._litellm.in_memory_llm_clients_cache
        # LiteLLM keeps clients per loop, under keys that end with the loop's id, and has no way to close one loop's only.
        ending = f"-{id(asyncio.get_running_loop())}"
        for key in [key for key in cache.cache_dict if key.endswith(ending)]:
            client: Any = cache.cache_dict.pop(key)
            close = getattr(client, "close", None) or getattr(client, "aclose", None)
            if close is not None and asyncio.iscoroutine(closing := close()):
                await closing

    def _read(self, response: Any, request: Request, seconds: float) -> Reply:
        """The reply, without the key of the call: what a model says is stored and shown, and an endpoint may echo what it was sent."""
        reply = read_reply(response, request, self.price(request.model), seconds)
        model = request.model
        names = (model.key_env,) if model.key_env is not None else PROVIDER_KEYS.get(provider_of(model.model) or "", ())
        return replace(reply, text=without_key(reply.text, (self._environment.get(name, "") for name in names)))

    def _known(self, model: ModelSpec) -> _Facts:
        found = self._facts.get(model.model)
        if found is None:
            found = self._facts[model.model] = _look_up(load_litellm(), model.model)
        return found

    def _arguments(self, request: Request) -> dict[str, Any]:
        model = request.model
        parameters = _own(model)
        messages, asked = request.messages, {}
        if request.response_schema is not None:
            if self._takes_schema(model):
                asked = {"response_format": response_format(request.response_schema)}
            else:
                messages = in_words(messages, request.response_schema)
        if request.max_tokens is not None:
            parameters["max_tokens"] = request.max_tokens
        if request.replica and "seed" in self._known(model).parameters:
            seed = parameters.get("seed")
            parameters["seed"] = request.replica + (seed if isinstance(seed, int) else 0)
        return {
            **parameters,
            **asked,
            "messages": [{"role": str(message.role), "content": message.content} for message in messages],
            **self._address(model),
        }

    def _address(self, model: ModelSpec) -> dict[str, Any]:
        """Whom to ask, where, with which key, and how long to wait."""
        return {
            "model": model.model,
            "timeout": model.timeout + _GRACE,
            "num_retries": 0,
            "max_retries": 0,
            **({} if model.base is None else {"api_base": model.base}),
            **self._key(model),
        }

    def _key(self, model: ModelSpec) -> dict[str, str]:
        if model.key_env is not None:
            key = self._environment.get(model.key_env)
            if not key:
                hint = f"Set it to the key of {model.model}."
                raise failure(ProviderFailure.AUTH, model, f"the variable {model.key_env} is not set", hint=hint)
            return {"api_key": key}
        return {"api_key": _NO_KEY} if model.base is not None and _is_local(model.base) else {}

    def _takes_schema(self, model: ModelSpec) -> bool:
        if model.endpoint in self._without_schema:
            return False
        if self._known(model).takes_schema:
            return True
        # Nothing is known about a model behind an address of its own. Most servers can do it; one that cannot says so
        # (see `_diagnose`), once.
        return model.base is not None and "response_format" in self._known(model).parameters

    def _diagnose(self, error: Exception, request: Request, arguments: dict[str, Any]) -> ProviderError:
        found = diagnose(error, request.model, self._environment)
        if found.kind is not ProviderFailure.BAD_REQUEST or "response_format" not in arguments:
            return found
        if self._known(request.model).takes_schema and not complains_about_schema(error):
            return found
        self._without_schema.add(request.model.endpoint)
        return failure(ProviderFailure.SCHEMA, request.model, status=found.status)


def _own(model: ModelSpec) -> dict[str, Any]:
    """The parameters that the file sets."""
    parameters: dict[str, Any] = dict(model.parameters)
    if forbidden := sorted(_RESERVED & parameters.keys()):
        detail = f"`{forbidden[0]}` is not a parameter that a file may set"
        raise failure(ProviderFailure.BAD_REQUEST, model, detail)
    return parameters


def _look_up(litellm: Any, model: str) -> _Facts:
    # A copy of what is in the table or registered by a plug-in. `get_model_info` would do, but raises a bare `Exception`
    # for an unknown model, and takes a millisecond.
    try:
        name, provider, *_ = litellm.get_llm_provider(model=model)
    except litellm.exceptions.BadRequestError:
        return _Facts(None, ModelLimits(), frozenset(), takes_schema=False)
    facts: Mapping[str, Any] = {}
    for key in (model, f"{provider}/{name}", name):
        row = cast("Mapping[str, Any]", litellm.model_cost.get(key, {}))
        if row.get("litellm_provider", "").startswith(provider):
            facts = row
            break
    return _Facts(
        price_from(facts),
        ModelLimits(facts.get("max_input_tokens"), facts.get("max_output_tokens")),
        frozenset(litellm.get_supported_openai_params(model) or ()),
        takes_schema=litellm.supports_response_schema(model),
    )


def _is_local(base: str) -> bool:
    host = urlsplit(base).hostname
    if host is None or host == "localhost":
        return True  # a path, or this machine by name
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
