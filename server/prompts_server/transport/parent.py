"""Notices when the editor's process dies, even while someone else still holds its pipes open.

The protocol asks servers to watch the process id that the client names. Where the system has process descriptors the
death is reported by the kernel at once and a reused id cannot deceive; elsewhere the id is polled. An id that names no
process from the start belongs to another machine or container and is not watched.
"""

import asyncio
import os
from collections.abc import Callable

_POLL_SECONDS = 1.0


class ParentWatch:
    """Watches any number of process ids and calls `gone` once when the first of them dies."""

    def __init__(self, loop: asyncio.AbstractEventLoop, gone: Callable[[], None]) -> None:
        self._loop = loop
        self._gone = gone
        self._descriptors: list[int] = []
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, process_id: int) -> bool:
        """Watches one process; False when there is no such process here."""
        if process_id <= 0:
            return False
        if not _alive(process_id):
            return False
        descriptor = _process_descriptor(process_id)
        if descriptor is None:
            self._tasks.append(self._loop.create_task(self._poll(process_id)))
        else:
            self._descriptors.append(descriptor)
            self._loop.add_reader(descriptor, self._report)
        return True

    def close(self) -> None:
        """Stops watching."""
        for descriptor in self._descriptors:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        for task in self._tasks:
            task.cancel()
        self._descriptors.clear()
        self._tasks.clear()

    async def _poll(self, process_id: int) -> None:
        while _alive(process_id):  # noqa: ASYNC110 - no event tells of it, which is why this polls
            await asyncio.sleep(_POLL_SECONDS)
        self._report()

    def _report(self) -> None:
        self.close()
        self._gone()


def _process_descriptor(process_id: int) -> int | None:
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process_id)
    except OSError:
        # Old kernels and some sandboxes have no such call; the id can still be polled.
        return None


def _alive(process_id: int) -> bool:
    if os.name == "nt":
        return _alive_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _alive_on_windows(process_id: int) -> bool:
    # `os.kill(pid, 0)` terminates the process on Windows, so the question goes to the system directly.
    import ctypes  # noqa: PLC0415

    synchronize, wait_timeout = 0x0010_0000, 0x102
    kernel32 = getattr(ctypes, "windll").kernel32  # noqa: B009 - the attribute exists on Windows alone
    handle = kernel32.OpenProcess(synchronize, False, process_id)
    if not handle:
        return False
    try:
        return kernel32.WaitForSingleObject(handle, 0) == wait_timeout
    finally:
        kernel32.CloseHandle(handle)
