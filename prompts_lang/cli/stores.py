"""Opens the store of a folder for reading."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from prompts_lang.engine.store.choose import store_of
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.engine.store.protocol import Store
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
def opened(folder: Path, written: str | None = None) -> Generator[Store]:
    """The store at an address, or else that of a folder, closed afterwards.

    Raises:
        UsageError: there is none, as nothing was run here yet; or the address makes no sense.
        StoreError: it cannot be used.
    """
    address = None if written is None else read_address(written)
    if address is None and not os.path.lexists(folder / ".prompts"):
        raise UsageError(
            "Nothing was run here yet.", where=str(folder), hint="Name the folder, or a .prompt file in it."
        )
    store = store_of(folder, address)
    try:
        yield store
    finally:
        store.close()
