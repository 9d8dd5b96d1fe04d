"""LiteLLM's side of the simulated model: a `CustomLLM` that reads the world at `api_base` and answers from it.

Imported by `provider` only, once LiteLLM is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import litellm
from litellm.exceptions import BadRequestError, InternalServerError, NotFoundError, RateLimitError
from litellm.llms.custom_llm import CustomLLM

from prompts_lang.errors import FileError, ProviderError, ProviderFailure
from prompts_lang.simulate import service as simulated
from prompts_lang.simulate.load import load_world
from prompts_lang.simulate.model import FINGERPRINT
from prompts_lang.simulate.request import SimulatedReply, SimulatedRequest, read_request

_PROVIDER = "simulated"


class SimulatedLLM(CustomLLM):
    """Answers `simulated/NAME` from the world file that `api_base` names. Worlds are read once per state of the file."""

    def __init__(self) -> None:
        super().__init__()
        self._services: dict[str, tuple[tuple[int, int], simulated.Service]] = {}

    def completion(self, *args: Any, **call: Any) -> Any:
        """One reply, after the world's latency."""
        request, service = self._prepare(*args, **call)
        time.sleep(service.world.dials.service.latency)
        return _response(call["model_response"], _answer(service, request), request)

    async def acompletion(self, *args: Any, **call: Any) -> Any:
        """One reply, after the world's latency."""
        request, service = self._prepare(*args, **call)
        await asyncio.sleep(service.world.dials.service.latency)
        return _response(call["model_response"], _answer(service, request), request)

    def streaming(self, *args: Any, **call: Any) -> Iterator[Any]:
        """One reply in pieces."""
        request, service = self._prepare(*args, **call)
        time.sleep(service.world.dials.service.latency)
        yield from _chunks(_answer(service, request))

    async def astreaming(self, *args: Any, **call: Any) -> AsyncIterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One reply in pieces."""
        request, service = self._prepare(*args, **call)
        await asyncio.sleep(service.world.dials.service.latency)
        for chunk in _chunks(_answer(service, request)):
            yield chunk

    def embedding(self, *_args: Any, **call: Any) -> Any:
        """Deterministic embeddings; they need no world."""
        texts: str | Sequence[str] = call["input"]
        made = simulated.embeddings(call["model"], [texts] if isinstance(texts, str) else texts)
        response = call["model_response"]
        response.object, response.data, response.model = "list", made["data"], f"{_PROVIDER}/{call['model']}"
        response.usage = litellm.Usage(
            prompt_tokens=made["usage"]["prompt_tokens"], total_tokens=made["usage"]["total_tokens"]
        )
        return response

    async def aembedding(self, *args: Any, **call: Any) -> Any:
        """Deterministic embeddings; they need no world."""
        return self.embedding(*args, **call)

    def _prepare(self, *args: Any, **call: Any) -> tuple[SimulatedRequest, simulated.Service]:
        del args
        model, messages, base = call["model"], call["messages"], call.get("api_base")
        options: Mapping[str, Any] = call.get("optional_params") or {}
        try:
            return read_request(model, messages, options), self._service(model, base)
        except (FileError, ValueError) as error:
            raise BadRequestError(str(error), model=model, llm_provider=_PROVIDER) from error

    def _service(self, model: str, base: str | None) -> simulated.Service:
        if not base:
            raise FileError(
                f"The simulated model {model!r} does not know its world.",
                hint='Set `base "./world.json"` on the model, or `api_base` to the path of a world file.',
            )
        path = Path(base)
        try:
            found = path.stat()
        except OSError:
            return simulated.Service(load_world(path))  # raises with the reason
        state = (found.st_mtime_ns, found.st_size)
        known = self._services.get(base)
        if known is None or known[0] != state:
            known = self._services[base] = (state, simulated.Service(load_world(path)))
        return known[1]


def _answer(service: simulated.Service, request: SimulatedRequest) -> SimulatedReply:
    try:
        return service.answer(request)
    except ProviderError as error:
        raise _litellm_error(error, request.model) from error


def _litellm_error(error: ProviderError, model: str) -> Exception:
    if error.kind is ProviderFailure.RATE_LIMIT:
        address = httpx.Request("POST", "simulated://completions")
        response = httpx.Response(429, headers={"retry-after": f"{error.retry_after or 0:g}"}, request=address)
        return RateLimitError(str(error), llm_provider=_PROVIDER, model=model, response=response)
    if error.kind is ProviderFailure.UNKNOWN_MODEL:
        return NotFoundError(str(error), llm_provider=_PROVIDER, model=model)
    return InternalServerError(str(error), llm_provider=_PROVIDER, model=model)


def _response(response: Any, answered: SimulatedReply, request: SimulatedRequest) -> Any:
    response.model = f"{_PROVIDER}/{request.model}"
    response.system_fingerprint = FINGERPRINT
    response.choices[0].message.content = answered.text
    response.choices[0].finish_reason = answered.finish
    response.usage = litellm.Usage(
        prompt_tokens=answered.prompt_tokens,
        completion_tokens=answered.completion_tokens,
        total_tokens=answered.prompt_tokens + answered.completion_tokens,
    )
    return response


def _chunks(answered: SimulatedReply) -> Iterator[Mapping[str, Any]]:
    for piece in simulated.pieces(answered.text):
        yield {"text": piece, "is_finished": False, "finish_reason": "", "usage": None, "index": 0, "tool_use": None}
    last = {"text": "", "is_finished": True, "finish_reason": answered.finish, "index": 0, "tool_use": None}
    yield {**last, "usage": simulated.usage(answered)}
