"""The only place that writes to the outgoing stream.

Messages are queued and written whole, in order, by one thread: the event loop never blocks on a slow reader, and two
messages can never interleave. A peer that closed its end, or lets too much pile up, is reported once as gone; what is
sent afterwards is dropped.
"""

import os
import queue
import threading
from collections.abc import Callable

from prompts_server.transport.framing import frame

_MAX_PENDING_BYTES = 256 * 1024 * 1024


class Writer:
    """Owns one descriptor and one daemon thread.

    Args:
        descriptor: Where to write.
        lost: Called once, on the writing thread or the sender's, when the peer can no longer be reached.
        max_pending_bytes: How much may be queued before the peer counts as gone.
    """

    def __init__(self, descriptor: int, lost: Callable[[], None], max_pending_bytes: int = _MAX_PENDING_BYTES) -> None:
        self._descriptor = descriptor
        self._lost = lost
        self._max_pending_bytes = max_pending_bytes
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending_bytes = 0
        self._gone = False
        self._thread = threading.Thread(target=self._run, name="prompts-writer", daemon=True)

    def start(self) -> None:
        """Starts writing what is queued."""
        self._thread.start()

    def send(self, body: bytes) -> None:
        """Queues one message body. Never blocks; does nothing when the peer is gone."""
        message = frame(body)
        with self._lock:
            if self._gone:
                return
            overflow = self._pending_bytes + len(message) > self._max_pending_bytes
            if not overflow:
                self._pending_bytes += len(message)
                self._queue.put(message)
        if overflow:
            self._give_up()

    def close(self, timeout: float) -> None:
        """Writes what is queued, waiting at most `timeout` seconds, and stops."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (message := self._queue.get()) is not None:
            if not self._write(message):
                self._give_up()
                return
            with self._lock:
                self._pending_bytes -= len(message)

    def _write(self, message: bytes) -> bool:
        rest = memoryview(message)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            return False
        return True

    def _give_up(self) -> None:
        with self._lock:
            first = not self._gone
            self._gone = True
        if first:
            self._lost()
