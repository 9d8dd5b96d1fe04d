"""Jobs from request to end, with a scripted worker in a real process and an editor that only takes notes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from prompts_lang.worker.protocol import JobEvent, Start, Task
from prompts_server.job_control import JobControl, Order
from prompts_server.jobs import GraphKey, Job, JobTable, Phase, advance
from prompts_server.uris import UriKey
from prompts_server.worker_client import Patience, WorkerClient

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
KEY = GraphKey(UriKey("file:///a.prompt"), "qa")
OTHER = GraphKey(UriKey("file:///a.prompt"), "other")

STARTED = {"event": "started", "calls": 0}
PAID = {"event": "progress", "done": 1, "total": 4, "calls": 7, "usd": 0.25}
AWAIT_STOP = {"do": "await-stop"}
STOPPED = {"event": "finished", "state": "stopped"}
DONE = {"event": "finished", "state": "done"}
CRASH = {"do": "crash"}


class Notes:
    """An editor that shows progress and answers questions as it was told to."""

    def __init__(self) -> None:
        self.answer: str | None = None
        self.questions: list[str] = []
        self.shown: list[str] = []
        self.progressed: list[tuple[str, Any]] = []

    async def ask(self, text: str, choices: Sequence[str]) -> str | None:
        self.questions.append(text)
        return next((choice for choice in choices if self.answer and choice.startswith(self.answer)), None)

    async def create_progress(self, token: str) -> bool:
        return True

    def progress(self, token: str, value: Any) -> None:
        self.progressed.append((token, value))

    def show(self, kind: types.MessageType, text: str) -> None:
        self.shown.append(text)


class Bench:
    """A job control with its worker; lets a test wait for what it wants to see."""

    def __init__(self, script: dict[str, Any], folder: Path) -> None:
        path = folder / "script.json"
        path.write_text(json.dumps(script))
        self.editor = Notes()
        self.history: list[Job] = []
        self.events: list[JobEvent] = []
        self._news = asyncio.Condition()
        self._notes: set[asyncio.Task[None]] = set()
        command = (sys.executable, str(FAKE_WORKER), str(path))
        patience = Patience(ready=20, leave=1, first_pause=0)
        create_worker = partial(WorkerClient, command=command, patience=patience)
        self.control = JobControl(self.editor, create_worker, self._changed, self._happened)  # type: ignore[arg-type]
        self.worker = self.control._worker

    def _happened(self, job: Job, event: JobEvent) -> None:
        self.events.append(event)

    def _changed(self, job: Job) -> None:
        self.history.append(job)
        note = asyncio.create_task(self._wake())
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(wanted)

    def phase(self, job_id: str) -> Phase | None:
        return next((job.phase for job in reversed(self.history) if job.id == job_id), None)

    async def until_phase(self, job_id: str, phase: Phase) -> None:
        await self.until(lambda: self.phase(job_id) is phase)

    async def until_paid(self, job_id: str) -> None:
        await self.until(lambda: any(job.id == job_id and job.calls > 0 for job in self.history))

    def request(self, task: Task = Task.OPTIMIZE, key: GraphKey = KEY) -> str:
        return self.control.request(Order(key, task, lambda job: Start(task, job, Path("/a.prompt"))))

    async def close(self) -> None:
        await self.control.close()


MakeBench = Callable[[dict[str, Any]], Bench]


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[MakeBench]:
    benches: list[Bench] = []

    def make(script: dict[str, Any]) -> Bench:
        benches.append(Bench(script, tmp_path))
        return benches[-1]

    yield make
    for bench in benches:
        await bench.close()


async def test_a_job_goes_through_its_phases_and_its_progress_ends(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, PAID, {"event": "report", "calls": 9, "after": {"score": 1}}, DONE]})
    job_id = bench.request()
    await bench.until_phase(job_id, Phase.DONE)
    phases = [job.phase for job in bench.history]
    assert phases == sorted(phases, key=[Phase.QUEUED, Phase.RUNNING, Phase.DONE].index)
    job = bench.history[-1]
    assert (job.calls, job.usd, job.report["after"]) == (9, 0.25, {"score": 1})
    await bench.close()
    kinds = [value.kind for _, value in bench.editor.progressed]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert kinds.count("end") == 1


async def test_a_flood_of_progress_is_few_reports_that_never_fall(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, {"do": "flood", "count": 5000}, DONE]})
    await bench.until_phase(bench.request(), Phase.DONE)
    await bench.close()
    reports = [value.percentage for _, value in bench.editor.progressed if value.kind == "report"]
    assert reports == sorted(reports)
    assert len(reports) < 500


async def test_stopping_a_running_job(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, AWAIT_STOP, STOPPED]})
    job_id = bench.request()
    await bench.until_phase(job_id, Phase.RUNNING)
    assert bench.control.stop(job_id)
    await bench.until_phase(job_id, Phase.STOPPED)
    assert Phase.STOPPING in [job.phase for job in bench.history]
    assert not bench.control.stop(job_id)


async def test_stopping_a_job_before_it_reaches_the_worker(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, DONE]})
    job_id = bench.request()
    await bench.until_phase(job_id, Phase.QUEUED)
    assert bench.control.stop(job_id)
    await bench.until_phase(job_id, Phase.STOPPED)
    assert bench.events == []


async def test_a_running_paid_job_is_kept_unless_the_person_says_otherwise(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, PAID, AWAIT_STOP, STOPPED], "evaluate": [STARTED, DONE]})
    first = bench.request()
    await bench.until_paid(first)
    second = bench.request(Task.EVALUATE)
    await asyncio.gather(*(pending.task for pending in bench.control._pending.values()))
    assert "7 calls, $0.25" in bench.editor.questions[0]
    assert bench.phase(first) is Phase.RUNNING
    assert bench.phase(second) is None

    bench.editor.answer = "Stop it"
    third = bench.request(Task.EVALUATE)
    await bench.until_phase(third, Phase.DONE)
    current = bench.control.table.of(KEY)
    assert current is not None
    assert current.id == third


async def test_a_running_job_that_cost_nothing_is_replaced_without_asking(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, AWAIT_STOP, STOPPED], "evaluate": [STARTED, DONE]})
    first = bench.request()
    await bench.until_phase(first, Phase.RUNNING)
    second = bench.request(Task.EVALUATE)
    await bench.until_phase(second, Phase.DONE)
    assert bench.editor.questions == []


async def test_of_many_waiting_requests_the_latest_wins(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, AWAIT_STOP, STOPPED], "run": [STARTED, DONE]})
    await bench.until_phase(bench.request(), Phase.RUNNING)
    jobs = [bench.request(Task.RUN) for _ in range(5)]
    await bench.until_phase(jobs[-1], Phase.DONE)
    assert [event.job for event in bench.events if event.event == "started"][1:] == [jobs[-1]]


async def test_graphs_do_not_wait_for_each_other(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, AWAIT_STOP, STOPPED], "run": [STARTED, DONE]})
    slow = bench.request()
    await bench.until_phase(slow, Phase.RUNNING)
    await bench.until_phase(bench.request(Task.RUN, OTHER), Phase.DONE)
    assert bench.phase(slow) is Phase.RUNNING


async def test_results_of_a_replaced_job_are_ignored(make_bench: MakeBench) -> None:
    late = [STARTED, AWAIT_STOP, {"event": "finding", "slot": "late"}, STOPPED]
    bench = make_bench({"optimize": late, "run": [STARTED, DONE]})
    await bench.until_phase(bench.request(), Phase.RUNNING)
    await bench.until_phase(bench.request(Task.RUN), Phase.DONE)
    assert [event.event for event in bench.events if event.event == "finding"] == []


async def test_a_crash_fails_the_job_says_so_once_and_the_next_request_starts_a_new_worker(
    make_bench: MakeBench,
) -> None:
    bench = make_bench({"optimize": [STARTED, PAID, CRASH], "run": [STARTED, DONE]})
    failed = bench.request()
    await bench.until_phase(failed, Phase.FAILED)
    assert len(bench.editor.shown) == 1
    assert "code 9" in bench.editor.shown[0]
    await bench.until_phase(bench.request(Task.RUN), Phase.DONE)


async def test_after_three_crashes_no_more_workers_are_started(make_bench: MakeBench) -> None:
    bench = make_bench({"optimize": [STARTED, CRASH]})
    for _ in range(3):
        await bench.until_phase(bench.request(), Phase.FAILED)
    last = bench.request()
    await bench.until_phase(last, Phase.FAILED)
    assert "crashed 3 times" in bench.editor.shown[-1]
    assert not [event for event in bench.events if event.job == last]


async def test_a_failure_is_shown_in_the_words_of_the_worker(make_bench: MakeBench) -> None:
    script = [STARTED, {"event": "failed", "message": "No key."}, {"event": "finished", "state": "failed"}]
    bench = make_bench({"optimize": script})
    await bench.until_phase(bench.request(), Phase.FAILED)
    assert bench.editor.shown == ["Optimize qa: No key."]


@pytest.mark.parametrize(
    ("handshake", "words"),
    [
        ({"event": "ready", "protocol": 99, "version": "9"}, "another version"),
        ({"event": "ready"}, "does not speak"),
        ({"event": "started", "job": "x"}, "another version"),
        ([], "does not speak"),
    ],
)
async def test_a_worker_of_another_protocol_is_refused(make_bench: MakeBench, handshake: object, words: str) -> None:
    bench = make_bench({"handshake": handshake, "optimize": []})
    await bench.until_phase(bench.request(), Phase.FAILED)
    assert words in bench.editor.shown[0]


async def test_a_worker_that_cannot_be_started_is_a_message(tmp_path: Path) -> None:
    bench = Bench({}, tmp_path)
    bench.worker._command = (str(tmp_path / "nothing-here"),)
    await bench.until_phase(bench.request(), Phase.FAILED)
    assert "could not be started" in bench.editor.shown[0]
    await bench.close()


async def test_lines_that_are_no_events_are_ignored(make_bench: MakeBench) -> None:
    noise = [{"do": "say", "line": line} for line in ("Give Feedback!", "[]", "{}", '{"job":1,"event":"x"}', "\ufffd")]
    bench = make_bench({"optimize": [STARTED, *noise, {"event": "unheard-of"}, DONE]})
    await bench.until_phase(bench.request(), Phase.DONE)


async def test_a_deaf_worker_is_killed_with_its_children(make_bench: MakeBench, tmp_path: Path) -> None:
    from tests.server.processes import gone

    pid_file = tmp_path / "pid"
    script = [{"do": "spawn", "file": str(pid_file)}, {"do": "deaf"}, STARTED, AWAIT_STOP]
    bench = make_bench({"optimize": script})
    await bench.until_phase(bench.request(), Phase.RUNNING)
    assert bench.worker._worker is not None
    ends = [gone(bench.worker._worker._process.pid), gone(int(pid_file.read_text()))]
    await bench.close()
    await asyncio.gather(*ends)


async def test_a_child_out_of_reach_that_holds_the_pipes_does_not_hold_the_server(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    bench = make_bench({"optimize": [{"do": "spawn", "file": str(pid_file), "detached": True}, STARTED, AWAIT_STOP]})
    await bench.until_phase(bench.request(), Phase.RUNNING)
    await bench.close()
    os.kill(int(pid_file.read_text()), signal.SIGKILL)


async def test_a_crash_is_noticed_while_a_child_out_of_reach_holds_the_pipes(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    bench = make_bench({"optimize": [{"do": "spawn", "file": str(pid_file), "detached": True}, STARTED, CRASH]})
    await bench.until_phase(bench.request(), Phase.FAILED)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)


# --- the pure part ---------------------------------------------------------------------------------------------------


def test_what_was_paid_for_never_falls_and_nonsense_is_ignored() -> None:
    job = Job(1, KEY, Task.RUN, Phase.RUNNING, done=3, total=4, calls=5, usd=1.0)
    for body in ({"calls": 2, "usd": 0.5, "done": 1, "total": 4}, {"calls": "many", "usd": None, "done": -1}):
        after = advance(job, JobEvent("job-1", "progress", body))
        assert (after.calls, after.usd) == (5, 1.0)
    assert advance(job, JobEvent("job-1", "finished", {"state": "no such"})).phase is Phase.FAILED


def test_an_edit_makes_what_finished_stale_and_nothing_else() -> None:
    table = JobTable(lambda _: None)
    for number, phase in enumerate(Phase):
        table.put(Job(number, GraphKey(KEY.document, phase.value), Task.RUN, phase))
    table.outdate(KEY.document)
    stale = {job.key.graph for job in table if job.phase is Phase.STALE}
    assert stale == {"done", "stopped", "stale"}
