"""The whole loop from a file to rewrites that are written into it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import pytest
from click.testing import Result

from prompts_lang.cli.optimize_text import Teller
from prompts_lang.cli.running import Display
from prompts_lang.errors import StoreError, StoreFailure
from tests.cli.conftest import Run, Start
from tests.cli.project import Optimized, Project

EVENTS = {
    "bound": {"bound"},
    "headroom": {"open", "score", "rows", "failing", "reason"},
    "progress": {"done", "total", "doing"},
    "finding": {"slot", "range", "verdict", "verified", "critique", "rows"},
    "proposal": {"slot", "text", "rejected"},
    "gate": {"slot", "test", "outcome"},
    "candidate": {"candidate", "parent", "slots", "test", "outcome", "rows", "gain", "scores"},
    "accepted": {"slots"},
    "warning": {"message"},
    "report": {
        *("graph", "stopped", "cached", "usd", "tokens", "bound", "before", "after", "rows", "slots", "findings"),
        "sandbox",
    },
}


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line.startswith("- ")], [line[2:] for line in lines if line.startswith("+ ")]


def test_every_event_has_what_the_reference_promises(run: Run, project: Project) -> None:
    done = run("optimize", project.file, "--json")
    assert (done.code, done.err) == (0, "")
    events = done.events
    assert events[0]["event"] == "bound"
    assert events[-1]["event"] == "report"
    for event in events:
        assert {"event", "seconds", "calls"} | EVENTS[event["event"]] <= set(event), event["event"]
    calls = [event["calls"] for event in events]
    assert calls == sorted(calls)
    report = events[-1]
    assert set(report["bound"]) == {"calls", "usd"}
    assert set(report["rows"]) == {"train", "validation", "test"}
    for side in ("before", "after"):
        assert report[side]["interval"][0] <= report[side]["score"] <= report[side]["interval"][1]
    for slot in report["slots"]:
        assert {"slot", "status", "before", "after", "effect", "interval"} <= set(slot)
        assert slot["status"] in {"proven", "unproven", "unchanged"}
    assert report["findings"]
    for finding in report["findings"]:
        assert {"slot", "range", "verdict", "verified", "critique", "rows"} <= set(finding)


def test_the_example_of_generated_code_is_improved_within_its_bound(optimized_codegen: Optimized) -> None:
    report = optimized_codegen.report
    assert optimized_codegen.done.code == 0, optimized_codegen.done.err
    assert report["after"]["score"] - report["before"]["score"] >= 0.25
    assert report["calls"] <= report["bound"]["calls"] <= 500
    assert report["sandbox"] in {"limits", "landlock", "namespaces"}


def test_what_is_applied_is_only_slot_texts_and_scores_as_reported(run: Run, optimized_codegen: Optimized) -> None:
    file, report = optimized_codegen.file, optimized_codegen.report
    before = file.read_text()
    again = run("optimize", file, "--apply", folder=file.parents[1])
    assert again.code == 0, again.err
    assert "\nThe search found nothing more to improve. 0 calls of at most " in again.out
    assert again.err.endswith("Written: codegen/codegen.prompt\n")
    proven = {slot["slot"]: slot for slot in report["slots"] if slot["status"] == "proven"}
    gone, came = changed_lines(before, file.read_text())
    assert proven
    assert all(any(line.strip() in slot["before"] for slot in proven.values()) for line in gone)
    assert all(any(line.strip() in slot["after"] for slot in proven.values()) for line in came)
    assert run("check", file).code == 0
    assert run("format", file, "--check").code == 0

    scored = run("eval", file, "--json").json
    assert [scored["score"], *scored["interval"]] == pytest.approx(
        [report["after"]["score"], *report["after"]["interval"]], abs=1e-6
    )
    assert scored["calls"] == 0


def test_people_see_the_gradients_the_texts_and_the_scores_but_not_what_was_in_vain(run: Run, project: Project) -> None:
    done = run("optimize", project.file)
    assert done.code == 0
    assert "gradient to triage/route/system (" in done.err
    assert "tested on unseen rows: proven" in done.err
    assert re.findall("^accepted: .*$", done.err, re.MULTILINE) == ["accepted: the search goes on from these texts"]
    assert "rejected" not in done.err
    assert "  + Reply with the name of the team alone.\n" in done.out
    assert "On 18 held-out test rows:\n  before  0.111 (" in done.out
    assert "The search found nothing more to improve. " in done.out

    quiet = run("optimize", project.file, "-q")
    assert quiet.err == ""
    assert "On 18 held-out test rows:" in quiet.out
    assert "calls" not in quiet.out
    verbose = run("optimize", project.file, "-v")
    assert "a proposal for triage/" in verbose.err
    assert (run("optimize", project.file, "-v", "-q").code, project.paid_twice()) == (2, [])


def test_it_is_told_when_changes_were_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(Display(shown=True))
    for test, outcome in [("targeted", "passed"), ("prune", "not needed"), ("targeted", "passed")]:
        teller.tell({"event": "gate", "slot": "a/b/system", "test": test, "outcome": outcome, "together": 1})
        teller.tell({"event": "accepted", "slots": {}})
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("accepted")]
    goes_on = "accepted: the search goes on from these texts"
    assert told == [goes_on, "accepted: without the changes that brought nothing", goes_on]


def test_the_bound_is_told_without_leaving_a_trace(run: Run, project: Project) -> None:
    told = run("optimize", project.file, "--dry-run", "--json")
    assert told.code == 0
    assert told.json["bound"]["calls"] == 600
    assert told.json["unpriced"] == []
    assert "At most 40 calls will be made" in run("optimize", project.file, "--dry-run", "--budget", "40 calls").out
    assert not (project.folder / ".prompts").exists()


def test_a_bound_in_money_says_whether_it_is_the_budget_or_only_what_the_calls_could_cost(
    run: Run, project: Project
) -> None:
    by_budget = run("optimize", project.file, "--dry-run", "--budget", "$2").out
    assert by_budget.endswith("calls will be made, for at most $2.00.\n")
    assert "If every one filled its model's whole context" in run("optimize", project.file, "--dry-run").out


def test_where_money_has_no_bound_the_models_that_are_to_blame_are_named(run: Run, project: Project) -> None:
    for name in ("student", "teacher"):
        project.replace(
            (f'model {name} = "simulated/{name}"\n  base "./world.json"', f'model {name} = "openai/my-{name}"')
        )
    assert run("optimize", project.file, "--dry-run").out == (
        "At most 600 calls will be made. How much they can cost is not known: "
        "the price or the context size of student and teacher is missing.\n"
    )


def test_a_budget_that_ends_the_search_is_kept_and_said(run: Run, project: Project) -> None:
    done = run("optimize", project.file, "--budget", "60 calls", "--json")
    report = done.events[-1]
    assert (done.code, report["stopped"]) == (3, "budget")
    assert report["calls"] == len(project.ledger()) <= report["bound"]["calls"] == 60


def test_a_dataset_without_test_rows_claims_nothing(run: Run, project: Project) -> None:
    project.replace(("split 40/30/30", "split 60/40/0"))
    done = run("optimize", project.file, "--json")
    report = done.events[-1]
    assert (done.code, report["before"], report["after"], report["rows"]["test"]) == (0, None, None, 0)
    assert "Nothing is claimed" in run("optimize", project.file).out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  budget 600 calls\n", "", "Without a budget nothing is optimised."),
        ("optimize triage on messages", "", "The file does not say how to optimise this graph."),
        ("learn ", "", "has nothing to learn. Put `learn` before a section."),
        ("split 40/30/30", "split 0/50/50", "The dataset has no training rows."),
    ],
)
def test_what_is_missing_is_said_before_anything_is_spent(
    run: Run, project: Project, old: str, new: str, message: str
) -> None:
    text = project.text
    project.file.write_text(text[: text.index(old)] if old.startswith("optimize") else text.replace(old, new))
    done = run("optimize", project.file)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_what_was_reached_is_shown_where_the_store_takes_no_more(
    invoke: Callable[..., Result], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("There is no room left.", kind=StoreFailure.FULL)

    monkeypatch.setattr("prompts_lang.jobs.recording.keep_findings", full)
    shown = invoke("optimize", project.file, "--budget", "0 calls")
    assert shown.exit_code == 3
    assert shown.stdout.startswith("No text was changed.")
    assert shown.stderr.endswith("error: There is no room left.\n")


def test_edits_made_during_a_run_stay(start: Start, project: Project) -> None:
    project.turn(latency=0.02)
    process = start("optimize", project.file, "--apply")
    process.until_told("gradient to")
    project.replace(("# Who should answer.", "# Who should answer, and why."))
    assert process.wait().code == 0
    assert "# Who should answer, and why." in project.text
    assert "Refunds are billing's business" in project.text


def test_a_text_that_was_edited_during_the_run_is_not_overwritten(start: Start, project: Project) -> None:
    project.turn(latency=0.02)
    process = start("optimize", project.file, "--apply")
    process.until_told("gradient to")
    project.replace(("Sum up the message in one sentence.", "Sum up the message in two sentences."))
    edited = project.text
    done = process.wait()
    assert done.code == 2
    assert "demo.prompt: The text of triage/summary/system was changed meanwhile, so nothing was written." in done.err
    assert project.text == edited


def test_other_options_make_another_run_on_the_same_memo(run: Run, project: Project) -> None:
    for arguments in (["--rounds", "1"], ["--rounds", "1", "--seed", "7"]):
        assert run("optimize", project.file, *arguments).code == 0
    assert len(project.runs()) == 2
    assert project.paid_twice() == []
