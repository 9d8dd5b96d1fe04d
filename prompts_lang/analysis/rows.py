"""The first rows of datasets with their ids and splits, and what was found out about them, kept for as long as it holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

from prompts_lang.analysis.samples import Records
from prompts_lang.analysis.view import Declared, View, path_in
from prompts_lang.data.dataset import Placed, Row, cases_of, rows_from
from prompts_lang.errors import DataError
from prompts_lang.graph.model import Dataset
from prompts_lang.graph.resolve.draft import DatasetDraft

MOST_KEPT = 100
"""Findings on one dataset that are kept: while somebody types a signature, every state of it is another question."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The first rows of a dataset; `complete` where there are no more. `problem` is what is wrong with an id or a split."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    complete: bool
    problem: DataError | None = None


@dataclass(slots=True)
class _Kept:
    sample: Records | None
    draft: DatasetDraft
    rows: Rows
    told: dict[Hashable, str | None] = field(default_factory=dict[Hashable, "str | None"])


class RowCache:
    """The rows of datasets by the file and name of the dataset."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], _Kept] = {}

    def rows(self, view: View, declared: Declared[DatasetDraft]) -> Rows | None:
        """The rows of a dataset; None where its file cannot be read, or has not been read yet."""
        draft = declared.draft
        sample: Records | None = None
        if draft.path is not None:
            found = view.samples.data(path_in(declared.home, draft.path))
            if not isinstance(found, Records) or found.problem is not None:
                return None
            sample = found
        place = (declared.home.path, draft.name)
        known = self._kept.get(place)
        if known is None or known.sample is not sample or known.draft != draft:
            known = self._kept[place] = _Kept(sample, draft, _rows(draft, sample))
        return known.rows

    def once(self, rows: Rows, about: Hashable, find: Callable[[], str | None]) -> str | None:
        """What `find` says of these rows; asked once for each thing that it is about, as far as there are not too many of them."""
        kept = next(kept for kept in self._kept.values() if kept.rows is rows)
        if about not in kept.told:
            if len(kept.told) >= MOST_KEPT:
                kept.told.clear()
            kept.told[about] = find()
        return kept.told[about]


def _rows(draft: DatasetDraft, sample: Records | None) -> Rows:
    dataset = Dataset(draft.name, None, draft.expect, draft.split, draft.cases)
    records: list[Placed] = [] if sample is None else [(row.value, row.where) for row in sample.rows]
    records.extend(cases_of(dataset))
    columns = tuple(dict.fromkeys(name for values, _ in records for name in values))
    rows: list[Row] = []
    try:
        rows.extend(rows_from(records, dataset))
    except DataError as error:
        return Rows(tuple(rows), columns, complete=False, problem=error)
    return Rows(tuple(rows), columns, complete=sample is None or sample.complete)
