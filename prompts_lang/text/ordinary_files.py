"""Opens files that someone else has named: ordinary ones alone, so that a pipe or a device under the name holds nothing up.

What was opened is looked at, and not the path before, since what stands under a name may change.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)


def open_ordinary(path: Path) -> BinaryIO:
    """The file, open for reading.

    Raises:
        OSError: There is none, it cannot be read, or it is a folder, a pipe or a device; `strerror` says which.
    """
    try:
        file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NO_WAIT))  # noqa: SIM115 - it is handed on
    except ValueError as error:  # a zero byte in the name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
    return file


def read_ordinary(path: Path, at_most: int) -> bytes:
    """All bytes of the file.

    Raises:
        OSError: As for `open_ordinary`, or it has more than `at_most` bytes.
    """
    with open_ordinary(path) as file:
        content = file.read(at_most + 1)
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"it is larger than {at_most // 2**20} MiB", str(path))
    return content


def resolved(path: Path) -> Path:
    """The path without links and dots; as it is where links lead in a circle, so that opening it says so."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()
