"""Which store a folder has: the file beside it, or a server's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts_lang.engine.store.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from prompts_lang.engine.store.postgres_address import PostgresAddress
    from prompts_lang.engine.store.protocol import Store


def store_of(folder: Path, address: PostgresAddress | None) -> Store:
    """Opens the store at an address, or the one in the folder where there is none.

    Raises:
        StoreError: It cannot be used.
        UsageError: The extra for stores on servers is not installed.
    """
    if address is None:
        return open_store(folder)
    from prompts_lang.engine.store.postgres import open_postgres  # noqa: PLC0415  only where it is used

    return open_postgres(address)
