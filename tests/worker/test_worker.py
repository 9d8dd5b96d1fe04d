"""The worker as a process: what the server may rely on, whatever arrives and whenever it ends."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.engine.store.model import EntryState, RunState
from prompts_lang.worker.protocol import MAX_LINE_BYTES, PROTOCOL_VERSION
from tests.cli.conftest import Start
from tests.cli.endpoint import says, serving
from tests.cli.launcher import Running
from tests.cli.project import Project


@pytest.fixture
def worker(start: Start) -> Running:
    """A worker that is ready."""
    process = start(program="worker")
    assert process.until("ready")["protocol"] == PROTOCOL_VERSION
    return process


def order(task: str, path: Path, job: str = "j1", **options: Any) -> dict[str, Any]:
    return {"do": task, "job": job, "path": str(path), "texts": {}, "graph": None, "options": options}


def test_the_three_tasks_report_what_the_commands_report(worker: Running, project: Project) -> None:
    worker.send(order("run", project.file, "run", row=2))
    ran = worker.until("report", job="run")
    assert ran["outputs"]["team"]
    assert (ran["row"], ran["calls"], worker.until("finished")["state"]) == ("m02", 2, "done")
    assert ran["nodes"]["triage/route"]["sample"] == {"team": ran["outputs"]["team"]}

    worker.send(order("evaluate", project.file, "evaluate", split="test", rows=5))
    evaluated = worker.until("report", job="evaluate")
    assert (evaluated["rows"], evaluated["scored"]) == (5, 5)
    assert all(failing["score"] < 1 for failing in evaluated["failing"])
    assert worker.until("finished")["state"] == "done"

    worker.send(order("optimize", project.file, "optimize", budget="600 calls"))
    worker.until("finding", job="optimize")
    optimized = worker.until("report", job="optimize")
    assert optimized["after"]["score"] > optimized["before"]["score"]
    assert worker.until("finished")["state"] == "done"
    assert project.paid_twice() == []


def test_unsaved_text_takes_the_place_of_the_file(worker: Running, project: Project) -> None:
    unsaved = project.text.replace("-> team = route.team", "-> verdict = route.team").replace(
        "metric right(team,", "metric right(verdict,"
    )
    worker.send({**order("run", project.file), "texts": {str(project.file): unsaved}})
    assert set(worker.until("report")["outputs"]) == {"verdict"}


def test_values_of_every_type_may_be_inputs(worker: Running, tmp_path: Path) -> None:
    path = tmp_path / "f.prompt"
    path.write_text("graph g(xs: list[integer]) -> n = f.n\n\ncode f(xs) -> n: integer\n  python: n = sum(xs)\n")
    worker.send(order("run", path, inputs={"xs": [1, 2, 3]}))
    report = worker.until("report")
    assert report["outputs"] == {"n": 6}
    assert report["sandbox"] in {"limits", "landlock", "namespaces"}


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'"run"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"do": "dance"}',
        b'{"do": "run"}',
        b'{"do": "run", "job": 7, "path": "x"}',
        b'{"do": "run", "job": "j", "path": "x", "texts": []}',
        b'{"do": "stop"}',
        b'{"do": "run", "job": "j", "path": "/x.prompt", "options": "all"}',
    ],
    ids=lambda line: line[:30].decode("latin-1"),
)
def test_junk_is_answered_and_harms_nothing(worker: Running, project: Project, line: bytes) -> None:
    worker.send(line)
    answer = worker.until("failed")
    assert answer["job"] == ""
    assert answer["message"]
    worker.send(order("evaluate", project.file, rows=1))
    assert worker.until("finished") == {"job": "j1", "event": "finished", "state": "done"}


def test_blank_lines_and_stops_of_unknown_jobs_are_passed_over(worker: Running, project: Project) -> None:
    for line in (b"", b"   ", b'{"do": "stop", "job": "never"}'):
        worker.send(line)
    worker.send(order("evaluate", project.file, rows=1))
    assert next(json.loads(line)["event"] for line in until_finished(worker)) == "started"


def until_finished(worker: Running) -> list[str]:
    lines: list[str] = []
    for line in worker:
        lines.append(line)
        if json.loads(line)["event"] == "finished":
            break
    return lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("graph g(x: text) -> nowhere\n", "[P2"),
        ("graph g(x: text) -> y = x\n", "the file has no dataset"),
    ],
)
def test_a_job_that_cannot_begin_says_why_and_finishes_once(
    worker: Running, tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "bad.prompt"
    if text is not None:
        path.write_text(text)
    worker.send(order("run", path))
    events = [json.loads(line) for line in until_finished(worker)]
    failed = [event for event in events if event["event"] == "failed"]
    assert len(failed) == 1
    assert message in failed[0]["message"].replace("The file has no dataset", "the file has no dataset")
    assert events[-1]["state"] == "failed"


def test_wrong_options_fail_the_job_and_not_the_worker(worker: Running, project: Project) -> None:
    for options in ({"budget": "a lot"}, {"split": "tset"}, {"sandbox": "castle"}, {"row": "m99"}):
        worker.send(order("run" if "row" in options else "evaluate", project.file, **options))
        failed = worker.until("failed")
        assert "should not" not in failed["message"], failed
        assert worker.until("finished")["state"] == "failed"


def test_a_stop_lets_calls_in_flight_end_and_is_answered_by_the_usual_report(worker: Running, project: Project) -> None:
    project.turn(latency=0.05)
    worker.send(order("optimize", project.file))
    worker.until("finding")
    worker.send({"do": "stop", "job": "j1"})
    report = worker.until("report")
    assert (report["stopped"], worker.until("finished")["state"]) == ("cancelled", "stopped")
    assert {entry.state for entry in project.ledger()} == {EntryState.COMMITTED}
    assert project.runs()[0].state is RunState.STOPPED

    worker.send(order("optimize", project.file, "j2"))
    resumed = worker.until("report", job="j2")
    assert resumed["stopped"] == "done"
    assert len(project.runs()) == 1
    assert project.paid_twice() == []


def test_a_second_stop_gives_up_calls_that_hang(worker: Running, project: Project) -> None:
    with serving(lambda *_: None) as endpoint:
        project.point_to(endpoint.base)
        worker.send(order("evaluate", project.file, rows=2))
        endpoint.wait_for(2)
        for _ in range(2):
            worker.send({"do": "stop", "job": "j1"})
        assert worker.until("finished")["state"] == "stopped"
    assert {entry.state for entry in project.ledger()} == {EntryState.POSSIBLY_SPENT}


def test_jobs_run_side_by_side_and_an_id_is_used_once(worker: Running, project: Project) -> None:
    with serving(lambda number, _: None if number < 1 else says("billing")) as endpoint:
        project.point_to(endpoint.base)
        worker.send(order("run", project.file, "hangs", row=1))
        endpoint.wait_for(1)
        worker.send(order("run", project.file, "hangs", row=2))
        refused = worker.until("failed")
        assert (refused["job"], "'hangs' is under way already" in refused["message"]) == ("", True)
        worker.send(order("run", project.file, "runs", row=3))
        assert worker.until("finished")["job"] == "runs"
        worker.send({"do": "exit"})
        done = worker.wait()
    assert done.code == 0
    assert done.events[-1] == {"job": "hangs", "event": "finished", "state": "stopped"}


@pytest.mark.parametrize("end", ["input", "exit", "too long a line"])
def test_the_worker_ends_with_its_input_whatever_is_under_way(worker: Running, project: Project, end: str) -> None:
    with serving(lambda *_: None) as endpoint:
        project.point_to(endpoint.base)
        worker.send(order("evaluate", project.file, rows=1))
        endpoint.wait_for(1)
        if end == "exit":
            worker.send({"do": "exit"})
        elif end == "too long a line":
            worker.send(b"x" * (MAX_LINE_BYTES + 1))
        done = worker.wait()
    assert done.code == 0
    assert done.events[-1]["state"] == "stopped"
    assert project.runs()[0].state is RunState.STOPPED


def test_a_worker_that_is_killed_loses_nothing_and_another_goes_on(start: Start, project: Project) -> None:
    project.turn(latency=0.05)
    first = start(program="worker")
    first.send(order("optimize", project.file))
    first.until("finding")
    first.signal(signal.SIGKILL)
    assert first.wait().code == -signal.SIGKILL

    project.turn(latency=0)
    second = start(program="worker")
    second.send(order("optimize", project.file))
    assert second.until("report")["stopped"] == "done"
    assert len(project.runs()) == 1
    assert project.paid_twice() == []


def test_a_server_that_is_gone_ends_the_jobs(start: Start, project: Project) -> None:
    worker = start(program="worker")
    worker.until("ready")
    project.turn(latency=0.05)
    worker.send(order("optimize", project.file))
    worker.until("finding")
    worker.stdout.close()
    project.wait_until(lambda project: project.runs()[0].state is RunState.STOPPED)
    assert "Traceback" not in worker.wait().err


def test_what_a_library_prints_does_not_reach_the_protocol(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "f.prompt"
    path.write_text("graph g(x: text) -> y = f.y\n\ncode f(x) -> y: text\n  python:\n    print('noise')\n    y = x\n")
    worker = start(program="worker")
    worker.send(order("run", path, inputs={"x": "a"}))
    assert all(json.loads(line) for line in until_finished(worker))
    worker.send({"do": "exit"})
    assert worker.wait().code == 0
