"""Opens the store of a folder for reading."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import FileError, UsageError


def folder_of(path: Path) -> Path:
    """The folder that is meant by a folder or by a file in it.

    Raises:
        FileError: there is no such file or folder.
    """
    if not path.exists():
        raise FileError("There is no such file or folder.", where=str(path), hint="Check the path.")
    return path if path.is_dir() else path.parent


@contextmanager
def opened(folder: Path) -> Generator[Store]:
    """The store of a folder, closed afterwards.

    Raises:
        UsageError: there is none; nothing was run here yet.
        StoreError: it cannot be used.
    """
    if not (folder / ".prompts").is_dir():
        raise UsageError(
            "Nothing was run here yet.", where=str(folder), hint="Name the folder, or a .prompt file in it."
        )
    store = open_store(folder)
    try:
        yield store
    finally:
        store.close()
