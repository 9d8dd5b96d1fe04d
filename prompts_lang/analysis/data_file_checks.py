"""Checks on the files behind datasets and corpora: whether they can be read, and have the columns that the declaration names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from prompts_lang.analysis.samples import Absent, Folder, Records, Special, columns_of
from prompts_lang.analysis.view import Found, View, at_line_end, file_missing, item_of, path_in, told
from prompts_lang.data.corpus import STORE_SCHEMES
from prompts_lang.graph.model import SplitByColumn
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, did_you_mean, suggestion
from prompts_lang.graph.resolve.draft import CorpusDraft, DatasetDraft
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span


def check_datasets(view: View) -> Found:
    """Every dataset that the file declares."""
    for entry, draft in view.own(DatasetDraft):
        if draft.path is not None:
            found = _dataset(view, entry.declaration, draft, draft.path)
        else:
            columns = tuple(dict.fromkeys(name for case in draft.cases for name in case))
            found = _columns(entry.declaration, draft, columns, draft.name)
        for problem in found:
            yield entry, problem


def _dataset(view: View, declaration: nodes.Declaration, draft: DatasetDraft, written: str) -> Iterator[Problem]:
    quoted = _quoted(declaration)
    span = quoted.span if quoted else declaration.head_span
    match view.samples.data(path_in(view.meaning, written)):
        case Absent() as absent:
            yield file_missing(written, span, absent, quoted)
        case Special(why):
            yield Problem(
                Check.BAD_DATA, span, f"'{written}' {why}, so it has no rows; name a JSONL, CSV or Parquet file."
            )
        case Folder():
            yield Problem(Check.BAD_DATA, span, f"'{written}' is a folder, so it has no rows; name a file in it.")
        case Records(rows, complete, problem):
            if problem is not None:
                yield Problem(Check.BAD_DATA, span, told(problem, written))
            elif not rows and complete and not draft.cases:
                yield Problem(Check.BAD_DATA, span, f"'{written}' has no rows; put some there, or write `case` lines.")
            if rows:
                columns = (*columns_of(rows), *(name for case in draft.cases for name in case))
                yield from _columns(declaration, draft, columns, written)
        case None:
            pass


def _columns(
    declaration: nodes.Declaration, draft: DatasetDraft, columns: Sequence[str], written: str
) -> Iterator[Problem]:
    """The columns that `expect` and `split by` name, as far as the first rows do not have them."""
    if (expect := item_of(declaration, "expect")) is not None:
        for value in expect.values:
            name = _name(value)
            if name in draft.expect and name not in columns:
                yield _missing(f"No row of '{written}' has a column '{name}'.", name, columns, value)
    if isinstance(draft.split, SplitByColumn) and draft.split.column not in columns:
        item = item_of(declaration, "split")
        if item is not None:
            message = f"No row of '{written}' has a column '{draft.split.column}' that says train, validation or test."
            yield _missing(message, draft.split.column, columns, item.values[-1])


def check_corpora(view: View) -> Found:
    """Every corpus that the file declares."""
    for entry, draft in view.own(CorpusDraft):
        for problem in _corpus(view, entry, draft):
            yield entry, problem


def _corpus(view: View, entry: Entry, draft: CorpusDraft) -> Iterator[Problem]:
    quoted = _quoted(entry.declaration)
    span = quoted.span if quoted else entry.declaration.head_span
    scheme, is_url, _ = draft.path.partition("://")
    if is_url:
        yield from _store(entry.declaration, draft, scheme, span)
        return
    path = path_in(view.meaning, draft.path)
    match view.samples.data(path):
        case Absent() as absent:
            yield file_missing(draft.path, span, absent, quoted)
        case Special(why):
            yield Problem(
                Check.BAD_DATA, span, f"'{draft.path}' {why}, so it has no documents; name a JSONL file or a folder."
            )
        case Folder(has_texts):
            if has_texts is False:
                message = f"The folder '{draft.path}' has no .txt or .md file, so there is nothing to retrieve; put some there."
                yield Problem(Check.CORPUS_EMPTY, span, message)
        case Records() as records:
            yield from _documents(entry.declaration, draft, path, records, span)
        case None:
            pass


def _store(declaration: nodes.Declaration, draft: CorpusDraft, scheme: str, span: Span) -> Iterator[Problem]:
    if scheme not in STORE_SCHEMES:
        message = (
            f"A store at '{scheme}://' is not known; write `qdrant://host:6333/collection`, a JSONL file, or a folder."
        )
        yield Problem(Check.BAD_VALUE, span, message)
    elif draft.embedding is None:
        message = 'A vector store needs the model that made its vectors: add `index embedding "MODEL"`.'
        yield Problem(Check.MISSING_PROPERTY, declaration.head_span, message)


def _documents(
    declaration: nodes.Declaration, draft: CorpusDraft, path: Path, records: Records, span: Span
) -> Iterator[Problem]:
    if path.suffix.lower() not in {".jsonl", ".ndjson"} and records.problem is None:
        message = f"A corpus is a JSONL file or a folder of texts; '{draft.path}' is neither."
        yield Problem(Check.BAD_DATA, span, message)
        return
    if records.problem is not None:
        yield Problem(Check.BAD_DATA, span, told(records.problem, draft.path))
    elif not records.rows and records.complete:
        yield Problem(
            Check.CORPUS_EMPTY,
            span,
            f"'{draft.path}' has no documents, so there is nothing to retrieve; put some there.",
        )
    if not records.rows:
        return
    columns = columns_of(records.rows)
    if draft.text_field not in columns:
        yield _text_field(declaration, draft, columns, span)
        return
    for row in records.rows:
        if not isinstance(row.value.get(draft.text_field), str):
            message = f"{draft.path}:{row.number}: the document has no text in the field '{draft.text_field}'."
            yield Problem(Check.BAD_DATA, span, message)
            break
    places: dict[str, int] = {}
    for row in records.rows:
        known = row.value.get(draft.id_field)
        if isinstance(known, str | int) and (first := places.setdefault(str(known), row.number)) != row.number:
            message = f"{draft.path}:{row.number}: the id '{known}' stands in line {first} already; name another field with `id`."
            yield Problem(Check.BAD_DATA, span, message)
            break


def _text_field(declaration: nodes.Declaration, draft: CorpusDraft, columns: Sequence[str], span: Span) -> Problem:
    message = f"No document of '{draft.path}' has a field '{draft.text_field}' with its text."
    if (item := item_of(declaration, "text")) is not None and item.values:
        return _missing(message, draft.text_field, columns, item.values[0])
    likely = [name for name in columns if name != draft.id_field]
    fix = Fix(f"Add `text {likely[0]}`", (at_line_end(declaration, f"text {likely[0]}"),)) if len(likely) == 1 else None
    return Problem(
        Check.COLUMN_MISSING, span, f"{message} Name one with `text FIELD`; there are: {', '.join(columns)}.", fix=fix
    )


def _missing(message: str, name: str, columns: Sequence[str], value: nodes.Value) -> Problem:
    meant = did_you_mean(name, columns)
    fix = None
    if meant is not None:
        place = value.content if isinstance(value, nodes.String) else value.span
        fix = Fix(f"Change to '{meant}'", (Edit(place, meant),))
    return Problem(Check.COLUMN_MISSING, value.span, f"{message}{suggestion(name, columns)}", fix=fix)


def _quoted(declaration: nodes.Declaration) -> nodes.String | None:
    match declaration:
        case nodes.DatasetDeclaration(path=path) | nodes.CorpusDeclaration(path=path):
            return path
        case _:
            return None


def _name(value: nodes.Value) -> str:
    match value:
        case nodes.String(text) | nodes.Word(text):
            return text
        case _:
            return ""
