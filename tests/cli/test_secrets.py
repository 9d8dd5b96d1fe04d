"""A key goes to its provider and nowhere else, whatever the provider does with it: into no store, report, error, log or stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Start
from tests.cli.echo import ENVIRONMENT, KEY, PASSWORD, echo, found_in
from tests.cli.endpoint import Endpoint, serving
from tests.cli.project import Project


@pytest.fixture
def echoing(project: Project) -> Iterator[Endpoint]:
    with serving(echo) as endpoint:
        project.point_to(endpoint.base, properties="  key env TEAM_ACCESS\n  retry 1\n")
        yield endpoint


COMMANDS = {
    "run": ("run", "--row", "1", "--trace"),
    "run as JSON": ("run", "--row", "2", "--json"),
    "eval": ("eval", "--rows", "8"),
    "eval as JSON": ("eval", "--rows", "9", "--json"),
    "optimize": ("optimize", "--budget", "80 calls"),
    "optimize as JSON": ("optimize", "--budget", "80 calls", "--json"),
}


def test_no_command_shows_or_keeps_a_key_that_its_provider_echoes(
    run: Run, project: Project, echoing: Endpoint, tmp_path: Path
) -> None:
    shown = ""
    for name, (command, *options) in COMMANDS.items():
        done = run(command, project.file, *options, environment=ENVIRONMENT)
        shown += done.out + done.err
        assert "[secret]" in done.out + done.err or command != "run", name  # the echo came through, without the key
    history = run("runs", project.file)
    for record in project.runs():
        shown += run("show", record.id, folder=project.folder).out
    assert echoing.requests
    for secret in (KEY, PASSWORD, ENVIRONMENT["OPENAI_API_KEY"]):
        assert secret not in shown + history.out
        assert found_in(tmp_path, secret) == []


def test_a_worker_streams_and_logs_no_key(start: Start, project: Project, echoing: Endpoint, tmp_path: Path) -> None:
    worker = start(program="worker", environment=ENVIRONMENT)
    shown = ""
    for task in ("run", "evaluate", "optimize"):
        options = {"row": 1} if task == "run" else {"budget": "80 calls"} if task == "optimize" else {}
        worker.send(
            {"do": task, "job": task, "path": str(project.file), "texts": {}, "graph": None, "options": options}
        )
        for line in worker:
            shown += line
            if json.loads(line)["event"] == "finished":
                break
    worker.stdin.close()
    ended = worker.wait()
    assert "[secret]" in shown
    assert KEY not in shown + ended.err
    assert found_in(tmp_path, KEY) == []
