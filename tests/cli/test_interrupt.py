"""Ctrl-C, SIGTERM, kill -9 and closed pipes: what was paid for is kept, what was reached is told, and the next run goes on from there."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Any

import pytest

from prompts_lang.engine.store.model import EntryState, RunState
from tests.cli.conftest import Run, Start
from tests.cli.endpoint import fails, says, serving
from tests.cli.project import Project


def essence(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says, without what it took."""
    return {name: report[name] for name in ("stopped", "before", "after", "slots", "rows")}


@pytest.fixture
def slow(project: Project) -> Project:
    """The project with calls that take long enough to be interrupted."""
    project.turn(latency=0.05)
    return project


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_an_optimisation_with_a_report_and_running_it_again_goes_on(
    start: Start, run: Run, slow: Project, number: signal.Signals
) -> None:
    process = start("optimize", slow.file, "--json")
    process.until("finding")
    process.signal(number)
    stopped = process.wait()
    report = stopped.events[-1]
    assert stopped.code == 3
    assert (report["event"], report["stopped"], report["after"]) == ("report", "cancelled", None)
    assert "press Ctrl-C again" in stopped.err
    assert slow.runs()[0].state is RunState.STOPPED
    assert {entry.state for entry in slow.ledger()} == {EntryState.COMMITTED}

    slow.turn(latency=0)
    resumed = run("optimize", slow.file, "--json").events[-1]
    assert len(slow.runs()) == 1, "it is the same run"
    assert slow.paid_twice() == []
    assert resumed["calls"] == len(slow.ledger())
    assert resumed["after"]["score"] - resumed["before"]["score"] > 0.25


def test_a_run_that_was_stopped_ends_as_one_that_was_not(start: Start, run: Run, slow: Project) -> None:
    process = start("optimize", slow.file, "--json")
    process.until("finding")
    process.signal(signal.SIGINT)
    process.wait()
    slow.turn(latency=0)
    resumed = run("optimize", slow.file, "--json").events[-1]
    fresh = run("optimize", slow.file, "--json", "--no-resume").events[-1]
    assert essence(resumed) == essence(fresh)
    assert fresh["calls"] == 0
    with slow.store() as store:
        again, first = (store.candidates(kept.id) for kept in store.runs())
    assert first
    assert [(each.id, each.body, each.parents) for each in first] == [
        (each.id, each.body, each.parents) for each in again
    ]


def test_a_second_signal_ends_at_once_and_books_what_was_in_flight(start: Start, run: Run, project: Project) -> None:
    with serving(lambda number, _: None if number >= 3 else says("billing")) as endpoint:
        project.point_to(endpoint.base)
        process = start("eval", project.file, "--json", "--rows", "6")
        endpoint.wait_for(6)
        process.signal(signal.SIGINT)
        process.until_told("press Ctrl-C again")
        process.signal(signal.SIGINT)
        stopped = process.wait()
    assert (stopped.code, stopped.out) == (3, "")
    assert stopped.err.endswith("Stopped.\n")
    states = Counter(entry.state for entry in project.ledger())
    assert states == {EntryState.COMMITTED: 3, EntryState.POSSIBLY_SPENT: len(endpoint.requests) - 3}
    assert project.runs()[0].state is RunState.STOPPED


@pytest.mark.parametrize("command", [("run", "--row", "1"), ("eval", "--rows", "6")])
def test_one_signal_ends_the_rest_that_a_provider_asked_for(
    start: Start, project: Project, command: tuple[str, ...]
) -> None:
    with serving(lambda *_: fails(429, "slow down", Retry_After="250")) as endpoint:
        project.point_to(endpoint.base, properties="  retry 5\n")
        process = start(*command, project.file)
        project.wait_until(lambda project: bool(project.ledger()))
        process.signal(signal.SIGINT)
        stopped = process.wait()
    assert stopped.code == 3
    assert "stopped before it was run" in stopped.err
    assert {entry.state for entry in project.ledger()} == {EntryState.FAILED}
    assert project.runs()[0].state is RunState.STOPPED


def test_a_soft_stop_of_an_evaluation_reports_the_rows_that_were_scored(start: Start, slow: Project) -> None:
    slow.turn(latency=0.3)
    process = start("eval", slow.file, "--json")
    slow.wait_until(lambda project: bool(project.ledger()))
    process.signal(signal.SIGINT)
    stopped = process.wait()
    assert stopped.code == 3
    assert stopped.json["scored"] + stopped.json["not_run"] == stopped.json["rows"] == 18
    assert {entry.state for entry in slow.ledger()} == {EntryState.COMMITTED}


def test_kill_9_loses_nothing_and_the_run_goes_on(start: Start, run: Run, slow: Project) -> None:
    process = start("optimize", slow.file, "--json")
    process.until("finding")
    process.signal(signal.SIGKILL)
    assert process.wait().code == -signal.SIGKILL
    paid = [entry.key for entry in slow.ledger() if entry.state is EntryState.COMMITTED]
    assert paid

    slow.turn(latency=0)
    resumed = run("optimize", slow.file)
    assert resumed.code == 0
    assert f"Going on with {slow.runs()[0].id}, which was stopped after" in resumed.err
    assert len(slow.runs()) == 1
    assert slow.paid_twice() == []
    in_flight = [entry for entry in slow.ledger() if entry.state is EntryState.POSSIBLY_SPENT]
    assert len(slow.ledger()) == len({entry.key for entry in slow.ledger()}) + len(in_flight)
    fresh = run("optimize", slow.file, "--json", "--no-resume").events[-1]
    assert fresh["calls"] == 0
    report = slow.runs()[1].report
    assert isinstance(report, dict)
    assert essence(report) == essence(fresh)


def test_a_run_under_way_is_not_taken_up_by_another_process(start: Start, run: Run, project: Project) -> None:
    with serving(lambda *_: None) as endpoint:
        project.point_to(endpoint.base)
        first = start("optimize", project.file, "--json")
        endpoint.wait_for(1)
        second = run("optimize", project.file, "--json")
        assert (second.code, second.out) == (3, "")
        assert "is still going in another process" in second.err
        first.signal(signal.SIGKILL)


def test_a_reader_that_goes_away_ends_the_command_quietly(start: Start, project: Project) -> None:
    for arguments in (["simulate", "--dials"], ["graph", project.file], ["check", project.file, "--json"]):
        read, write = os.pipe()
        os.close(read)
        process = start(*arguments, stdout=write)
        os.close(write)
        finished = process.wait()
        assert (finished.code, finished.err) == (0, "")


def test_a_reader_that_goes_away_in_the_middle_of_an_optimisation_loses_nothing(
    start: Start, run: Run, slow: Project
) -> None:
    process = start("optimize", slow.file, "--json")
    process.until("finding")
    process.stdout.close()
    finished = process.wait()
    assert "Traceback" not in finished.err
    assert {entry.state for entry in slow.ledger()} == {EntryState.COMMITTED}
    slow.turn(latency=0)
    assert run("optimize", slow.file).code == 0
    assert slow.paid_twice() == []
