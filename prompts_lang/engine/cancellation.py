"""A polite way to stop: whatever has begun may end, nothing new begins."""

from __future__ import annotations


class Cancellation:
    """A switch that is thrown once. Safe to throw from a signal handler or another thread.

    Cancelling the asyncio task instead stops at once, calls in flight included; those may have been paid for in vain.
    """

    __slots__ = ("_requested",)

    def __init__(self) -> None:
        self._requested = False

    @property
    def requested(self) -> bool:
        """Whether to begin nothing new."""
        return self._requested

    def request(self) -> None:
        """Throws the switch."""
        self._requested = True
