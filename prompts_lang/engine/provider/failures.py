"""Which failure an exception of LiteLLM is, and how to say it.

LiteLLM tells a dead endpoint, a broken reply and a server's own error by the same class, so the chain of causes decides
first, then the status, then the words. Nothing here imports LiteLLM.
"""

from __future__ import annotations

import email.utils
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from prompts_lang.engine.provider.pacing import LONGEST_RETRY_AFTER
from prompts_lang.engine.provider.redact import redact
from prompts_lang.errors import ProviderError, ProviderFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompts_lang.engine.provider.model import ModelSpec

_LONGEST_DETAIL: Final = 300
_CLUTTER: Final = re.compile(
    r"^(?:(?:litellm\.)?[A-Za-z]+(?:Error|Timeout)\s*:\s*|[A-Za-z_]+Exception\s*-\s*|LiteLLM:\s*)+"
)

_SAYS: Final = {
    ProviderFailure.RATE_LIMIT: "asks to slow down",
    ProviderFailure.TIMEOUT: "did not answer in time",
    ProviderFailure.CONNECTION: "cannot be reached",
    ProviderFailure.SERVER: "has a problem on its side",
    ProviderFailure.MALFORMED: "sent a reply that cannot be read",
    ProviderFailure.AUTH: "does not let us in",
    ProviderFailure.REFUSED: "refused to answer",
    ProviderFailure.EMPTY: "sent an empty reply",
    ProviderFailure.BAD_REQUEST: "did not accept the request",
    ProviderFailure.CONTEXT: "cannot take a request of this length",
    ProviderFailure.UNKNOWN_MODEL: "is not known to its provider",
    ProviderFailure.SCHEMA: "takes no response schema",
}
_HINTS: Final = {
    ProviderFailure.RATE_LIMIT: "Run it again later, or lower its `concurrency`.",
    ProviderFailure.TIMEOUT: "Run it again later, or give it a longer `timeout`.",
    ProviderFailure.SERVER: "Run it again later.",
    ProviderFailure.EMPTY: "Run it again, or say in the prompt what the answer looks like.",
    ProviderFailure.BAD_REQUEST: "Check the properties of the `model` declaration.",
    ProviderFailure.CONNECTION: "Check its `base` and the network.",
    ProviderFailure.AUTH: "Check the key, its environment variable, and the plan behind it.",
    ProviderFailure.CONTEXT: "Shorten the prompt or its inputs, or use a model with a longer context.",
    ProviderFailure.UNKNOWN_MODEL: "Check the model id in the `model` declaration.",
}
_BY_STATUS: Final = {
    401: ProviderFailure.AUTH,
    402: ProviderFailure.AUTH,
    403: ProviderFailure.AUTH,
    404: ProviderFailure.UNKNOWN_MODEL,
    408: ProviderFailure.TIMEOUT,
    413: ProviderFailure.CONTEXT,
    429: ProviderFailure.RATE_LIMIT,
}
_NOT_AN_API: Final = "Check that its `base` leads to the API of a model."
_BY_CLASS: Final = {
    "ContextWindowExceededError": ProviderFailure.CONTEXT,
    "ContentPolicyViolationError": ProviderFailure.REFUSED,
    "LiteLLMUnknownProvider": ProviderFailure.UNKNOWN_MODEL,
    "UnicodeEncodeError": ProviderFailure.BAD_REQUEST,
}
_NEVER_SENT: Final = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "ClientConnectorError",
        "ConnectionRefusedError",
        "InvalidURL",
        "UnsupportedProtocol",
    }
)
_TIMED_OUT: Final = frozenset({"TimeoutError", "APITimeoutError", "Timeout", "ReadTimeout", "SocketTimeoutError"})
_RESET: Final = frozenset({"ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"})
"""Causes that are told by the same class as a connection that was never made, where one was made."""
_CONNECTING: Final = "ClientConnectorError"
_CUT_OFF: Final = frozenset({"ReadError", "RemoteProtocolError", "ServerDisconnectedError", "ClientPayloadError"})
_UNREADABLE: Final = frozenset({"JSONDecodeError", "UnicodeDecodeError", "RecursionError", "HttpProcessingError"})
_BAD_SHAPE: Final = frozenset({"APIError", "APIResponseValidationError", "JSONSchemaValidationError"})
_NO_SHAPE: Final = re.compile(r"Empty or invalid response from LLM endpoint|Invalid response object")
"""What LiteLLM says of a reply that it cannot take in; it says so as a server's error."""
_TRACEBACK: Final = "Traceback (most recent call last)"
_NO_QUOTA: Final = re.compile(r"insufficient_quota|exceeded your current quota|billing", re.IGNORECASE)
_FILTERED: Final = re.compile(r"content[ _](?:filter|management policy|policy)", re.IGNORECASE)
_SCHEMA: Final = re.compile(r"response_?format|json_?schema|schema|guided|grammar", re.IGNORECASE)
_NO_KEY: Final = re.compile(
    r"missing credentials|api.?key.{0,40}(?:must be set|not set|missing)|missing .{0,20}api.?key", re.IGNORECASE
)
_NO_PROVIDER: Final = "LLM Provider NOT provided"


def failure(
    kind: ProviderFailure,
    model: ModelSpec,
    detail: str = "",
    *,
    retry_after: float | None = None,
    status: int | None = None,
    billable: bool = False,
    hint: str | None = None,
) -> ProviderError:
    """Returns the error for a failure of a model, in our words and then in the provider's."""
    if hint is None:
        hint = _NOT_AN_API if kind is ProviderFailure.MALFORMED and model.base is not None else _HINTS.get(kind)
    name = model.endpoint if model.name in ("", model.model) else f"{model.name} ({model.endpoint})"
    said = f"The model {name} {_SAYS[kind]}"
    said = f"{said}: {detail}" if detail else f"{said}."
    return ProviderError(
        said if said.endswith((".", "!", "?")) else f"{said}.",
        kind=kind,
        retry_after=retry_after,
        status=status,
        billable=billable,
        hint=hint,
    )


def diagnose(error: BaseException, model: ModelSpec, environment: Mapping[str, str]) -> ProviderError:
    """Returns what `error`, raised by LiteLLM for a call to `model`, means."""
    status = _status(error)
    kind, billable = _kind(error, status)
    wait = retry_after(_headers(error))
    return failure(
        kind,
        model,
        _detail(error, environment, model.key_env),
        retry_after=wait,
        status=status,
        billable=billable,
        hint=None if wait is None or wait <= LONGEST_RETRY_AFTER else f"Run it again in {_duration(wait)}.",
    )


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Returns the seconds that a `Retry-After` header asks to wait, given as a number or as a date."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return max(seconds, 0.0) if seconds < float("inf") else None


def _duration(seconds: float) -> str:
    """A wait of minutes or more, for people."""
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{math.ceil(minutes / 60)} hours"


def _kind(error: BaseException, status: int | None) -> tuple[ProviderFailure, bool]:
    names = {type(cause).__name__ for cause in _causes(error)}
    if names & _RESET and _CONNECTING not in names:
        return ProviderFailure.CONNECTION, True
    if names & _NEVER_SENT:
        return ProviderFailure.CONNECTION, False
    if names & _TIMED_OUT:
        return ProviderFailure.TIMEOUT, True
    if names & _CUT_OFF:
        return ProviderFailure.CONNECTION, True
    if names & _UNREADABLE:
        return ProviderFailure.MALFORMED, True
    for cause in _causes(error):
        if (known := _BY_CLASS.get(type(cause).__name__)) is not None:
            return known, False
    kind = _kind_by_status(str(error), status, names)
    return kind, kind is ProviderFailure.MALFORMED


def _kind_by_status(words: str, status: int | None, names: set[str]) -> ProviderFailure:
    if _NO_PROVIDER in words:
        return ProviderFailure.UNKNOWN_MODEL
    if "HTTPStatusError" not in names and _NO_KEY.search(words):
        return ProviderFailure.AUTH  # found before anything was sent, and dressed as a server's error
    if status == 429 and _NO_QUOTA.search(words):
        return ProviderFailure.AUTH
    if status is not None and status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is not None and 400 <= status < 500:
        return ProviderFailure.REFUSED if _FILTERED.search(words) else ProviderFailure.BAD_REQUEST
    # No HTTP error among the causes: LiteLLM's own complaint about the shape of a reply, dressed as a server's error.
    if "HTTPStatusError" not in names and (names & _BAD_SHAPE or _NO_SHAPE.search(words)):
        return ProviderFailure.MALFORMED
    return ProviderFailure.SERVER


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _status(error: BaseException) -> int | None:
    status: object = getattr(error, "status_code", None)
    try:
        return int(cast("Any", status))
    except (TypeError, ValueError):
        return None


def _headers(error: BaseException) -> dict[str, str]:
    found: dict[str, str] = {}
    for cause in _causes(error):
        response: object = getattr(cause, "response", None)
        for headers in (
            getattr(cause, "litellm_response_headers", None),
            getattr(cause, "headers", None),
            getattr(response, "headers", None),
        ):
            for name, value in cast("Any", headers or {}).items():
                found.setdefault(str(name), str(value))
    return found


def _detail(error: BaseException, environment: Mapping[str, str], key: str | None) -> str:
    said = str(error).partition(_TRACEBACK)[0]
    line = " ".join(_CLUTTER.sub("", said.strip()).split())
    clean = redact(line, environment, key)
    return clean if len(clean) <= _LONGEST_DETAIL else f"{clean[:_LONGEST_DETAIL].rstrip()} ..."


def complains_about_schema(error: BaseException) -> bool:
    """Whether a refusal of a request names its response schema as the reason."""
    return _SCHEMA.search(str(error)) is not None
