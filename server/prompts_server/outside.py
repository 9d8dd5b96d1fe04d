"""The files that a program names, looked into while nobody waits: in a thread, after the messages that have arrived are handled.

Diagnostics never wait for a disk. What the checks want to see is noted by them, read here, and shown when it has come.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from prompts_lang.analysis.samples import Samples, Seen, Special, Want, identity, read
from prompts_server.threads import in_thread

logger = logging.getLogger(__name__)


class OutsideFiles:
    """Reads what the checks want.

    Args:
        samples: What has been read. It is changed on the event loop alone.
        changed: Called when more, or something else, is known.
    """

    def __init__(self, samples: Samples, changed: Callable[[], None]) -> None:
        self._samples = samples
        self._changed = changed
        self._reading: asyncio.Task[None] | None = None
        self._outdated = False
        self._closed = False

    def look(self) -> None:
        """Starts to read what is wanted, if anything is and nothing is being read."""
        if not self._closed and self._reading is None and (self._samples.wanted or self._outdated):
            self._reading = asyncio.get_running_loop().create_task(self._read())

    def outdate(self) -> None:
        """Takes note that files may have changed; their state is asked for at the next look."""
        self._outdated = True

    def close(self) -> None:
        """Gives up what is being read, and reads nothing more."""
        self._closed = True
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self) -> None:
        try:
            outdated, self._outdated = self._outdated, False
            known = self._samples.seen() if outdated else {}
            wanted = tuple(self._samples.wanted)
            found = await in_thread(_look, known, wanted)
            self._samples.take(found)
        finally:
            self._reading = None
        if found:
            self._changed()
        self.look()


def _look(known: dict[Want, Seen], wanted: Iterable[Want]) -> dict[Want, Seen]:
    """What is wanted, and what is another file by now than it was when it was read."""
    changed = [want for want, seen in known.items() if identity(want) != seen.identity]
    return {want: _read(want) for want in (*changed, *wanted)}


def _read(want: Want) -> Seen:
    try:
        return read(want)
    except Exception:
        # A defect that one file brings out must not keep the others from being read, nor be met again at every look.
        logger.exception("a file could not be looked into")
        return Seen(identity(want), Special("cannot be looked into"))
