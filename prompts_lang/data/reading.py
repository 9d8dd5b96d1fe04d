"""Reads data files line by line, with the place of every mistake.

A file is closed when its reader ends, fails or is closed, whoever keeps the error. Files are UTF-8, with or without a byte order mark, and
may be packed with gzip. Lines are split at line feeds alone: other separators are part of a text.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from prompts_lang.data.json_values import TooDeepError, read_json
from prompts_lang.errors import DataError, FileError
from prompts_lang.text.ordinary_files import open_ordinary

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

LONGEST_LINE = 16 * 2**20
"""Characters in one line or CSV cell. Whatever is longer is no data file of ours, and should not fill the memory."""


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a data file and where it stands: `number` counts lines (JSONL, CSV) or rows (Parquet) from 1."""

    value: dict[str, JsonValue]
    path: Path
    number: int

    @property
    def where(self) -> str:
        """The place, as `file:line`."""
        return f"{self.path}:{self.number}"


def text_file(path: Path) -> str:
    """The text of a small file.

    Raises:
        FileError: It cannot be read.
        DataError: It is not UTF-8.
    """
    try:
        with TextIOWrapper(open_ordinary(path), encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError("The file is not UTF-8 text.", where=str(path), hint="Save it as UTF-8.") from error


def json_lines(path: Path) -> Generator[Record]:
    """The objects of a JSONL file; blank lines are skipped.

    Raises:
        FileError: The file cannot be read.
        DataError: A line is not a JSON object.
    """
    with closing(_lines(path)) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Record(_json_object(line, f"{path}:{number}"), path, number)


def _json_object(line: str, where: str) -> dict[str, JsonValue]:
    try:
        value: object = read_json(line)
    except TooDeepError as error:
        raise DataError("The line is nested too deeply.", where=where, hint="Flatten it.") from error
    except ValueError as error:
        said = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise DataError(
            f"The line is not JSON: {said}.", where=where, hint="Every line must be one JSON object."
        ) from error
    if not isinstance(value, dict):
        raise DataError(
            f"The line is JSON, but not an object: {line.strip()[:40]}",
            where=where,
            hint='Write {"column": value, …}.',
        )
    return cast("dict[str, JsonValue]", value)


def csv_rows(path: Path) -> Generator[Record]:
    """The rows of a CSV file whose first line names the columns. Cells are texts; an empty cell is an empty text.

    Raises:
        FileError: The file cannot be read.
        DataError: A row has more or fewer cells than there are columns, or a column has no name or stands twice.
    """
    # A limit of the whole process: the module offers no other, and its 128 KiB are too little for documents.
    csv.field_size_limit(LONGEST_LINE)
    with closing(_lines(path)) as lines:
        yield from _csv_records(lines, path)


def _csv_records(lines: Iterator[str], path: Path) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    try:
        columns = next(reader, list[str]())
        if len(set(columns)) < len(columns) or "" in columns:
            raise DataError(
                "The first line must name every column, each name once.", where=f"{path}:1", hint="Check the heading."
            )
        start = reader.line_num
        for cells in reader:
            number, start = start + 1, reader.line_num
            if not cells:
                continue
            if len(cells) != len(columns):
                raise DataError(
                    f"The row has {len(cells)} cells, but there are {len(columns)} columns.",
                    where=f"{path}:{number}",
                    hint="A cell that contains a comma or a quote needs quotes around it.",
                )
            yield Record(dict(zip(columns, cells, strict=True)), path, number)
    except csv.Error as error:
        where = f"{path}:{reader.line_num}"
        if "new-line" in str(error):
            said, hint = "Its lines end at carriage returns alone.", "Save it with the line ends of Unix or Windows."
        else:
            said, hint = f"The row is not CSV: {error}.", "Check its quotes."
        raise DataError(said, where=where, hint=hint) from error


def parquet_rows(path: Path) -> Generator[Record]:
    """The rows of a Parquet file.

    Raises:
        FileError: The file cannot be read, or `pyarrow` is not installed.
        DataError: It is not a Parquet file, or a value has no form in JSON.
    """
    try:
        arrow: Any = import_module("pyarrow")  # an extra, without types, and slow to import
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise FileError(
            "Parquet files need the package pyarrow.", where=str(path), hint="Install prompts-lang[parquet]."
        ) from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield Record({str(name): _plain(cell) for name, cell in row.items()}, path, number)
    except OSError as error:
        raise _unreadable(path, error) from error
    except arrow.ArrowException as error:
        raise DataError(f"The file is not Parquet: {error}.", where=str(path), hint="Write it again.") from error


def _plain(cell: object) -> JsonValue:
    """A Parquet value as JSON; dates, decimals and bytes by their usual spelling."""
    match cell:
        case float():
            return cell if math.isfinite(cell) else None
        case None | bool() | int() | str():
            return cell
        case list() | tuple():
            return [_plain(entry) for entry in cast("list[object]", cell)]
        case dict():
            return {str(name): _plain(entry) for name, entry in cast("dict[object, object]", cell).items()}
        case bytes():
            return cell.decode("utf-8", "replace")
        case _:
            return str(cell)


def _lines(path: Path) -> Generator[str]:
    number = 0
    try:
        with _opened(path) as file:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise DataError(
                        f"The line is longer than {LONGEST_LINE} characters.",
                        where=f"{path}:{number}",
                        hint="Is it a JSONL or CSV file?",
                    )
                yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"The file is not whole: {error}.", where=str(path), hint="Pack it again.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file is not UTF-8 text: {error.reason}.", where=str(path), hint="Save it as UTF-8."
        ) from error


def _opened(path: Path) -> IO[str]:
    # Lines end at line feeds only, so that other separators inside a text stay where they are.
    file = open_ordinary(path)
    if path.suffix != ".gz":
        return TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
    file.close()
    return gzip.open(path, "rt", encoding="utf-8-sig", newline="\n")


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"The file cannot be read: {error.strerror or error}.", where=str(path), hint="Check the path.")
