"""Writes files so that nothing is lost: the new content is complete on disk before it takes the old one's place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from prompts_lang.errors import FileError


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file's content in one step; its mode is kept, and a link stays a link.

    Raises:
        FileError: the file or its folder cannot be written.
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode if target.exists() else None
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(f"The file cannot be written ({error.strerror}).", where=str(path)) from error
