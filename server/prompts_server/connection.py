"""One connection from its first byte to the exit code: joins the transport, the protocol and the session.

Every way out leads through the same door. Whether the editor says `exit`, closes its end, dies, stops reading, or the
system sends a signal, the session is closed first, which ends the worker and all of its children.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

from prompts_server.editor import Editor
from prompts_server.handlers import import_handlers, routes
from prompts_server.job_control import CreateWorker
from prompts_server.routing import Endpoint
from prompts_server.server import PromptsServer
from prompts_server.session import Session
from prompts_server.transport.framing import Limits
from prompts_server.transport.parent import ParentWatch
from prompts_server.transport.reader import Reader
from prompts_server.transport.streams import Channel
from prompts_server.transport.writer import Writer

logger = logging.getLogger(__name__)

_FLUSH_SECONDS = 1.0
# The handlers that nobody has asked for yet are imported so long after the start, with so much room between them for messages.
_IMPORT_AFTER_SECONDS = 1.0
_IMPORT_PAUSE_SECONDS = 0.02
# What a shell reports for a process that a signal ended.
_SIGNAL_EXIT_BASE = 128


async def converse(channel: Channel, limits: Limits, client_process_id: int | None, create_worker: CreateWorker) -> int:
    """Serves one editor until the conversation ends, and returns the exit code."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def editor_is_gone() -> None:
        logger.warning("the editor is gone")
        end(server.conversation.exit_code)

    def on_loop(callback: Callable[..., None], *arguments: object) -> None:
        # The loop may be closed already while the reading and the writing thread still run.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(callback, *arguments)

    server = PromptsServer()
    parent = ParentWatch(loop, editor_is_gone)
    session = Session(Editor(server), create_worker, watch_process=parent.add)
    writer = Writer(channel.outgoing, lost=lambda: on_loop(editor_is_gone))
    reader = Reader(channel.incoming, lambda items: on_loop(server.conversation.arrive, items), limits)
    server.conversation.connect(routes(session), Endpoint(writer.send, reader.processed, session.idle, end))
    _on_signals(loop, end)
    handlers = import_handlers()

    def import_next() -> None:
        if next(handlers, None) is not None:
            loop.call_later(_IMPORT_PAUSE_SECONDS, import_next)

    loop.call_later(_IMPORT_AFTER_SECONDS, import_next)
    if client_process_id is not None:
        parent.add(client_process_id)
    writer.start()
    reader.start()
    try:
        return await ended
    finally:
        parent.close()
        server.conversation.cancel_all()
        await session.close()
        await asyncio.to_thread(writer.close, _FLUSH_SECONDS)


def _on_signals(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
    """Ends the conversation, rather than the process, on the usual signals."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, end, _SIGNAL_EXIT_BASE + number)
        except NotImplementedError:
            # Windows has no signal handlers on the loop; the handler there only wakes it.
            signal.signal(number, lambda received, _: loop.call_soon_threadsafe(end, _SIGNAL_EXIT_BASE + received))
