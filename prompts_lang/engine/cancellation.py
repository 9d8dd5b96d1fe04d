"""A polite way to stop: whatever has begun may end, nothing new begins."""

from __future__ import annotations

from collections.abc import Callable


class Cancellation:
    """A switch that is thrown once. Safe to throw from a signal handler or another thread.

    Cancelling the asyncio task instead stops at once, calls in flight included; those may have been paid for in vain.
    """

    __slots__ = ("_requested", "_told")

    def __init__(self) -> None:
        self._requested = False
        self._told: list[Callable[[], object]] = []

    @property
    def requested(self) -> bool:
        """Whether to begin nothing new."""
        return self._requested

    def request(self) -> None:
        """Throws the switch."""
        self._requested = True
        told, self._told = self._told, []
        for tell in told:
            tell()

    def when_requested(self, tell: Callable[[], object]) -> None:
        """Calls `tell` as soon as the switch is thrown, in the thread that throws it; at once where that has been."""
        self._told.append(tell)
        if self._requested:
            self.request()
