"""Which row a user means, and whether a dataset has the columns that are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.data.dataset import read_rows
from prompts_lang.engine.objective import choose_graph, choose_objective
from prompts_lang.errors import DataError, UsageError
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Program
from prompts_lang.jobs.rows import check_columns, dataset_row

GRAPH = """graph g(a: text, b: text?) -> y = f.y

code f(a, b) -> y: text
  python: y = a
"""


def program(tmp_path: Path, more: str) -> Program:
    path = tmp_path / "main.prompt"
    path.write_text(f"{GRAPH}\n{more}")
    return require_program(path)


def row_id(program: Program, wanted: str | None = None, dataset: str | None = None) -> str:
    return dataset_row(program, choose_graph(program), wanted, dataset=dataset).id


def test_a_row_is_found_by_id_first_then_by_number(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"id": "x", "a": "1"}\n{"id": "1", "a": "2"}\n{"id": "z", "a": "3"}\n')
    loaded = program(tmp_path, 'dataset d from "d.jsonl"\n')
    assert [row_id(loaded, wanted) for wanted in (None, "z", "3", "1", "2")] == ["x", "z", "z", "1", "1"]
    for wanted in ("0", "4", "-1", "²", "none"):
        with pytest.raises(UsageError, match=r"has no row .* from 1 to 3; their ids are 'x', '1', 'z'\."):
            row_id(loaded, wanted)


def test_the_dataset_is_named_or_the_only_one_or_that_of_the_optimize_block(tmp_path: Path) -> None:
    two = 'dataset one\n  case id = "first", a = "1"\n\ndataset two\n  case id = "second", a = "2"\n'
    loaded = program(tmp_path, two)
    with pytest.raises(UsageError, match=r"several datasets: one, two\. Say from which one"):
        row_id(loaded)
    assert row_id(loaded, dataset="two") == "second"
    block = "optimize g on two\n  maximize m\n  critic t\n  rewriter t\n  budget 9 calls\n"
    measured = program(tmp_path, f'{two}\nmodel t = "openai/x"\n\nmetric m(y, a) = exact\n\n{block}')
    assert row_id(measured) == "second"
    with pytest.raises(UsageError, match="has no dataset to take a row for 'g' from"):
        row_id(program(tmp_path, ""))


def test_an_empty_dataset_is_said(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text("\n")
    with pytest.raises(DataError, match=r"d\.jsonl: The dataset 'd' has no rows\."):
        row_id(program(tmp_path, 'dataset d from "d.jsonl"\n'))


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        ('{"a": "1", "y": "1"}\n', None),
        ('{"a": "1", "y": "1"}\n{"b": "2"}\n', None),
        ('{"A": "1", "y": "1"}\n', r"no column 'a', which graph 'g' takes as an input\. Did you mean 'A'\?"),
        ('{"a": "1"}\n', r"no column 'y', which its `expect` names"),
        ("", None),
    ],
)
def test_a_column_is_missing_when_no_row_has_it(tmp_path: Path, rows: str, missing: str | None) -> None:
    (tmp_path / "d.jsonl").write_text(rows)
    loaded = program(tmp_path, 'dataset d from "d.jsonl"\n  expect y\n\nmetric m(y, expected) = exact\n')
    objective = choose_objective(loaded)
    if missing is None:
        check_columns(objective, read_rows(objective.dataset))
        return
    with pytest.raises(DataError, match=missing):
        check_columns(objective, read_rows(objective.dataset))
