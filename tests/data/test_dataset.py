"""Rows are read, identified and split, and mistakes are named with their place."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.data.dataset import expected_of, read_rows, rows_of
from prompts_lang.data.splitting import Split, split_of
from prompts_lang.errors import DataError, FileError
from prompts_lang.graph.model import Dataset, SplitByColumn, SplitByRatio
from prompts_lang.text.ordinary_files import open_ordinary

RATIO = SplitByRatio(40, 30, 30)


def dataset(path: Path | None, **properties) -> Dataset:
    return Dataset("data", path, properties.pop("expect", ("answer",)), properties.pop("split", RATIO), **properties)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


ROWS = ({"id": "a", "question": "1 + 1", "answer": "2"}, {"id": 7, "question": "ö\u2028x", "answer": "3"})


def test_jsonl_csv_parquet_and_gzip_give_the_same_rows(tmp_path):
    plain = write(tmp_path / "rows.jsonl", "\ufeff" + jsonl(*ROWS) + "\n")
    table = write(tmp_path / "rows.csv", 'id,question,answer\r\na,1 + 1,2\r\n7,"ö\u2028x",3\r\n')
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    parquet = tmp_path / "rows.parquet"
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    pyarrow.parquet.write_table(arrow.Table.from_pylist([{**row, "id": str(row["id"])} for row in ROWS]), parquet)
    found = [read_rows(dataset(path)) for path in (plain, table, packed, parquet)]
    for rows in found:
        assert [row.id for row in rows] == ["a", "7"]
        assert [row.values["question"] for row in rows] == ["1 + 1", "ö\u2028x"]
        assert [row.split for row in rows] == [split_of("a", RATIO), split_of("7", RATIO)]


def test_cases_are_rows_after_those_of_the_file(tmp_path):
    path = write(tmp_path / "rows.jsonl", jsonl(ROWS[0]))
    rows = read_rows(dataset(path, cases=({"question": "inline", "answer": "x"},)))
    assert [row.values["question"] for row in rows] == ["1 + 1", "inline"]
    assert rows[1].where == "case 1 of 'data'"


def test_rows_without_an_id_are_named_by_their_content(tmp_path):
    first = read_rows(dataset(write(tmp_path / "a.jsonl", jsonl({"question": "x"}, {"question": "y"}))))
    second = read_rows(dataset(write(tmp_path / "b.jsonl", jsonl({"question": "new"}, {"question": "y"}))))
    assert first[1].id == second[1].id
    assert len({row.id for row in (*first, *second)}) == 3


def test_twins_without_an_id_are_told_apart_but_share_a_split(tmp_path):
    rows = read_rows(dataset(write(tmp_path / "a.jsonl", jsonl(*[{"question": "x"}] * 3))))
    assert len({row.id for row in rows}) == 3
    assert len({row.split for row in rows}) == 1


def test_a_column_can_say_the_split(tmp_path):
    rows = [{"part": word, "question": word} for word in ("train", "validation", "test")]
    found = read_rows(dataset(write(tmp_path / "a.jsonl", jsonl(*rows)), split=SplitByColumn("part")))
    assert [row.split for row in found] == [Split.TRAIN, Split.VALIDATION, Split.TEST]
    assert rows_of(found, Split.TEST) == (found[2],)
    assert rows_of(found, None, at_most=2) == found[:2]


def test_several_expected_columns_are_expected_by_name(tmp_path):
    path = write(tmp_path / "a.jsonl", jsonl({"id": "a", "answer": "2", "why": "sum"}))
    (row,) = read_rows(dataset(path))
    assert expected_of(dataset(path), row) == "2"
    assert expected_of(dataset(path, expect=("answer", "why")), row) == {"answer": "2", "why": "sum"}
    assert expected_of(dataset(path, expect=()), row) is None


def test_a_check_reads_no_more_than_it_needs(tmp_path):
    path = write(tmp_path / "a.jsonl", jsonl({"id": 1}) + "this is no JSON\n")
    assert len(read_rows(dataset(path), at_most=1)) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"id": 1}\n{"id": }\n', ":2: The line is not JSON: Expecting value, column 8."),
        ("a.jsonl", "[1, 2]\n", ":1: The line is JSON, but not an object: [1, 2]"),
        ("a.jsonl", '{"x": NaN}\n', ":1: The line is not JSON: NaN is not a JSON number."),
        ("a.jsonl", "[" * 200_000 + "\n", ":1: The line is nested too deeply."),
        ("a.jsonl", '{"id": "x"}\n\n{"id": "x"}\n', ":3: The row id 'x' stands twice, the first time at "),
        ("a.jsonl", '{"id": ["x"]}\n', ":1: The row's 'id' is neither a text nor a whole number."),
        ("a.csv", "id,question\n1,2,3\n", ":2: The row has 3 cells, but there are 2 columns."),
        ("a.csv", 'id,question\n1,"two\nlines"\n3\n', ":4: The row has 1 cells, but there are 2 columns."),
        ("a.csv", "id,id\n1,2\n", ":1: The first line must name every column, each name once."),
        ("a.jsonl", '{"x": ' + "9" * 5000 + "}\n", ":1: The line is not JSON: a number has more than 4,300 digits."),
        ("a.csv", 'id\n"x"y\n', ":2: The row is not CSV:"),
        ("a.csv", "id,question\r1,two\r", ":1: Its lines end at carriage returns alone."),
        ("a.parquet", "nothing of the kind", ": The file is not Parquet"),
        ("a.jsonl.gz", "no gzip at all", ": The file is not whole"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path, name, text, message):
    path = write(tmp_path / name, text)
    with pytest.raises(DataError) as caught:
        read_rows(dataset(path))
    assert str(caught.value).startswith(f"{path}{message}")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.jsonl", '{"id": 1}\n{\n'),
        ("rows.jsonl", '{"id": 1}\n{"id": 1}\n'),
        ("rows.csv", "id,a\n1,2\n1,2,3\n"),
        ("rows.csv", "id,a\n1,2\n1,2\n"),
        ("rows.csv", "a,a\n1,2\n"),
        ("rows.csv", 'a,b\n1,"2"3\n'),
    ],
)
def test_a_file_is_closed_while_its_mistake_is_still_told(tmp_path, monkeypatch, name, text):
    opened: list[IO[bytes]] = []

    def watched(path: Path) -> IO[bytes]:
        opened.append(open_ordinary(path))
        return opened[-1]

    monkeypatch.setattr("prompts_lang.data.reading.open_ordinary", watched)
    kept = []
    try:
        read_rows(dataset(write(tmp_path / name, text)))
    except DataError as error:
        kept.append(error)
    assert (len(kept), [file.closed for file in opened]) == (1, [True])


def test_a_split_column_must_hold_the_three_words(tmp_path):
    path = write(tmp_path / "a.jsonl", jsonl({"part": "train"}, {"part": "dev"}))
    with pytest.raises(DataError, match=r"a\.jsonl:2: The column 'part' is 'dev'; it must say train, validation or"):
        read_rows(dataset(path, split=SplitByColumn("part")))


@pytest.mark.parametrize(("name", "message"), [("gone.jsonl", "cannot be read"), ("rows.xlsx", "ends in '.xlsx'")])
def test_files_that_cannot_be_read(tmp_path, name, message):
    with pytest.raises(FileError, match=message):
        read_rows(dataset(tmp_path / name))


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(DataError, match="not UTF-8"):
        read_rows(dataset(path))


# -------------------------------------------------------------------------------------------------------------- splitting


def sizes(ids: list[str], ratio: SplitByRatio = RATIO) -> tuple[int, int, int]:
    found = Counter(split_of(name, ratio) for name in ids)
    return found[Split.TRAIN], found[Split.VALIDATION], found[Split.TEST]


@given(st.text(max_size=8), st.integers(0, 10**9), st.integers(20, 200))
def test_numbered_rows_come_out_in_proportion_wherever_the_numbers_start(stem, start, count):
    found = sizes([f"{stem}-{number}" for number in range(start, start + count)])
    for size, share in zip(found, (0.4, 0.3, 0.3), strict=True):
        assert abs(size - share * count) <= 3


def test_unnumbered_rows_come_out_in_proportion_in_the_long_run():
    train, validation, test = sizes([f"{number:x}-row" for number in range(10_000)])
    assert abs(train - 4000) < 200
    assert abs(validation - 3000) < 200
    assert abs(test - 3000) < 200


def test_new_rows_move_no_old_ones(tmp_path):
    old = [{"id": f"q{number}", "question": str(number)} for number in range(40)]
    new = [{"id": f"new {number}", "question": str(number)} for number in range(25)]
    mixed = [*old, *new]
    random.Random(1).shuffle(mixed)  # noqa: S311  only an order
    before = {row.id: row.split for row in read_rows(dataset(write(tmp_path / "old.jsonl", jsonl(*old))))}
    after = {row.id: row.split for row in read_rows(dataset(write(tmp_path / "new.jsonl", jsonl(*mixed))))}
    assert before == {name: after[name] for name in before}


def test_a_share_of_nothing_gets_no_rows():
    assert sizes([f"q{number}" for number in range(50)], SplitByRatio(1, 0, 0)) == (50, 0, 0)
    train, validation, test = sizes([f"q{number}" for number in range(50)], SplitByRatio(0, 1, 1))
    assert train == 0
    assert abs(validation - test) <= 4
