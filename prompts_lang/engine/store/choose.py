"""Which store a folder has: the file beside it, or a server's, that its project or the environment names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prompts_lang.data.settings import project_table
from prompts_lang.engine.store.postgres_address import PostgresAddress, read_address

if TYPE_CHECKING:
    from pathlib import Path

    from prompts_lang.engine.store.protocol import Store

VARIABLE: Final = "PROMPTS_STORE"
"""Environment variable with the address of the store."""


def project_address(folder: Path) -> PostgresAddress | None:
    """The address of the store that the environment or the project of a folder names, if any.

    Raises:
        FileError: The project's table cannot be read.
        UsageError: The address makes no sense.
    """
    _, table = project_table(folder)
    written = os.environ.get(VARIABLE) or table.get("store")
    return None if written is None else read_address(str(written))


def store_of(folder: Path, address: PostgresAddress | None) -> Store:
    """Opens the store at an address, or the one in the folder where there is none.

    Raises:
        StoreError: It cannot be used.
        UsageError: The extra for stores on servers is not installed.
    """
    # Each is imported where it is used: the language server reads addresses long before it reads a store, if ever.
    if address is None:
        from prompts_lang.engine.store.sqlite import open_store  # noqa: PLC0415

        return open_store(folder)
    from prompts_lang.engine.store.postgres import open_postgres  # noqa: PLC0415

    return open_postgres(address)
