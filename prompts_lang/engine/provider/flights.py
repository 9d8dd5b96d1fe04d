"""One call for identical requests that are made at the same time.

Whoever asks first does the work in its own task, so that a request which nobody else makes costs nothing more than itself; others wait.

Invariant: what the work gives or raises reaches all who wait. Where it is cancelled together with the one who does it, the next one who
waits does it anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Result = TypeVar("Result")


class Flights(Generic[Result]):
    """Work in progress by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[Result]] = {}

    async def join(self, key: str, start: Callable[[], Awaitable[Result]]) -> tuple[Result, bool]:
        """Waits for the work under `key`, or does it where nobody does.

        Returns:
            The result, and whether the work was done here.

        Raises:
            Exception: Whatever the work raised; everyone who waits gets it.
        """
        while (flight := self._flights.get(key)) is not None:
            await asyncio.wait([flight])  # neither side's cancellation reaches the other
            if not flight.cancelled():
                return flight.result(), False
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            result = await start()
        except Exception as error:
            flight.set_exception(error)
            flight.exception()  # seen: those who wait get it, and if nobody does, nobody misses it
            raise
        except BaseException:
            flight.cancel()
            raise
        else:
            flight.set_result(result)
            return result, True
        finally:
            del self._flights[key]
