"""Where the rows that findings name stand in their data, looked up while nobody waits.

A diagnostic is made at every keystroke and must read no file. So it takes what is known here, and what is not known yet is
looked up afterwards, in a thread; then the diagnostics are made anew.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.rows import lines_of_rows
from prompts_lang.graph.model import Dataset
from prompts_lang.text import Document, Encoding, Position
from prompts_server.threads import in_thread


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A line of a data file: its number, counted from 0, and its text."""

    path: Path
    line: int
    text: bytes

    def end(self, encoding: Encoding) -> Position:
        """The end of the line."""
        return Position(self.line, Document.of(self.text).position_at(len(self.text), encoding).character)


class RowPlaces:
    """Remembers where rows stand.

    Args:
        found: Called when more is known.
    """

    def __init__(self, found: Callable[[], None]) -> None:
        self._found = found
        self._known: dict[Dataset, dict[str, RowPlace | None]] = {}
        self._wanted: dict[Dataset, set[str]] = {}
        self._looking: asyncio.Task[None] | None = None

    def of(self, dataset: Dataset, row: str) -> RowPlace | None:
        """Where a row stands; None where it stands nowhere, or nobody has looked yet."""
        known = self._known.setdefault(dataset, {})
        if row not in known:
            self._wanted.setdefault(dataset, set()).add(row)
        return known.get(row)

    def outdate(self) -> None:
        """Takes note that data may have changed: everything is looked up again, and shown as it was until then."""
        for dataset, known in self._known.items():
            self._wanted.setdefault(dataset, set()).update(known)

    def look(self) -> None:
        """Starts to look for what is wanted, if anything is and nothing is being looked for."""
        if self._looking is None and self._wanted:
            wanted, self._wanted = self._wanted, {}
            self._looking = asyncio.get_running_loop().create_task(self._look(wanted))

    def close(self) -> None:
        """Gives up what is being looked for."""
        self._wanted.clear()
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self, wanted: Mapping[Dataset, set[str]]) -> None:
        try:
            found = await in_thread(lambda: {one: _places(one, rows) for one, rows in wanted.items()})
        finally:
            self._looking = None
        before = {dataset: dict(self._known.get(dataset, {})) for dataset in found}
        for dataset, places in found.items():
            self._known.setdefault(dataset, {}).update(places)
        if any(self._known[dataset] != places for dataset, places in before.items()):
            self._found()


def _places(dataset: Dataset, rows: set[str]) -> dict[str, RowPlace | None]:
    places: dict[str, RowPlace | None] = dict.fromkeys(rows)
    if locations := lines_of_rows(dataset, rows):
        data = locations[next(iter(locations))].file.read_bytes()
        for row, location in locations.items():
            start, end = location.span.start, location.span.end
            places[row] = RowPlace(location.file, data.count(b"\n", 0, start), data[start:end])
    return places
