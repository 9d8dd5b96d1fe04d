"""Rows of examples: read, identified and split.

A row's id is its `id` (or `task_id`) column, or else a hash of its content. Nothing depends on its place in the file.

Invariant: the ids of a dataset are unique, and every value is a JSON value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.data.content import content_key
from prompts_lang.data.reading import Record, csv_rows, json_lines, parquet_rows
from prompts_lang.data.splitting import Split, split_of
from prompts_lang.errors import DataError, FileError
from prompts_lang.graph.model import SplitByColumn

if TYPE_CHECKING:
    from prompts_lang.graph.model import Dataset
    from prompts_lang.graph.types import JsonValue

ID_COLUMNS = ("id", "task_id", "_id")
"""Columns that identify a row; the first one that a row has counts."""

READERS: Mapping[str, Callable[[Path], Generator[Record]]] = MappingProxyType(
    {".jsonl": json_lines, ".ndjson": json_lines, ".csv": csv_rows, ".parquet": parquet_rows}
)
"""The forms of data files by their ending. Text forms may also end in `.gz`."""

_HASH_LENGTH = 12

Placed: TypeAlias = "tuple[Mapping[str, JsonValue], str]"
"""The values of a row by column, and where they stand."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example: `values` by column, reference answers included."""

    id: str
    values: Mapping[str, JsonValue]
    split: Split
    where: str = ""


def read_rows(dataset: Dataset, *, at_most: int | None = None) -> tuple[Row, ...]:
    """Reads a dataset: the rows of its file, then its inline cases.

    Args:
        dataset: Its declaration.
        at_most: Reads no more rows than that, for a check.

    Raises:
        FileError: The file cannot be read, or is of a form that we do not know.
        DataError: A row is not what it should be; the error says in which line.
    """
    return tuple(islice(iter_rows(dataset), at_most))


def iter_rows(dataset: Dataset) -> Iterator[Row]:
    """The rows of a dataset as they are read, one by one; raises as `read_rows` does."""
    if dataset.path is None:
        yield from rows_from(cases_of(dataset), dataset)
        return
    with closing(file_records(dataset.path)) as records:
        placed = ((record.value, record.where) for record in records)
        yield from rows_from(chain(placed, cases_of(dataset)), dataset)


def cases_of(dataset: Dataset) -> Iterator[Placed]:
    """The inline rows of a dataset."""
    for number, case in enumerate(dataset.cases, 1):
        yield case, f"case {number} of '{dataset.name}'"


def file_records(path: Path) -> Generator[Record]:
    """The objects of a data file as they are read, in the form that its ending says.

    Raises:
        FileError: The file cannot be read, or is of a form that we do not know.
        DataError: Something in it is not what it should be; the error says in which line.
    """
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if (reader := READERS.get(ending.lower())) is None:
        raise FileError(
            f"A dataset cannot be read from a file that ends in '{path.suffix}'.",
            where=str(path),
            hint=f"Use one of {', '.join(READERS)}.",
        )
    return reader(path)


def rows_from(records: Iterable[Placed], dataset: Dataset) -> Iterator[Row]:
    """Records as the rows of a dataset: with ids and splits.

    Raises:
        DataError: An id stands twice, or a record does not say its split.
    """
    places: dict[str, str] = {}
    twins: Counter[str] = Counter()
    for values, where in records:
        row_id = _own_id(values, where)
        base = row_id or content_key("row", dict(values))[:_HASH_LENGTH]
        if row_id is None:
            # Rows with the same content share a split, so that none of them is both learned from and tested on.
            twins[base] += 1
            row_id = base if twins[base] == 1 else f"{base}-{twins[base]}"
        if (first := places.setdefault(row_id, where)) != where:
            raise DataError(
                f"The row id '{row_id}' stands twice, the first time at {first}.",
                where=where,
                hint="Ids tell rows apart; change one of them.",
            )
        yield Row(row_id, values, _split(dataset, base, values, where), where)


def rows_of(rows: Sequence[Row], split: Split | None, *, at_most: int | None = None) -> tuple[Row, ...]:
    """The rows of one split, in order; all rows where `split` is None."""
    return tuple(islice((row for row in rows if split is None or row.split is split), at_most))


def expected_of(dataset: Dataset, row: Row) -> JsonValue:
    """The reference answer: the value of the expect column, or an object with all of them; None where there is none."""
    if len(dataset.expect) == 1:
        return row.values.get(dataset.expect[0])
    return {name: row.values[name] for name in dataset.expect if name in row.values} or None


def _own_id(values: Mapping[str, JsonValue], where: str) -> str | None:
    column = next((name for name in ID_COLUMNS if values.get(name) not in (None, "")), None)
    if column is None:
        return None
    value = values[column]
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise DataError(
            f"The row's '{column}' is neither a text nor a whole number.", where=where, hint="Ids tell rows apart."
        )
    return str(value)


def _split(dataset: Dataset, row_id: str, values: Mapping[str, JsonValue], where: str) -> Split:
    if not isinstance(dataset.split, SplitByColumn):
        return split_of(row_id, dataset.split)
    word = values.get(dataset.split.column)
    try:
        return Split(str(word))
    except ValueError:
        said = "is missing" if word is None else f"is '{word}'"
        raise DataError(
            f"The column '{dataset.split.column}' {said}; it must say train, validation or test.",
            where=where,
            hint=f"'{dataset.name}' is split by that column.",
        ) from None
