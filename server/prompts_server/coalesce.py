"""Does something soon, but not too often: many requests become one action."""

import asyncio
from collections.abc import Callable


class Coalescer:
    """Runs an action once for any number of requests, with a pause between two runs.

    Args:
        seconds: The least time between the beginnings of two runs.
        action: What to do; it runs on the event loop.
    """

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds = seconds
        self._action = action
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def request(self) -> None:
        """Asks for a run."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._last + self._seconds, loop.time()), self._run)

    def close(self) -> None:
        """Forgets a run that is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        self._last = asyncio.get_running_loop().time()
        self._action()
