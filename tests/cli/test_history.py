"""`prompts runs` and `prompts show`: what was run, what it cost, what every node was sent and said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from click.testing import Result

from tests.cli.conftest import Run
from tests.cli.project import Optimized, Project

Invoke = Callable[..., Result]


@pytest.fixture
def used(run: Run, project: Project) -> Project:
    """A project on which a row was run and a few were evaluated."""
    assert run("run", project.file, "--row", "2").code == 0
    assert run("eval", project.file, "--rows", "3").code == 0
    return project


def test_runs_are_listed_newest_first_with_state_cost_and_score(run: Run, used: Project) -> None:
    newer, older = run("runs", used.folder).out.splitlines()
    day = datetime.now().astimezone().strftime("%Y-")
    assert [line.split()[0] for line in (newer, older)] == [record.id for record in used.runs()]
    assert day in newer
    assert "eval     demo.prompt:triage  done     6 calls, less than $0.0001, score 0." in newer
    assert "run      demo.prompt:triage  done     2 calls, less than $0.0001" in older

    listed = run("runs", used.file, "--json").json
    assert [entry["kind"] for entry in listed] == ["eval", "run"]
    assert {"run", "kind", "file", "graph", "state", "started", "finished", "calls", "cached", "usd", "tokens"} <= set(
        listed[0]
    )
    assert run("runs", used.folder, "--limit", "1").out.count("\n") == 1


def test_a_run_is_summed_up_by_purpose_node_and_row(run: Run, used: Project) -> None:
    newest = used.runs()[0].id
    shown = run("show", newest, "--in", "demo")
    assert shown.code == 0
    assert shown.out.startswith(f"{newest}: eval demo.prompt:triage, done\n")
    assert "forward triage/summary: 3 calls" in shown.out
    assert "on 3 of 3 rows" in shown.out
    assert "3 rows: m" in shown.out
    assert f"`prompts show {newest} --in demo --row m" in shown.err


def test_a_node_is_shown_whole_with_its_prompt_and_reply(run: Run, used: Project) -> None:
    _, first = used.runs()
    by_number = run("show", first.id, "--in", used.file, "--row", "2", "--node", "route")
    by_id = run("show", first.id, "--in", used.file, "--row", "m02", "--node", "triage/route")
    assert by_number.code == 0, by_number.err
    for words in ("route (llm) done", "  system:\n", "    Which team should answer", "  reply:\n", "  out team: "):
        assert words in by_number.out
    assert by_id.out == by_number.out
    events = run("show", first.id, "--in", used.file, "--row", "m02", "--json").json["events"]
    assert [event["node"] for event in events] == ["summary", "route"]
    assert events[1]["sent"][0]["role"] == "system"


def test_what_an_optimisation_tried_is_listed_with_its_effect(run: Run, optimized_codegen: Optimized) -> None:
    folder = optimized_codegen.file.parent
    (newest,) = run("runs", folder, "--json").json
    found = run("show", newest["run"], "--in", folder, "--json").json
    tried = {candidate["candidate"]: candidate for candidate in found["candidates"]}
    told = [event for event in optimized_codegen.done.events if event["event"] == "candidate"]
    assert list(tried) == list(dict.fromkeys(event["candidate"] for event in told))
    assert sum(len(candidate["tests"]) for candidate in tried.values()) == len(told)
    assert {parent for candidate in tried.values() for parent in candidate["parents"]} <= set(tried)

    final = {slot["slot"]: slot["after"] for slot in optimized_codegen.report["slots"] if slot["status"] == "proven"}
    (winner,) = (candidate for candidate in tried.values() if candidate["slots"] == final)
    assert winner["tests"][-1]["test"] == "claim"
    assert winner["tests"][-1]["outcome"] == "proven"
    assert set(winner["scores"].values()) <= {0.0, 1.0}

    listed = run("show", newest["run"], "--in", folder).out
    assert f"  {len(tried)} candidates tried:\n" in listed
    assert f"    {winner['candidate'][:8]}  {', '.join(sorted(final))}: " in listed
    shown = run("show", newest["run"], "--in", folder, "--candidate", winner["candidate"][:12]).out
    assert f"  tested on unseen rows: proven ({winner['tests'][-1]['gain']:+.2f} in all on " in shown
    new = {line.strip() for text in final.values() for line in text.splitlines()}
    added = [line[4:].strip() for line in shown.splitlines() if line.startswith("  + ")]
    assert added
    assert set(added) <= new
    one = run("show", newest["run"], "--in", folder, "--candidate", winner["candidate"], "--json").json
    assert [candidate["candidate"] for candidate in one["candidates"]] == [winner["candidate"]]


@pytest.mark.parametrize("wanted", ["", "no-such"])
def test_a_candidate_that_is_not_there_is_said(run: Run, used: Project, wanted: str) -> None:
    shown = run("show", used.runs()[0].id, "--in", "demo", "--candidate", wanted)
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.startswith(f"error: The run has no candidate '{wanted}'")


def test_what_is_not_there_is_said(run: Run, used: Project) -> None:
    newest = used.runs()[0].id
    unknown = run("show", "2020", "--in", "demo")
    assert (unknown.code, unknown.out) == (2, "")
    assert "There is no run '2020' here" in unknown.err
    assert run("show", newest[:-1], "--in", "demo").code == 0, "the start of an id is enough"
    row = run("show", newest, "--in", "demo", "--row", "m99")
    assert (row.code, row.err.count("\n")) == (2, 1)
    assert run("show", newest).err.startswith("error: .: Nothing was run here yet.")


def test_text_from_a_model_cannot_drive_the_terminal(run: Run, used: Project) -> None:
    used.replace(("Sum up the message in one sentence.", "Sum up the message \x1b[2J in one sentence."))
    assert run("run", used.file, "--row", "1").code == 0
    shown = run("show", used.runs()[0].id, "--in", "demo", "--row", "1", "--node", "summary")
    assert "\x1b" not in shown.out
    assert "Sum up the message \N{REPLACEMENT CHARACTER}[2J in one sentence." in shown.out


def test_a_file_whose_name_has_two_lines_is_listed_on_one(run: Run, project: Project) -> None:
    odd = project.file.rename(project.folder / "two\nlines.prompt")
    assert run("run", odd, "--row", "1").code == 0
    assert run("runs", project.folder).out.count("\n") == 1


def test_a_folder_without_runs_is_told_apart_from_one_that_is_not_there(invoke: Invoke, project: Project) -> None:
    assert invoke("runs", "demo").stderr == (
        "error: demo: Nothing was run here yet. Name the folder, or a .prompt file in it.\n"
    )
    assert invoke("runs", "nowhere").stderr == "error: nowhere: There is no such file or folder. Check the path.\n"
