"""Logging that can neither block the server nor fill a disk.

Records go to standard error through a bounded queue and a thread, because an editor that never reads our standard error
would otherwise stop the event loop; when the queue is full, records are dropped.
"""

import logging
import logging.handlers
import queue
import sys
from collections.abc import Generator
from contextlib import contextmanager

_MAX_WAITING = 1000


class _DroppingHandler(logging.handlers.QueueHandler):
    """Queues records and lets them go when there is no room."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        """Does nothing: the only failure here is a full queue, and there is nobody to tell."""


@contextmanager
def logging_to_standard_error(level: str) -> Generator[None]:
    """Sends the process's log records of `level` and above to standard error while the context lasts."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(_MAX_WAITING)
    listener = logging.handlers.QueueListener(waiting, stream)
    handler = _DroppingHandler(waiting)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(handler)
        listener.stop()
