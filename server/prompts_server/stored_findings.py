"""Findings of earlier sessions, read from the stores beside a file. They come back when the editor does."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.errors import PromptsError
from prompts_server.finding_events import stored_finding
from prompts_server.findings import Finding, with_share

if TYPE_CHECKING:
    from prompts_lang.engine.store.postgres_address import PostgresAddress
    from prompts_lang.engine.store.protocol import Store

logger = logging.getLogger(__name__)

_FOLDERS = 4
"""How many folders upwards a store is looked for: the file may be used by one that stands above it."""


def stored_findings(path: Path) -> tuple[Finding, ...]:
    """The findings that stores keep of a file. Blocks; a store that cannot be read is a line in the log."""
    found: dict[str, Finding] = {}
    for store, name in stores_of(path):
        for finding in _of_store(store, name):
            found.setdefault(finding.id, finding)
    return with_share(tuple(found.values()))


def stores_of(path: Path) -> "Iterator[tuple[Store, str]]":
    """The stores that may know a file, each with its name there: its project's server, and then the nearest first.

    Each is closed when the next is taken.
    """
    # Imported when there is something to read: SQLite would make every start slower.
    from prompts_lang.engine.store.choose import project_address, store_of  # noqa: PLC0415
    from prompts_lang.engine.store.sqlite import FILE, FOLDER  # noqa: PLC0415

    folders = tuple(islice(path.parents, _FOLDERS))
    places: list[tuple[Path, PostgresAddress | None]] = []
    try:
        if (address := project_address(path.parent)) is not None:
            places += [(folder, address) for folder in folders]
    except PromptsError as error:
        logger.warning("the store of %s cannot be read: %s", path.name, error)
    places += [(folder, None) for folder in folders if (folder / FOLDER / FILE).is_file()]
    for folder, address in places:
        try:
            store = store_of(folder, address)
        except PromptsError as error:
            logger.warning("the store of %s cannot be read: %s", path.name, error)
            continue
        try:
            yield store, path.relative_to(folder).as_posix()
        finally:
            store.close()


def _of_store(store: "Store", name: str) -> Iterator[Finding]:
    for record in store.findings(name):
        finding = stored_finding(record.body, record.run)
        if finding is not None:
            yield replace(finding, id=record.id, text_hash=record.text_hash)
