"""Remembers what code gave, by content: within this process for a bounded number of results, and in the store of the run, if it has one.

Invariant: of several executions that want the same result at the same time, one makes it and the others wait for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

MOST_RESULTS = 4096
"""Results kept in this process; the store keeps the rest."""


class Recalled(Protocol):
    """A remembered result."""

    @property
    def value(self) -> JsonValue:
        """The result."""
        ...


class Memory(Protocol):
    """The lasting part of the memo (see `RunAccount`)."""

    def recall(self, key: str) -> Recalled | None:
        """The result remembered under `key`."""
        ...

    async def remember(self, key: str, value: JsonValue) -> None:
        """Keeps a result."""
        ...


class ResultMemo:
    """Results by content key. It belongs to one event loop.

    Args:
        memory: Where results last longer than this object; None where they need not.
        most: How many results to keep in this process.
    """

    def __init__(self, memory: Memory | None = None, *, most: int = MOST_RESULTS) -> None:
        self._memory = memory
        self._most = most
        self._recent: OrderedDict[str, JsonValue] = OrderedDict()
        self._under_way: dict[str, asyncio.Future[JsonValue]] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[tuple[JsonValue, bool]]]) -> tuple[JsonValue, bool]:
        """The result for `key`, and whether it was there already.

        Args:
            key: What the result depends on.
            make: Makes it, and says whether it is worth remembering. Values are handed out to several readers: nobody changes them.
        """
        while (waiting := self._under_way.get(key)) is not None:
            await asyncio.wait([waiting])
            if not waiting.cancelled() and waiting.exception() is None:
                return waiting.result(), True
        if key in self._recent:
            self._recent.move_to_end(key)
            return self._recent[key], True
        if self._memory is not None and (recalled := self._memory.recall(key)) is not None:
            self._keep(key, recalled.value)
            return recalled.value, True
        return await self._made(key, make), False

    async def _made(self, key: str, make: Callable[[], Awaitable[tuple[JsonValue, bool]]]) -> JsonValue:
        future: asyncio.Future[JsonValue] = asyncio.get_running_loop().create_future()
        self._under_way[key] = future
        try:
            value, lasting = await make()
            if lasting:
                self._keep(key, value)
                if self._memory is not None:
                    await self._memory.remember(key, value)
            future.set_result(value)
            return value
        finally:
            del self._under_way[key]
            if not future.done():
                future.cancel()

    def _keep(self, key: str, value: JsonValue) -> None:
        self._recent[key] = value
        if len(self._recent) > self._most:
            self._recent.popitem(last=False)
