"""The protocol on top of pygls: who may call what when, and exactly one reply to each request.

pygls supplies the types, their conversion and the typed senders. Dispatch is ours, because stock pygls 2.1 leaves
requests without a reply, lets a cancelled handler run on, and shows tracebacks to the editor (`tests/server` holds one
test for each of these). Everything here runs on the event loop; handlers are plain functions or coroutines and never
threads. Messages are read ahead of their execution, so a cancellation reaches a request that has not started yet.
"""

import asyncio
import inspect
import json
import logging
import uuid
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_type_hints

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from prompts_lang.errors import PromptsError
from prompts_server.incoming import decode
from prompts_server.lifecycle import Lifecycle, refuse
from prompts_server.messages import (
    ErrorCode,
    Message,
    Notification,
    Refusal,
    Request,
    RequestError,
    Response,
    error_reply,
    is_message_id,
    result_reply,
)
from prompts_server.plain import to_plain
from prompts_server.routing import Endpoint, Handler, Routes
from prompts_server.transport.reader import EndOfStream, Incoming
from prompts_server.typed import typed, typed_params

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Exchange:
    """A request that has no reply yet."""

    request: Request
    task: asyncio.Task[None] | None = None


class PromptsProtocol(LanguageServerProtocol):
    """One conversation with one editor."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self._lifecycle = Lifecycle.FRESH
        self._routes = Routes({}, {})
        self._endpoint: Endpoint | None = None
        self._inbox: deque[Message | Refusal | EndOfStream] = deque()
        self._exchanges: dict[int | str, _Exchange] = {}
        self._notices: set[asyncio.Task[None]] = set()
        self._draining = False

    @property
    def exit_code(self) -> int:
        """What the process should return if the conversation ended now."""
        return 0 if self._lifecycle is Lifecycle.SHUT_DOWN else 1

    def connect(self, routes: Routes, endpoint: Endpoint) -> None:
        """Gives the protocol its handlers and its way out. Must come before the first message."""
        self._routes = routes
        self._endpoint = endpoint

    def arrive(self, items: Sequence[Incoming]) -> None:
        """Takes in what one read brought. Cancellations act at once; everything else waits for its turn."""
        for item in items:
            message = decode(item)
            if isinstance(message, Notification) and message.method == types.CANCEL_REQUEST:
                self._cancel(message.params)
                self._connection.processed()
            else:
                self._inbox.append(message)
        self._schedule()

    async def request(self, method: str, params: Any) -> Any:
        """Sends a request of ours and waits for its result. When the wait is cancelled, so is the request.

        Raises:
            JsonRpcException: The editor answered with an error.
        """
        identity = str(uuid.uuid4())
        future = self.send_request_async(method, params, msg_id=identity)
        try:
            return await future
        except asyncio.CancelledError:
            if self._request_futures.pop(identity, None) is not None:
                self._result_types.pop(identity, None)
                self.notify(types.CANCEL_REQUEST, types.CancelParams(id=identity))
            raise

    def cancel_all(self) -> None:
        """Cancels every request and notification in progress, answering the requests."""
        for exchange in list(self._exchanges.values()):
            self._abandon(exchange)
        for notice in self._notices:
            notice.cancel()

    # --- turns -----------------------------------------------------------------------------------------------------

    @property
    def _connection(self) -> Endpoint:
        if self._endpoint is None:
            raise RuntimeError("PromptsProtocol.connect was not called")
        return self._endpoint

    def _schedule(self) -> None:
        if not self._draining and self._inbox:
            self._draining = True
            asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        """Handles one message, then lets the loop look at what else has happened."""
        self._draining = False
        message = self._inbox.popleft()
        self._connection.processed()
        self._handle(message)
        if self._inbox:
            self._schedule()
        else:
            self._connection.idle()

    def _handle(self, message: Message | Refusal | EndOfStream) -> None:
        match message:
            case Request():
                self._serve_request(message)
            case Notification():
                self._serve_notification(message)
            case Response():
                self._accept_response(message)
            case Refusal(identity, code, text):
                logger.warning("refused a message: %s", text)
                self._send_plain(error_reply(identity, code, text))
            case EndOfStream():
                self._connection.ended(self.exit_code)

    # --- requests --------------------------------------------------------------------------------------------------

    def _serve_request(self, request: Request) -> None:
        if request.id in self._exchanges:
            self._send_plain(error_reply(request.id, ErrorCode.INVALID_REQUEST, "This id is already in use."))
            return
        exchange = _Exchange(request)
        self._exchanges[request.id] = exchange
        try:
            handler, params = self._admit(request)
            outcome = handler(params)
        except Exception as error:  # noqa: BLE001 - every failure becomes this request's one reply
            self._fail(exchange, error)
            return
        if inspect.iscoroutine(outcome):
            exchange.task = asyncio.get_running_loop().create_task(self._finish_later(exchange, outcome))
        else:
            self._succeed(exchange, outcome)

    def _admit(self, request: Request) -> tuple[Handler, Any]:
        refusal = refuse(self._lifecycle, request.method)
        if refusal is not None:
            raise refusal
        handler = self._routes.handlers.get(request.method)
        if handler is None:
            raise RequestError(ErrorCode.METHOD_NOT_FOUND, f"This server has no method {request.method[:80]!r}.")
        params = self._structure(request.method, request.params)
        if request.method == types.SHUTDOWN:
            self._lifecycle = Lifecycle.SHUT_DOWN
            self._abandon_all_but(request)
        return handler, params

    async def _finish_later(self, exchange: _Exchange, outcome: Coroutine[Any, Any, Any]) -> None:
        try:
            result = await outcome
        except asyncio.CancelledError:
            self._abandon(exchange)
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes this request's one reply
            self._fail(exchange, error)
        else:
            self._succeed(exchange, result)

    def _succeed(self, exchange: _Exchange, result: Any) -> None:
        if exchange.request.method == types.INITIALIZE:
            self._lifecycle = Lifecycle.RUNNING
        try:
            reply = self._encode(result_reply(exchange.request.id, to_plain(result)))
        except Exception as error:  # noqa: BLE001 - a result that cannot be sent is a failure of the request
            self._fail(exchange, error)
        else:
            self._reply(exchange, reply)

    def _fail(self, exchange: _Exchange, error: Exception) -> None:
        if isinstance(error, RequestError):
            code, text = error.code, error.message
        elif isinstance(error, PromptsError):
            code, text = ErrorCode.REQUEST_FAILED, str(error)
        else:
            method = exchange.request.method
            logger.error("%s failed", method, exc_info=error)
            code, text = ErrorCode.INTERNAL_ERROR, f"{method} failed ({type(error).__name__}); see the server's log."
        self._reply(exchange, self._encode(error_reply(exchange.request.id, code, text)))

    def _reply(self, exchange: _Exchange, reply: bytes) -> None:
        """Sends the reply unless this request has had one."""
        if self._exchanges.get(exchange.request.id) is exchange:
            del self._exchanges[exchange.request.id]
            self._connection.send(reply)

    # --- cancellation ----------------------------------------------------------------------------------------------

    def _cancel(self, params: Any) -> None:
        identity = cast("dict[str, Any]", params).get("id") if isinstance(params, dict) else None
        if not is_message_id(identity):
            logger.warning("ignored a cancellation without an id")
            return
        exchange = self._exchanges.get(identity)
        if exchange is not None:
            self._abandon(exchange)
            return
        for message in self._inbox:
            if isinstance(message, Request) and message.id == identity:
                self._inbox.remove(message)
                self._connection.processed()
                self._send_plain(_cancelled(message))
                return

    def _abandon(self, exchange: _Exchange) -> None:
        self._reply(exchange, self._encode(_cancelled(exchange.request)))
        if exchange.task is not None:
            exchange.task.cancel()

    def _abandon_all_but(self, request: Request) -> None:
        for exchange in list(self._exchanges.values()):
            if exchange.request is not request:
                self._abandon(exchange)

    # --- notifications and responses -------------------------------------------------------------------------------

    def _serve_notification(self, notification: Notification) -> None:
        method = notification.method
        if method == types.EXIT:
            self._connection.ended(self.exit_code)
            return
        handler = self._routes.handlers.get(method)
        if handler is None or refuse(self._lifecycle, method) is not None:
            logger.debug("ignored the notification %.80s", method)
            return
        try:
            outcome = handler(self._structure(method, notification.params))
        except (RequestError, PromptsError) as error:
            logger.warning("%s: %s", method, error)
        except Exception:
            logger.exception("%s failed", method)
        else:
            if inspect.iscoroutine(outcome):
                task = asyncio.get_running_loop().create_task(_log_failure(method, outcome))
                self._notices.add(task)
                task.add_done_callback(self._notices.discard)

    def _accept_response(self, response: Response) -> None:
        future = self._request_futures.pop(response.id, None)
        response_type = self._result_types.pop(response.id, None)
        if future is None or future.done():
            logger.debug("ignored a response to an unknown request")
            return
        if response.error is not None:
            future.set_exception(_client_error(response.error))
            return
        try:
            result = self._structure_result(response, response_type)
        except Exception as error:  # noqa: BLE001 - whoever waits for the response receives the failure
            future.set_exception(error)
        else:
            future.set_result(result)

    # --- conversion ------------------------------------------------------------------------------------------------

    def _register_builtin_features(self) -> None:
        """Registers nothing: every handler is in the server's own routing table."""

    def _structure(self, method: str, params: Any) -> Any:
        return typed_params(method, params, self._routes.custom_params.get(method))

    def _structure_result(self, response: Response, response_type: Any) -> Any:
        if response_type is None:
            return response.result
        return typed(response.result, get_type_hints(response_type)["result"])

    def _send_data(self, data: Any) -> None:
        """Sends a notification or a request of ours; called by pygls' typed senders."""
        self._send_plain(to_plain(data))

    def _send_plain(self, data: Any) -> None:
        self._connection.send(self._encode(data))

    def _encode(self, data: Any) -> bytes:
        return json.dumps(data, separators=(",", ":"), allow_nan=False).encode("ascii")


def _cancelled(request: Request) -> dict[str, Any]:
    return error_reply(request.id, ErrorCode.REQUEST_CANCELLED, "The request was cancelled.")


def _client_error(error: Any) -> JsonRpcException:
    fields: dict[str, Any] = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    code, message = fields.get("code"), fields.get("message")
    return JsonRpcException(
        message=message if isinstance(message, str) else "The editor refused a request.",
        code=code if isinstance(code, int) else None,
    )


async def _log_failure(method: str, outcome: Coroutine[Any, Any, Any]) -> None:
    try:
        await outcome
    except Exception:
        logger.exception("%s failed", method)
