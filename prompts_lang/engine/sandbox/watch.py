"""Watches what the kernel's limits on single processes do not see: the memory of all of them together, and the temporary folder.

Sampled, so a call may exceed these bounds for a moment; a short call is never sampled at all.
"""

from __future__ import annotations

import asyncio
import os

from prompts_lang.engine.sandbox.family import family, read_process_file
from prompts_lang.engine.sandbox.model import SCRATCH_BYTES

PERIOD = 0.1
"""Seconds between two samples."""

MOST_FILES = 10_000
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


async def until_memory_exceeds(pid: int, memory_bytes: int) -> None:
    """Returns when the process and its descendants together hold more memory than that; else runs until it is cancelled."""
    while True:
        await asyncio.sleep(PERIOD)
        members = family(pid)
        # Pages that a fork shares count once for each process here, so this is only a reason to look closer.
        if sum(_resident(member) for member in members) <= memory_bytes:
            continue
        if sum(_proportional(member) for member in members) > memory_bytes:
            return


async def until_folder_exceeds(folder: str) -> None:
    """Returns when the folder holds more than the limit in bytes or files; else runs until it is cancelled.

    Folders that cannot be looked into, because they are closed or too deep to name, count as too much.
    """
    while True:
        await asyncio.sleep(PERIOD)
        size, count, waiting = 0, 0, [folder]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as found:
                    for entry in found:
                        count += 1
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if size > SCRATCH_BYTES or count > MOST_FILES:
                            return
            except FileNotFoundError:
                continue  # removed in the meantime
            except OSError:
                return


def _resident(pid: int) -> int:
    fields = read_process_file(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _proportional(pid: int) -> int:
    for line in read_process_file(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)
