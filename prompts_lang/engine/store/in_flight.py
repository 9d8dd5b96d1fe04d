"""Calls in flight: what they may still cost, and who waits for one of them to end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prompts_lang.engine.store.model import ZERO

if TYPE_CHECKING:
    from decimal import Decimal


class InFlight:
    """Reserved calls of one account, at their bounds. It belongs to one event loop."""

    def __init__(self) -> None:
        self.calls = 0
        self.usd = ZERO
        self._for_room: list[asyncio.Future[None]] = []
        self._for_an_end: list[asyncio.Future[None]] = []

    def hold(self, bound: Decimal | None) -> None:
        """A call is about to be reserved."""
        self.calls += 1
        self.usd += bound or ZERO

    def let_go(self, bound: Decimal | None) -> None:
        """A call was not reserved after all: there is room for others."""
        self.calls -= 1
        self.usd -= bound or ZERO
        _wake(self._for_room)

    def release(self, bound: Decimal | None) -> None:
        """A call has ended: there is room for others, and what it was about may be known."""
        self.let_go(bound)
        _wake(self._for_an_end)

    def room(self) -> asyncio.Future[None]:
        """Done when the calls in flight hold less than now."""
        return _waiting_in(self._for_room)

    def end(self) -> asyncio.Future[None]:
        """Done when a call has ended."""
        return _waiting_in(self._for_an_end)


def _waiting_in(line: list[asyncio.Future[None]]) -> asyncio.Future[None]:
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    line.append(waiting)
    return waiting


def _wake(line: list[asyncio.Future[None]]) -> None:
    for waiting in line:
        if not waiting.done():
            waiting.set_result(None)
    line.clear()
