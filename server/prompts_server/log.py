"""Logging that can neither block the server nor fill a disk.

Records go to standard error through a bounded queue and a thread, because an editor that never reads our standard error
would otherwise stop the event loop; when the queue is full, records are dropped.
"""

import logging
import logging.handlers
import os
import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

_STANDARD_ERROR = 2
_MAX_WAITING = 1000
_LAST_WORDS_SECONDS = 0.5


class _DroppingHandler(logging.handlers.QueueHandler):
    """Queues records and lets them go when there is no room."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        """Does nothing: the only failure here is a full queue, and there is nobody to tell."""


@contextmanager
def logging_to_standard_error(level: str) -> Generator[None]:
    """Sends the process's log records of `level` and above to standard error while the context lasts."""
    waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(_MAX_WAITING)
    # Not the library's listener: its end waits for a stream that nobody reads.
    writer = threading.Thread(target=_write, args=(waiting,), name="prompts-log", daemon=True)
    handler = _DroppingHandler(waiting)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    writer.start()
    try:
        yield
    finally:
        root.removeHandler(handler)
        with suppress(queue.Full):
            waiting.put_nowait(None)
        writer.join(_LAST_WORDS_SECONDS)


def _write(waiting: "queue.Queue[logging.LogRecord | None]") -> None:
    """Writes records to the descriptor itself: whoever holds a lock of `sys.stderr` while it blocks would block the end of the process."""
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    while (record := waiting.get()) is not None:
        rest = memoryview(f"{formatter.format(record)}\n".encode(errors="replace"))
        with suppress(OSError):
            while rest:
                rest = rest[os.write(_STANDARD_ERROR, rest) :]
