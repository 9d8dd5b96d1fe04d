"""The rules for Landlock, the Linux kernel's own way to take file access from a process, as the sandboxed process will apply them.

Bits and versions: include/uapi/linux/landlock.h and Documentation/userspace-api/landlock.rst of the Linux kernel.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompts_lang.graph.types import JsonValue

_CREATE_RULESET, _ASK_VERSION = 444, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 1 << 1, 1 << 2, 1 << 3
_MAKE_DEVICES_AND_SOCKETS = 1 << 6 | 1 << 9 | 1 << 11
_FIRST_VERSION = (1 << 13) - 1
_REFER, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL


def landlock_version() -> int:
    """The version of Landlock that the running kernel speaks; 0 where it has none, or has it turned off."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _ASK_VERSION))


def landlock_scopes_signals(version: int) -> bool:
    """True where code can be kept from signalling processes outside."""
    return version >= 6


def landlock_rules(version: int, *, readable: Sequence[str], writable: str) -> dict[str, JsonValue]:
    """Everything that this version can refuse is refused, except reading `readable` and using `writable`, a folder.

    Returns:
        The masks of what is refused (`files`, `network`, `scope`), the `size` of the kernel's structure for them, and the `paths` with
        what is allowed beneath each.
    """
    files = _FIRST_VERSION
    for since, bit in ((2, _REFER), (3, _TRUNCATE), (5, _DEVICE_CONTROL)):
        if version >= since:
            files |= bit
    read = _EXECUTE | _READ_FILE | _READ_DIR
    write = files & ~_MAKE_DEVICES_AND_SOCKETS
    allowed = {path: read if Path(path).is_dir() else read & _FILE_ONLY for path in readable}
    allowed |= {writable: write, os.devnull: _READ_FILE | _WRITE_FILE}
    return {
        "files": files,
        "network": _BIND_AND_CONNECT if version >= 4 else 0,
        "scope": _ABSTRACT_SOCKETS_AND_SIGNALS if landlock_scopes_signals(version) else 0,
        "size": 24 if version >= 6 else 16 if version >= 4 else 8,
        "paths": [[path, rights] for path, rights in allowed.items()],
    }
