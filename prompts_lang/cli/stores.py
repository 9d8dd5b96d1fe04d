"""Opens the store of a folder for reading."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import UsageError


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
