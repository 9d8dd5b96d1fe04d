"""`prompts eval`: the score on a split, for people and for CI."""

from __future__ import annotations

from tests.cli.conftest import Run
from tests.cli.project import Project


def test_json_has_what_the_reference_promises(run: Run, project: Project) -> None:
    body = run("eval", project.file, "--json").json
    assert {
        *("graph", "dataset", "split", "rows", "scored", "not_run", "score", "interval"),
        *("calls", "cached", "usd", "tokens", "seconds", "sandbox"),
    } <= set(body)
    assert (body["graph"], body["dataset"], body["split"], body["rows"], body["calls"]) == (
        *("triage", "messages", "test"),
        *(18, 36),
    )
    again = run("eval", project.file, "--json").json
    assert (again["calls"], again["cached"], again["score"]) == (0, 36, body["score"])


def test_splits_rows_and_repeats_are_taken_as_asked(run: Run, project: Project) -> None:
    sizes = {split: run("eval", project.file, "--split", split, "--json").json["rows"] for split in ("train", "all")}
    assert sizes == {"train": 24, "all": 60}
    assert run("eval", project.file, "--rows", "4", "--json").json["rows"] == 4
    assert run("eval", project.file, "--rows", "4", "--repeat", "2", "--json").json["rows"] == 4


def test_a_score_below_the_least_is_a_no(run: Run, project: Project) -> None:
    below = run("eval", project.file, "--min", "0.9")
    assert below.code == 1
    assert below.err == "The score is below 0.9.\n"
    assert run("eval", project.file, "--min", "0.1").code == 0


def test_people_see_the_score_the_cost_and_the_lowest_rows(run: Run, project: Project) -> None:
    shown = run("eval", project.file)
    head, cost, lowest, *rows = shown.out.splitlines()
    assert head == "triage on 18 test rows of messages: 0.111 (95 % between 0.031 and 0.328)"
    assert cost.startswith("36 calls (0 more from the memo), $0.000")
    assert lowest == "Lowest rows:"
    assert rows[0].startswith("  0.00  m04  Expected 'billing', got ")
    assert run("eval", project.file, "-q").out == f"{head}\n"


def test_another_metric_may_be_named(run: Run, project: Project) -> None:
    project.file.write_text(f"{project.text}\nmetric likeness(team, expected) = f1\n")
    strict, lenient = (
        run("eval", project.file, "--metric", name, "--json").json["score"] for name in ("right", "likeness")
    )
    assert strict < lenient
    unknown = run("eval", project.file, "--metric", "rigth")
    assert (unknown.code, unknown.err) == (
        2,
        "error: demo/demo.prompt: The file has no metric 'rigth'. Did you mean 'right'?\n",
    )
