"""Work that may block, away from the event loop and in nobody's way.

The pool of `asyncio.to_thread` has a few threads, and the process waits for all of them when it ends: a store that another process
has locked, or a disk that does not answer, would hold the server after its editor is gone. Here each work has a thread of its
own, which ends with the process at the latest.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


async def in_thread(
    work: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """What the work gives, or raises. Cancelling only gives up waiting for it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def settle(result: _Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # pyright: ignore[reportArgumentType] - without an error there is a result

    def perform() -> None:
        result, error = None, None
        try:
            result = work(*arguments, **named)
        except BaseException as raised:  # noqa: BLE001 - whoever waits receives it
            error = raised
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=perform, name="prompts-work", daemon=True).start()
    return await future
