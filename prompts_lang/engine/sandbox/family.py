"""Looks at a process and its descendants through `/proc`. Where there is none, a process has no descendants to speak of."""

# ruff: noqa: PTH123, PTH208 - many short reads on the event loop, where pathlib would double the cost

from __future__ import annotations

import os
import sys


def family(pid: int) -> list[int]:
    """The process and its descendants, as far as they live and the kernel tells."""
    members = [pid]
    for member in members:  # grows while it is read
        try:
            threads = os.listdir(f"/proc/{member}/task") if sys.platform == "linux" else []
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        for thread in threads:
            members += [int(child) for child in read_process_file(f"/proc/{member}/task/{thread}/children").split()]
    return members


def read_process_file(path: str) -> str:
    """The text of a file of `/proc`, or nothing where the process has ended or is not ours to look at."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
