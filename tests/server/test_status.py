"""What the status item of an editor is told of a job."""

import asyncio
from dataclasses import replace
from typing import Any, cast

from prompts_lang.worker.protocol import Task
from prompts_server.editor import Editor
from prompts_server.jobs import GraphKey, Job, JobTable, Phase
from prompts_server.status import Status, status_of


class _Told:
    """An editor that keeps what it is told."""

    understands_ours = True

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []

    def notify(self, _method: str, status: dict[str, Any]) -> None:
        self.statuses.append(status)


def _table(told: _Told) -> JobTable:
    """A table of jobs whose status is told."""
    status: list[Status] = []

    def changed(job: Job) -> None:
        status[0].changed(job)

    table = JobTable(changed)
    status.append(Status(cast("Editor", told), table))
    return table


async def test_the_end_of_a_job_is_told_while_another_is_at_work() -> None:
    told = _Told()
    table = _table(told)
    first = replace(table.new(GraphKey("file:///qa.prompt", "qa"), Task.EVALUATE), phase=Phase.RUNNING)
    second = replace(table.new(GraphKey("file:///qa.prompt", "other"), Task.OPTIMIZE), phase=Phase.RUNNING)
    table.put(first)
    table.put(second)
    table.change(replace(first, phase=Phase.DONE))
    ends = [(one["id"], one["state"]) for one in told.statuses if one["state"] == "done"]
    assert ends == [(first.id, "done")]


async def test_the_end_of_a_job_is_told_once() -> None:
    told = _Told()
    table = _table(told)
    job = replace(table.new(GraphKey("file:///qa.prompt", "qa"), Task.OPTIMIZE), phase=Phase.RUNNING)
    table.put(job)
    table.change(replace(job, done=1, total=2))
    table.change(replace(job, phase=Phase.DONE))
    await asyncio.sleep(0.6)
    assert [one["state"] for one in told.statuses].count("done") == 1


async def test_what_an_earlier_session_has_left_is_no_news() -> None:
    told = _Told()
    table = _table(told)
    table.recall(GraphKey("file:///qa.prompt", "qa"), Task.OPTIMIZE, {}, current=True)
    await asyncio.sleep(0.3)
    assert told.statuses == []


def test_a_status_names_its_job_as_the_command_that_started_it_did() -> None:
    job = Job(3, GraphKey("file:///qa.prompt", "qa"), Task.EVALUATE, Phase.RUNNING, done=1, total=4, calls=2, usd=0.5)
    assert status_of(job) == {
        "state": "running",
        "id": "job-3",
        "job": "Evaluate qa",
        "calls": 2,
        "percentage": 25,
        "usd": 0.5,
    }


def test_a_failed_job_says_why() -> None:
    job = Job(1, GraphKey("file:///qa.prompt", "qa"), Task.RUN, Phase.FAILED, message="The endpoint is dead.")
    assert status_of(job)["message"] == "The endpoint is dead."


def test_what_is_not_known_is_left_out() -> None:
    status = status_of(Job(1, GraphKey("file:///qa.prompt", "qa"), Task.RUN, Phase.STOPPED))
    assert status == {"state": "idle", "id": "job-1", "job": "Run qa", "calls": 0}
