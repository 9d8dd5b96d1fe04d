"""Reads the incoming stream on a thread of its own, so that a busy server still hears a cancellation.

The thread does nothing but read and frame; everything it finds is handed over through one callback, in order, the end
of the stream last. It stops reading while too much is unprocessed, which slows the sender instead of filling memory.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompts_server.transport.framing import Fault, Frame, FrameDecoder, Limits

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """The other side closed the stream, or it can no longer be read."""


Incoming = Frame | Fault | EndOfStream


class Reader:
    """Owns one descriptor and one daemon thread.

    Args:
        descriptor: Where to read. The thread may be blocked in a read for as long as the process lives, so the
            descriptor is never closed here.
        deliver: Called on the reading thread with all that one read brought, so that a burst arrives as one.
        limits: What one message may cost.
        backlog: Reading pauses while this many items or more wait for `processed`.
    """

    def __init__(
        self,
        descriptor: int,
        deliver: Callable[[Sequence[Incoming]], None],
        limits: Limits | None = None,
        backlog: int = 4096,
    ) -> None:
        self._descriptor = descriptor
        self._deliver = deliver
        self._decoder = FrameDecoder(limits)
        self._backlog = backlog
        self._waiting = 0
        self._room = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="prompts-reader", daemon=True)

    def start(self) -> None:
        """Starts reading."""
        self._thread.start()

    def processed(self) -> None:
        """Says that one item has been dealt with."""
        with self._room:
            self._waiting -= 1
            self._room.notify()

    def _run(self) -> None:
        while chunk := self._read():
            items = list(self._decoder.feed(chunk))
            if items:
                self._hand_over(items)
        self._hand_over([EndOfStream()])

    def _hand_over(self, items: Sequence[Incoming]) -> None:
        with self._room:
            self._room.wait_for(lambda: self._waiting < self._backlog)
            self._waiting += len(items)
        self._deliver(items)

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, _CHUNK_BYTES)
        except OSError:
            # A reset connection ends like a closed one.
            return b""
