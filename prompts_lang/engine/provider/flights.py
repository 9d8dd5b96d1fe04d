"""One call for identical requests that are made at the same time.

Invariant: the shared work goes on as long as anyone waits for it, and is cancelled when nobody does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

Result = TypeVar("Result")


@dataclass(slots=True)
class _Flight(Generic[Result]):
    task: asyncio.Task[Result]
    waiting: int = 0


class Flights(Generic[Result]):
    """Work in progress by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[Result]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._flights

    async def join(self, key: str, start: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Waits for the work under `key`, which is started unless it is under way, and returns its result.

        Raises:
            Exception: Whatever the work raised; everyone who waits gets it.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.get_running_loop().create_task(start()))
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                # Nobody may join what is being cancelled: the next one starts anew.
                self._flights.pop(key, None)
                flight.task.cancel()

    def _land(self, key: str, task: asyncio.Task[Result]) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # seen: those who waited have it, and if nobody did, nobody misses it
