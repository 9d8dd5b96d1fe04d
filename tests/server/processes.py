"""Waiting for the end of processes that are not our children, without polling."""

from __future__ import annotations

import asyncio
import os

PATIENCE = 20.0


def gone(process_id: int) -> asyncio.Task[None]:
    """A task that ends when the process does, and fails when it outlives all patience. The process must still exist."""
    descriptor = os.pidfd_open(process_id)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)

    async def wait() -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    return asyncio.create_task(wait())
