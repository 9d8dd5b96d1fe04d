"""`prompts run`: one execution, on values or on a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Run
from tests.cli.project import Project

Invoke = Callable[..., Result]

CODE = """language 1

graph add(a: integer, b: integer, note: text?) -> sum = plus.sum

code plus(a, b) -> sum: integer
  python: sum = a + b
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A file whose only graph runs code."""
    path = tmp_path / "add.prompt"
    path.write_text(CODE)
    return path


def test_outputs_go_to_standard_output_and_what_it_took_to_standard_error(run: Run, code: Path) -> None:
    done = run("run", code, "--input", "a=2", "--input", "b=3")
    assert (done.code, done.out) == (0, "sum: 5\n")
    assert done.err.startswith("0 calls, $0.00, ")
    assert "; code ran in the sandbox at level " in done.err
    assert run("run", code, "--input", "a=2", "--input", "b=3", "--quiet").err == ""


def test_json_has_what_the_reference_promises(run: Run, project: Project) -> None:
    body = run("run", project.file, "--row", "1", "--json").json
    assert {"outputs", "events", "calls", "usd", "seconds", "sandbox"} <= set(body)
    assert body["calls"] == 2
    assert [event["node"] for event in body["events"]] == ["summary", "route"]
    assert run("run", project.file, "--row", "1", "--json").json["calls"] == 0


def test_a_trace_shows_every_node_with_what_went_in_and_out(run: Run, project: Project) -> None:
    shown = run("run", project.file, "--row", "m01", "--trace").out
    assert shown.index("summary (llm) done") < shown.index("route (llm) done") < shown.index("\nteam: ")
    assert "  in message: My parcel with order 1040 has not arrived." in shown


def test_an_input_may_come_from_a_file(run: Run, code: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("40")
    assert run("run", code, "--input", "a=@a.txt", "--input", "b=2", "-q").out == "sum: 42\n"
    missing = run("run", code, "--input", "a=@none.txt", "--input", "b=2")
    said = "error: The file 'none.txt' cannot be read: No such file or directory. Check the path.\n"
    assert (missing.code, missing.err) == (2, said)
    (tmp_path / "a.bin").write_bytes(b"\xff\xfe")
    assert "'a.bin' is not UTF-8 text. Save it as UTF-8." in run("run", code, "--input", "a=@a.bin").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "a"], "'a' is no input. Write `--input NAME=VALUE`."),
        (["--input", "a=1", "--input", "b=2", "--input", "a=3"], "The input 'a' is given twice. Give it once."),
        (["--input", "a=1"], "The graph 'add' needs the input 'b' (integer). Add `--input b=…`."),
        (["--input", "a=1", "--input", "c=1"], "The graph 'add' has no input 'c'."),
        (["--input", "a=1", "--input", "b=two"], "Wrong input: "),
        (
            ["--input", "a=1", "--input", "b=[1"],
            "'b' is not JSON: expecting ',' delimiter, line 1, column 3. Its type is",
        ),
        (["--input", "a=1", "--input", "b=NaN"], "'b' must be an integer, not \"NaN\"."),
        (["--input", "a=1", "--input", "b=2.5"], "'b' must be an integer, not 2.5."),
        (["--row", "1"], "add.prompt: The file has no dataset to take a row for 'add' from."),
        (["--row", "1", "--input", "a=1"], "Give either `--row` or `--input`, not both."),
    ],
)
def test_wrong_inputs_are_said_before_anything_runs(
    invoke: Invoke, code: Path, arguments: list[str], message: str
) -> None:
    shown = invoke("run", "add.prompt", *arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert message in shown.stderr


def test_a_wrong_word_is_answered_with_the_words_alone(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "pick.prompt").write_text(
        'graph main(word: "a" | "b") -> out = n.out\n\ncode n(word) -> out: text\n  python: out = word\n'
    )
    shown = invoke("run", "pick.prompt", "--input", "word=c")
    assert (shown.exit_code, shown.stderr) == (2, 'error: Wrong input: \'word\' must be one of "a" | "b", not "c".\n')


def test_of_a_map_the_first_item_that_failed_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.prompt"
    path.write_text(
        "graph main(xs: list[text]) -> out = n.out\n\ncode n(x) -> out: text\n  each x in xs\n"
        "  ensure out is not empty\n  python: out = x\n"
    )
    done = run("run", path, "--input", 'xs=["a", "", ""]')
    assert done.err.splitlines()[0] == "n[1]: the contract `out is not empty` does not hold"
    assert "n[2]" not in done.err


def test_a_row_needs_no_metric_and_a_file_with_several_datasets_asks_which(
    run: Run, code: Path, tmp_path: Path
) -> None:
    code.write_text(f"{CODE}\ndataset small\n  case a = 1, b = 2\n")
    assert run("run", code, "--row", "1", "-q").out == "sum: 3\n"
    (tmp_path / "large.jsonl").write_text('{"id": "first", "a": 100, "b": 1}\n')
    code.write_text(f'{code.read_text()}\ndataset large from "large.jsonl"\n')
    asked = run("run", code, "--row", "1")
    assert asked.code == 2
    assert "The file has several datasets: small, large. Say from which one" in asked.err
    assert run("run", code, "--row", "first", "--dataset", "large", "-q").out == "sum: 101\n"
    assert "has no row '7'" in run("run", code, "--row", "7", "--dataset", "large").err
