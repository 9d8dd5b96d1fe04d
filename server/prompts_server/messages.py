"""The JSON-RPC envelope: bytes to one of four message kinds, or to a refusal that says what to answer.

Only the outermost object is a message. Objects inside `params` and `result` stay plain data, whatever keys they have;
`protocol` gives them their types once the method is known. Nothing here raises on hostile input.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NoReturn, TypeGuard, cast

MessageId = int | str

VERSION: Final = "2.0"


class ErrorCode(IntEnum):
    """The error codes that this server answers with."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_INITIALIZED = -32002
    REQUEST_FAILED = -32803
    CONTENT_MODIFIED = -32801
    REQUEST_CANCELLED = -32800


class RequestError(Exception):
    """Ends a request with an error reply. The message is shown to people; it carries no paths and no secrets."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
    """A message that must be answered exactly once."""

    id: MessageId
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that must not be answered."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """The other side's answer to a request of ours."""

    id: MessageId
    result: Any
    error: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to answer to bytes that are no message; `id` is None where none could be read."""

    id: MessageId | None
    code: ErrorCode
    message: str


Message = Request | Notification | Response


def read_message(body: bytes) -> Message | Refusal:
    """Reads one message body."""
    try:
        data: Any = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        return Refusal(None, ErrorCode.PARSE_ERROR, "The message is not UTF-8.")
    except RecursionError:
        return Refusal(None, ErrorCode.PARSE_ERROR, "The message is nested too deeply.")
    except ValueError:
        return Refusal(None, ErrorCode.PARSE_ERROR, "The message is not JSON.")
    if isinstance(data, list):
        return Refusal(None, ErrorCode.INVALID_REQUEST, "Batches are not part of the language server protocol.")
    if not isinstance(data, dict):
        return Refusal(None, ErrorCode.INVALID_REQUEST, "A message must be a JSON object.")
    return _read_envelope(cast("dict[str, Any]", data))


def _read_envelope(data: dict[str, Any]) -> Message | Refusal:
    identity = data.get("id")
    known = identity if is_message_id(identity) else None
    if "method" not in data and ("result" in data or "error" in data):
        return _read_response(known, data)
    if data.get("jsonrpc") != VERSION:
        return Refusal(known, ErrorCode.INVALID_REQUEST, 'A message must say "jsonrpc": "2.0".')
    method = data.get("method")
    if not isinstance(method, str):
        return Refusal(known, ErrorCode.INVALID_REQUEST, "A message needs a method, which must be a string.")
    if "id" not in data:
        return Notification(method, data.get("params"))
    if known is None:
        return Refusal(None, ErrorCode.INVALID_REQUEST, "The id of a request must be an integer or a string.")
    return Request(known, method, data.get("params"))


def _read_response(known: MessageId | None, data: dict[str, Any]) -> Response | Refusal:
    if known is None or data.get("jsonrpc") != VERSION:
        # Naming the id would look like a reply to a request of the other side's.
        return Refusal(None, ErrorCode.INVALID_REQUEST, 'A response needs an id and "jsonrpc": "2.0".')
    return Response(known, data.get("result"), data.get("error"))


def is_message_id(value: object) -> TypeGuard[MessageId]:
    """Whether a value may stand as a message's id."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def result_reply(identity: MessageId, result: Any) -> dict[str, Any]:
    """The reply to a request that went well; `result` must be plain JSON data."""
    return {"jsonrpc": VERSION, "id": identity, "result": result}


def error_reply(identity: MessageId | None, code: ErrorCode, message: str) -> dict[str, Any]:
    """The reply to a request that failed. It has no `data`: details belong into the log, not on the wire."""
    return {"jsonrpc": VERSION, "id": identity, "error": {"code": int(code), "message": message}}


def _refuse_constant(name: str) -> NoReturn:
    # JSON has no NaN and no infinities, though Python's reader would take them.
    message = f"{name} is not JSON"
    raise ValueError(message)
