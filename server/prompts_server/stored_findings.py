"""Findings of earlier sessions, read from the stores beside a file. They come back when the editor does."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from prompts_lang.errors import StoreError
from prompts_server.finding_events import stored_finding
from prompts_server.findings import Finding, with_share

logger = logging.getLogger(__name__)

_FOLDERS = 4
"""How many folders upwards a store is looked for: the file may be used by one that stands above it."""


def stored_findings(path: Path) -> tuple[Finding, ...]:
    """The findings that stores keep of a file. Blocks; a store that cannot be read is a line in the log."""
    found: dict[str, Finding] = {}
    for folder in islice(path.parents, _FOLDERS):
        for finding in _read(folder, path.relative_to(folder).as_posix()):
            found.setdefault(finding.id, finding)
    return with_share(tuple(found.values()))


def _read(folder: Path, name: str) -> Iterator[Finding]:
    # Imported when there is something to read: SQLite would make every start slower.
    from prompts_lang.engine.store.sqlite import FILE, FOLDER, open_store  # noqa: PLC0415

    if not (folder / FOLDER / FILE).is_file():
        return
    try:
        store = open_store(folder)
    except StoreError as error:
        logger.warning("the findings of %s cannot be read: %s", name, error)
        return
    try:
        records = store.findings(name)
    finally:
        store.close()
    for record in records:
        finding = stored_finding(record.body, record.run)
        if finding is not None:
            yield replace(finding, id=record.id, text_hash=record.text_hash)
