"""Wrong input and broken surroundings: one clear message that names the place and the way out, the right exit code, nothing paid twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from prompts_lang.engine.store.model import EntryState
from tests.cli.conftest import Run
from tests.cli.endpoint import Answer, fails, says, serving
from tests.cli.project import Project

QUICK = "  retry 1\n"


def only_line(text: str) -> str:
    """The text, which must be one line."""
    assert text.count("\n") == 1, text
    return text.strip()


# --- files


@pytest.mark.parametrize(
    "command", ["check", "run", "eval", "optimize", "graph", "format", "simulate", "import", "runs"]
)
def test_a_missing_file_is_named(run: Run, command: str) -> None:
    done = run(command, "nowhere/qa.prompt")
    assert (done.code, done.out) == (2, "")
    assert only_line(done.err).startswith("error: nowhere/qa.prompt: There is no such file")
    assert "Check the path." in done.err


def test_a_misspelt_file_is_answered_with_the_one_meant(run: Run, project: Project) -> None:
    told = run("check", project.file.with_name("demmo.prompt")).err
    assert told == "error: demo/demmo.prompt: There is no such file. Did you mean 'demo/demo.prompt'?\n"


@pytest.mark.parametrize("command", [("eval",), ("optimize",), ("run", "--row", "1")])
def test_a_missing_dataset_is_named(run: Run, project: Project, command: tuple[str, ...]) -> None:
    project.replace(("data/messages.jsonl", "data/mesages.jsonl"))
    done = run(*command, project.file)
    assert (done.code, done.out) == (2, "")
    assert only_line(done.err).startswith("error: demo/data/mesages.jsonl: The file cannot be read: No such file")


def test_a_missing_world_is_named_once(run: Run, project: Project) -> None:
    project.world.unlink()
    done = run("run", project.file, "--row", "1", "-q")
    assert (done.code, done.out) == (3, "")
    assert "demo/world.json: The world file of the simulated model cannot be read" in only_line(done.err)


@pytest.mark.parametrize("command", ["eval", "optimize"])
@pytest.mark.parametrize(
    ("old", "new", "column", "near"),
    [
        ("expect team", "expect teem", "'teem', which its `expect` names", "'team'"),
        ("message", "massage", "'massage', which graph 'triage' takes as an input", "'message'"),
    ],
)
def test_a_missing_column_is_found_before_anything_is_paid(
    run: Run, project: Project, command: str, old: str, new: str, column: str, near: str
) -> None:
    project.file.write_text(project.text.replace(old, new).replace("massages", "messages"))
    done = run(command, project.file)
    assert (done.code, done.out) == (2, "")
    expected = f"error: demo/data/messages.jsonl: The dataset 'messages' has no column {column}. Did you mean {near}?"
    assert only_line(done.err) == expected
    assert project.ledger() == []


def test_a_row_that_does_not_fit_is_counted_and_the_others_are_scored(run: Run, project: Project) -> None:
    data = project.folder / "data" / "messages.jsonl"
    first, *rest = [json.loads(line) for line in data.read_text().splitlines()[:6]]
    del first["message"]
    data.write_text("".join(f"{json.dumps(row)}\n" for row in [first, *rest]))
    done = run("eval", project.file, "--split", "all")
    assert done.code == 3
    assert done.out.startswith("triage on 5 rows of messages: ")
    place = "demo/data/messages.jsonl:1: graph 'triage' needs 'message' (text), and there is none"
    assert only_line(done.err) == f"1 run could not be scored: {place}"


def test_reasons_that_differ_from_row_to_row_are_not_listed_for_ever(run: Run, project: Project) -> None:
    data = project.folder / "data" / "messages.jsonl"
    rows = [json.loads(line) | {"message": number} for number, line in enumerate(data.read_text().splitlines()[:8])]
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    done = run("eval", project.file, "--split", "all")
    assert done.code == 3
    *listed, others = done.err.splitlines()
    assert len(listed) == 5
    assert all("1 run could not be scored: " in line for line in listed)
    assert others == "3 more runs could not be scored, for other reasons."


@pytest.mark.parametrize("command", [("run", "--row", "1"), ("eval",), ("optimize",), ("graph",)])
def test_a_cycle_is_drawn_as_a_path(run: Run, project: Project, command: tuple[str, ...]) -> None:
    project.replace(
        ("llm summary(message)", "llm summary(message, team = route.team)"), ("{{message}}", "{{message}} {{team}}")
    )
    done = run(*command, project.file)
    assert (done.code, done.out) == (2, "")
    message = only_line(done.err)
    assert message.startswith("error: demo/demo.prompt:19:5: 'summary' depends on itself: summary -> route -> summary.")
    assert "with `repeat until" in message
    checked = run("check", project.file)
    assert checked.code == 1
    assert "summary -> route -> summary" in checked.out


@pytest.mark.parametrize("command", ["run", "runs", "show"])
def test_a_file_in_the_place_of_the_store_is_told(run: Run, project: Project, command: str) -> None:
    (project.folder / ".prompts").write_text("mine\n")
    given = {"run": ("demo/demo.prompt", "--row", "1"), "runs": ("demo",), "show": ("2026", "--in", "demo")}[command]
    done = run(command, *given)
    assert (done.code, done.out) == (3, "")
    assert only_line(done.err).startswith(
        "error: demo/.prompts: The store cannot be opened or written. (something that is no folder is in its place.)"
    )
    assert (project.folder / ".prompts").read_text() == "mine\n"


def test_a_picture_that_cannot_be_written_is_told(run: Run, project: Project) -> None:
    done = run("graph", project.file, "-o", "nowhere/picture.svg")
    assert (done.code, done.out) == (2, "")
    assert only_line(done.err) == "error: nowhere/picture.svg: The file cannot be written (No such file or directory)."


@pytest.mark.parametrize("arguments", [("check", "x.prompt"), ("runs",), ("new", "shop")])
def test_a_working_directory_that_is_gone_is_told(
    invoke: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    shown = invoke(*arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert only_line(shown.stderr) == "error: The working directory is gone. Change to one that is there."


@pytest.mark.parametrize("least", ["nan", "75", "-1"])
def test_a_least_score_that_none_can_have_is_refused(run: Run, project: Project, least: str) -> None:
    done = run("eval", project.file, "--min", least)
    assert (done.code, done.out) == (2, "")
    assert f"{least} is no score; scores lie between 0 and 1." in done.err


def test_a_seed_that_no_store_can_keep_is_refused(run: Run, project: Project) -> None:
    done = run("optimize", project.file, "--seed", str(2**63))
    assert (done.code, done.out) == (2, "")
    assert only_line(done.err).startswith(f"error: The seed {2**63} is too large.")


# --- the endpoint


def test_a_dead_endpoint_is_named_and_nothing_is_claimed(run: Run, project: Project) -> None:
    with serving(lambda *_: says("billing")) as endpoint:
        base = endpoint.base
    project.point_to(base, properties=QUICK)
    done = run("eval", project.file, "--rows", "3")
    assert done.code == 3
    assert "no score" in done.out
    assert "3 runs could not be scored: summary: The model student (openai/student at " in only_line(done.err)
    assert base in done.err
    assert {entry.state for entry in project.ledger()} == {EntryState.FAILED}

    optimized = run("optimize", project.file, "--json")
    assert optimized.code == 3
    report = optimized.events[-1]
    assert (report["stopped"], report["before"], report["after"], report["usd"]) == ("error", None, None, 0)
    assert any(event["event"] == "warning" and base in event["message"] for event in optimized.events)


@pytest.mark.parametrize(
    "failure", [fails(429, "slow down", Retry_After="0"), fails(500), fails(503), Answer("<html>Bad gateway</html>")]
)
def test_a_call_that_fails_at_first_is_made_again_and_paid_once(run: Run, project: Project, failure: Answer) -> None:
    with serving(lambda number, _: failure if number == 0 else says("billing")) as endpoint:
        project.point_to(endpoint.base, properties=QUICK)
        done = run("eval", project.file, "--rows", "1", "--json")
        assert done.code == 0, done.err
        assert (done.json["scored"], done.json["not_run"], len(endpoint.requests)) == (1, 0, 3)
        states = [entry.state for entry in project.ledger()]
        assert states.count(EntryState.COMMITTED) == 2
        assert project.paid_twice() == []
        again = run("eval", project.file, "--rows", "1", "--json")
        assert (again.json["calls"], again.json["cached"], len(endpoint.requests)) == (0, 2, 3)


@pytest.mark.parametrize(("status", "words"), [(429, "429"), (500, "500"), (401, "401")])
def test_an_endpoint_that_always_fails_is_given_up_with_its_own_words(
    run: Run, project: Project, status: int, words: str
) -> None:
    with serving(lambda *_: fails(status, "the quota of team seven is used up", Retry_After="0")) as endpoint:
        project.point_to(endpoint.base, properties=QUICK)
        done = run("run", project.file, "--row", "1", "--json")
        assert done.code == 3
        assert done.json["outputs"] == {}
        message = done.json["problem"]["message"]
        assert endpoint.base in message
        assert "team seven" in message
        assert len(endpoint.requests) == (1 if status == 401 else 2)
    assert {entry.state for entry in project.ledger()} == {EntryState.FAILED}


def test_a_reply_of_a_wrong_shape_is_told_in_one_line(run: Run, project: Project) -> None:
    with serving(lambda *_: Answer({"id": "c", "object": "chat.completion", "choices": "yes"})) as endpoint:
        project.point_to(endpoint.base, properties=QUICK)
        done = run("run", project.file, "--row", "1", "--quiet")
    assert done.code == 3
    assert only_line(done.err).startswith(
        f"summary: The model student (openai/student at {endpoint.base}) sent a reply"
    )
    assert {entry.state for entry in project.ledger()} == {EntryState.POSSIBLY_SPENT}


def test_malformed_replies_are_the_graphs_failures_never_a_crash(run: Run, project: Project) -> None:
    project.replace(("-> team: text", '-> team: "billing" | "sales"'))
    with serving(lambda *_: says("{not what was asked for")) as endpoint:
        project.point_to(endpoint.base, properties=QUICK)
        done = run("run", project.file, "--row", "1")
        assert done.code == 3
        assert done.err.startswith("route: the reply is not JSON: ")
        assert done.err.count("not JSON") == 1
        scored = run("eval", project.file, "--rows", "2", "--json")
        assert (scored.code, scored.json["score"], scored.json["not_run"]) == (0, 0.0, 0)
    assert project.paid_twice() == []


def test_rate_limits_errors_and_malformed_replies_of_a_whole_world_change_no_result(run: Run, project: Project) -> None:
    calm = run("eval", project.file, "--json").json
    project.turn(rate_limited=0.1, retry_after=0.0, server_error=0.1)
    project.replace(("  temperature 0\n", "  temperature 0\n  retry 8\n"))
    stormy = run("eval", project.file, "--json")
    assert stormy.code == 0, stormy.err
    assert (stormy.json["score"], stormy.json["not_run"]) == (calm["score"], 0)
    assert project.paid_twice() == []


def test_a_warning_is_told_once_however_often_it_is_given(run: Run, project: Project) -> None:
    with serving(lambda *_: says("nonsense")) as endpoint:
        project.point_to(endpoint.base, properties=QUICK)
        told = run("optimize", project.file, "--budget", "200 calls").err.splitlines()
        warnings = [line for line in told if line.startswith("warning: The critic gave no usable answer")]
        assert warnings
        assert len(set(warnings)) == len(warnings)


# --- budgets and the sandbox


def test_a_budget_that_runs_out_ends_an_evaluation_with_what_was_scored(run: Run, project: Project) -> None:
    done = run("eval", project.file, "--budget", "9 calls", "--json")
    assert done.code == 3
    assert 0 < done.json["scored"] < 18
    assert done.json["calls"] == len(project.ledger()) <= 9
    rest = run("eval", project.file, "--json").json
    assert (rest["scored"], rest["calls"] + done.json["calls"]) == (18, 36)


def test_a_sandbox_below_the_level_that_is_required_runs_nothing(run: Run, project: Project) -> None:
    project.file.write_text("language 1\n\ngraph g(x: text) -> y = f.y\n\ncode f(x) -> y: text\n  python: y = x\n")
    weakest = run("run", project.file, "--input", "x=1", "--sandbox", "limits", "--json")
    assert weakest.json["sandbox"] in {"limits", "landlock", "namespaces"}
    blind = {"PATH": "/nonexistent"}
    refused = run("run", project.file, "--input", "x=2", "--sandbox", "namespaces", environment=blind)
    assert (refused.code, refused.out) == (3, "")
    assert "bwrap" in only_line(refused.err)
