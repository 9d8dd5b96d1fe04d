"""Looks into the files that a program names: the first rows of data, the functions of Python files, what LiteLLM's table says of models.

Reading is bounded, and nothing is executed or imported. What was read is kept for as long as its file is the same one, so that a keystroke
reads nothing.

Invariant: a look at a file that has been read already does not touch the disk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.analysis.python_files import PythonFile, read_python
from prompts_lang.data.corpus import TEXT_FILES
from prompts_lang.data.dataset import file_records
from prompts_lang.data.model_facts import ModelFacts, bundled_model_facts, bundled_providers
from prompts_lang.errors import PromptsError
from prompts_lang.graph.problem import similar_file

if TYPE_CHECKING:
    from prompts_lang.data.reading import Record

MOST_ROWS = 2000
MOST_CHARACTERS = 4 * 2**20
"""Texts of all rows of a sample together; reading stops where it is exceeded."""
MOST_PARQUET = 256 * 2**20
"""Bytes of a Parquet file that is looked into: its parts are read as a whole."""
MOST_NAMES = 2000
"""Entries of a folder that are looked at."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There is nothing at the path. `meant` is the name in its folder that was probably meant."""

    meant: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """The first rows of a data file. `complete` is False where there are more; `problem` is what ended the reading."""

    rows: tuple[Record, ...]
    complete: bool
    problem: PromptsError | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, and whether a text file was found in it. None: there are too many entries to say."""

    has_texts: bool | None


@dataclass(frozen=True, slots=True)
class Special:
    """Neither a file nor a folder, or not to be read: `why` ends a sentence that starts with the path."""

    why: str


@dataclass(frozen=True, slots=True)
class ModelTable:
    """What is known of models without asking anybody: facts by id, and the names of LiteLLM's providers."""

    facts: Mapping[str, ModelFacts]
    providers: frozenset[str]


class Kind(Enum):
    """What is looked for in a file."""

    DATA = "rows, or a folder of texts"
    PYTHON = "functions"
    PRESENCE = "whether it is there"
    MODELS = "the table of models; no file of the program's"


Sample: TypeAlias = Absent | Records | Folder | Special | PythonFile | ModelTable


@dataclass(frozen=True, slots=True)
class Present:
    """There is something at the path, and no more was asked."""


@dataclass(frozen=True, slots=True)
class Want:
    """Something to look for, at an absolute path."""

    kind: Kind
    path: Path


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, and the identity of the file that it was found in."""

    identity: tuple[int, ...]
    sample: Sample | Present


class Samples:
    """What has been read so far.

    Args:
        at_once: Whether a look may read. Otherwise what is missing is noted in `wanted`, for somebody to read and hand in with `take`.

    Attributes:
        wanted: What was asked for and is not known yet, in order.
        generation: Counts the changes of what is known.
    """

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once
        self._seen: dict[Want, Seen] = {}
        self.wanted: dict[Want, None] = {}
        self.generation = 0

    def data(self, path: Path) -> Records | Folder | Absent | Special | None:
        """The rows at a path, or the folder that is there; None where nobody has read it yet."""
        found = self._look(Want(Kind.DATA, path))
        return found if isinstance(found, Records | Folder | Absent | Special) else None

    def python(self, path: Path) -> PythonFile | Absent | Special | None:
        """The functions of a Python file; None where nobody has read it yet."""
        found = self._look(Want(Kind.PYTHON, path))
        return found if isinstance(found, PythonFile | Absent | Special) else None

    def absent(self, path: Path) -> Absent | None:
        """That nothing is at a path; None where something is, or nobody has looked yet."""
        found = self._look(Want(Kind.PRESENCE, path))
        return found if isinstance(found, Absent) else None

    def models(self) -> ModelTable | None:
        """The table of models; None where nobody has read it yet."""
        found = self._look(Want(Kind.MODELS, Path()))
        return found if isinstance(found, ModelTable) else None

    def seen(self) -> dict[Want, Seen]:
        """Everything that has been read, by what was looked for."""
        return dict(self._seen)

    def take(self, found: Mapping[Want, Seen]) -> None:
        """Takes in what `read` has found elsewhere."""
        for want, seen in found.items():
            self._seen[want] = seen
            self.wanted.pop(want, None)
        self.generation += bool(found)

    def refresh(self) -> bool:
        """Forgets what was read from files that are others by now; True where there were any. Asks for the state of every file."""
        changed = [want for want, seen in self._seen.items() if identity(want) != seen.identity]
        for want in changed:
            del self._seen[want]
        self.generation += bool(changed)
        return bool(changed)

    def _look(self, want: Want) -> Sample | Present | None:
        if (seen := self._seen.get(want)) is not None:
            return seen.sample
        if not self._at_once:
            self.wanted[want] = None
            return None
        self._seen[want] = read(want)
        return self._seen[want].sample


def read(want: Want) -> Seen:
    """Looks into a file, bounded. Never raises for what is found there; safe in any thread."""
    return Seen(identity(want), _sample(want))


def identity(want: Want) -> tuple[int, ...]:
    """What tells a file from another one at the same path: its number, time and size; for a missing one, the time of its folder."""
    if want.kind is Kind.MODELS:
        return ()
    try:
        state = want.path.stat()
    except (OSError, ValueError):
        return _folder_time(want.path.parent)
    return state.st_ino, state.st_mtime_ns, state.st_size


def _folder_time(folder: Path) -> tuple[int, ...]:
    try:
        return (folder.stat().st_mtime_ns,)
    except (OSError, ValueError):
        return ()


def _sample(want: Want) -> Sample | Present:
    if want.kind is Kind.MODELS:
        return ModelTable(bundled_model_facts(), bundled_providers())
    try:
        state = want.path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return Absent(similar_file(want.path.name, _names(want.path.parent)))
    except OSError as error:
        return Special(f"cannot be read: {error.strerror}")
    if want.kind is Kind.PRESENCE:
        return Present()
    if stat.S_ISDIR(state.st_mode):
        return _folder(want.path) if want.kind is Kind.DATA else Special("is a folder")
    if not stat.S_ISREG(state.st_mode):
        return Special("is no ordinary file")
    if want.kind is Kind.PYTHON:
        return read_python(want.path, state.st_size)
    if want.path.suffix.lower() == ".parquet" and state.st_size > MOST_PARQUET:
        return Records((), complete=False)
    return _records(want.path)


def _records(path: Path) -> Records:
    rows: list[Record] = []
    size = 0
    try:
        with closing(file_records(path)) as records:
            for record in records:
                if len(rows) == MOST_ROWS or size > MOST_CHARACTERS:
                    return Records(tuple(rows), complete=False)
                rows.append(record)
                size += sum(len(value) for value in record.value.values() if isinstance(value, str))
    except PromptsError as error:
        return Records(tuple(rows), complete=False, problem=error)
    return Records(tuple(rows), complete=True)


def _folder(path: Path) -> Folder:
    looked = 0
    for folder, folders, files in os.walk(path):
        if any(Path(folder, name).suffix.lower() in TEXT_FILES for name in files):
            return Folder(has_texts=True)
        looked += len(folders) + len(files)
        if looked > MOST_NAMES:
            return Folder(has_texts=None)
    return Folder(has_texts=False)


def _names(folder: Path) -> tuple[str, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted(entry.name for entry in islice(entries, MOST_NAMES)))
    except (OSError, ValueError):
        return ()


def columns_of(rows: Sequence[Record]) -> tuple[str, ...]:
    """The columns of rows, in the order in which they first occur."""
    return tuple(dict.fromkeys(name for row in rows for name in row.value))
