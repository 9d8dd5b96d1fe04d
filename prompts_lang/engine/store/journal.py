"""Group commit: what the tasks of an event loop write in one turn of the loop goes to the store in one transaction, or in a few large ones.

Where the store is shared, a write takes the time of a network: it is made in a thread, and what comes meanwhile goes into the next one.

Invariants: changes are written in the order in which they came; who awaits a reservation has it in the store; a change
that cannot be written now (a full disk, a store locked for long) is kept and tried again with every later write, and
until it is in, no new reservation is made, so that a paid reply is neither given up nor paid for again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.store.database import PATIENCE
from prompts_lang.engine.store.protocol import Change, Remember, Reserve, Settle, Written
from prompts_lang.errors import StoreError, StoreFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prompts_lang.engine.store.protocol import Store

_PATIENCE_ON_LOOP: Final = 0.01
"""Seconds that the event loop itself may wait for another process; longer waits happen in a thread."""
_FULL: Final = 24
"""Changes after which a turn of the loop is not waited out: rows whose replies came at the same moment would all wait for the last of
them, step for step, and so they fall out of step. A few calls share a transaction all the same."""


@dataclass(frozen=True, slots=True)
class _Item:
    change: Change
    done: asyncio.Future[Written]
    unclaimed: Callable[[Written], object] | None = None

    @property
    def memo(self) -> Remember | None:
        """What is to be remembered."""
        kept = self.change.memo if isinstance(self.change, Settle) else self.change
        return kept if isinstance(kept, Remember) else None


class Journal:
    """Writes changes to a store, from one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: deque[_Item] = deque()
        self._memos: dict[str, Remember] = {}  # in the queue, or being written in a thread
        self._scheduled = False
        self._patient: asyncio.Task[StoreError | None] | None = None
        self._begun = False
        self._ended = threading.Event()
        self._ended.set()

    def submit(
        self, change: Change, *, unclaimed: Callable[[Written], object] | None = None
    ) -> asyncio.Future[Written]:
        """Takes a change to be written in this turn of the loop.

        Args:
            change: The change.
            unclaimed: Is told what came of it, None for nothing, where the future was cancelled meanwhile.

        Returns:
            A future that is done when the change is in the store, with what came of it. A reservation that cannot be
            written fails with `StoreError` and will not be; any other change is then kept (see above) and its future
            done all the same. Nobody has to await it.
        """
        item = _Item(change, asyncio.get_running_loop().create_future(), unclaimed)
        self._queue.append(item)
        if (memo := item.memo) is not None:
            self._memos[memo.key] = memo
        if len(self._queue) >= _FULL and isinstance(change, Reserve) and not self._store.shared:
            self._write_on_loop()
        else:
            self._schedule()
        return item.done

    def withdraw(self, change: Change) -> bool:
        """Takes back a change that is still waiting; False where it is too late for that."""
        for item in self._queue:
            if item.change is change:
                self._queue.remove(item)
                return True
        return False

    def waiting(self, key: str) -> Remember | None:
        """Returns the result for `key` that is not in the store yet."""
        return self._memos.get(key)

    async def flush(self) -> None:
        """Writes all that is waiting.

        Raises:
            StoreError: It cannot be written now. It stays, and the next flush tries again.
        """
        while self._patient is not None or self._queue:
            if self._patient is None:
                self._patient = asyncio.get_running_loop().create_task(self._write_patiently())
            trouble = await asyncio.shield(self._patient)
            if trouble is not None:
                raise trouble

    def flush_now(self) -> None:
        """Does what `flush` does, for when the event loop has ended or is not to be waited for.

        Raises:
            StoreError: As for `flush`.
        """
        self._ended.wait()
        items = self._take()
        try:
            self._store.append([item.change for item in items])
        except StoreError:
            self._queue.extend(items)
            raise
        self._forget(items)

    def _schedule(self) -> None:
        if not self._scheduled and self._patient is None:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._write_on_loop)

    def _write_on_loop(self) -> None:
        self._scheduled = False
        if self._patient is not None or not self._queue:
            return
        if self._store.shared:
            self._patient = asyncio.get_running_loop().create_task(self._write_patiently())
            return
        items = self._take()
        try:
            numbers = self._store.append([item.change for item in items], patience=_PATIENCE_ON_LOOP)
        except StoreError as error:
            if error.kind is StoreFailure.LOCKED:
                self._queue.extendleft(reversed(items))
                self._patient = asyncio.get_running_loop().create_task(self._write_patiently())
            else:
                self._keep_for_later(items, error)
        except BaseException as error:
            _fail(items, error)
            raise
        else:
            self._forget(items)
            _succeed(items, numbers)

    async def _write_patiently(self) -> StoreError | None:
        items = self._take()
        self._begun = False
        self._ended.clear()
        try:
            numbers = await asyncio.to_thread(self._append, [item.change for item in items])
        except StoreError as error:
            self._keep_for_later(items, error)
            return error
        except asyncio.CancelledError:
            # The loop ends. A write that has begun goes on in its thread; another is left to `flush_now`.
            if not self._begun:
                self._queue.extendleft(item for item in reversed(items) if not isinstance(item.change, Reserve))
                self._ended.set()
            raise
        except BaseException as error:
            _fail(items, error)
            raise
        else:
            self._forget(items)
            _succeed(items, numbers)
            return None
        finally:
            self._patient = None
            if any(not item.done.done() for item in self._queue):
                self._schedule()

    def _append(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        self._begun = True
        try:
            return self._store.append(changes, patience=PATIENCE)
        finally:
            self._ended.set()

    def _take(self) -> list[_Item]:
        items = list(self._queue)
        self._queue.clear()
        return items

    def _forget(self, written: Iterable[_Item]) -> None:
        """From now on, these results are looked up in the store."""
        for item in written:
            if (memo := item.memo) is not None and self._memos.get(memo.key) is memo:
                del self._memos[memo.key]

    def _keep_for_later(self, items: list[_Item], error: StoreError) -> None:
        kept = [item for item in items if not isinstance(item.change, Reserve)]
        self._queue.extendleft(reversed(kept))
        _fail([item for item in items if isinstance(item.change, Reserve)], error)
        _succeed(kept, (None,) * len(kept))


def _succeed(items: list[_Item], numbers: tuple[Written, ...]) -> None:
    for item, number in zip(items, numbers, strict=True):
        if not item.done.done():
            item.done.set_result(number)
        elif item.done.cancelled() and item.unclaimed is not None:
            item.unclaimed(number)


def _fail(items: list[_Item], error: BaseException) -> None:
    for item in items:
        if not item.done.done():
            item.done.set_exception(error)
        elif item.done.cancelled() and item.unclaimed is not None:
            item.unclaimed(None)
