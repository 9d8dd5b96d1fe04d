"""The same loop with the models on the other side of a socket: `prompts simulate` in one process, `prompts optimize` in another."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, Start
from tests.cli.launcher import Running
from tests.cli.project import Optimized, Project, copy_example


def served(start: Start, world: Path, *options: str) -> tuple[Running, str]:
    """A world that is served, and its address."""
    process = start("simulate", world, "--json", *options)
    ready = json.loads(next(iter(process)))
    return process, ready["base"]


def point_to(file: Path, base: str) -> None:
    """Points every model of a file to an address."""
    text = re.sub(r'"simulated/(\w+)"\n  base "[^"]*"', rf'"openai/\1"\n  base "{base}"', file.read_text())
    assert "simulated" not in re.sub(r"#.*", "", text)
    file.write_text(text)


def essence(report: dict[str, Any]) -> dict[str, Any]:
    return {name: report[name] for name in ("stopped", "calls", "tokens", "before", "after", "slots", "rows")}


def test_an_example_gives_the_same_over_the_wire(
    start: Start, run: Run, optimized_codegen: Optimized, tmp_path: Path
) -> None:
    far = copy_example("codegen", tmp_path)
    world, base = served(start, far.with_name("world.json"))
    point_to(far, base)
    reached = run("optimize", far, "--json")
    assert reached.code == 0, reached.err
    report = reached.events[-1]
    assert essence(report) == essence(optimized_codegen.report)
    assert report["after"]["score"] - report["before"]["score"] >= 0.25
    world.signal(signal.SIGINT)
    ended = world.wait()
    assert ended.code == 0
    assert ended.err == f"{report['calls']} requests answered.\n"


def test_faults_of_the_endpoint_change_what_is_paid_but_not_the_result(
    start: Start, run: Run, project: Project
) -> None:
    calm = run("eval", project.file, "--json").json
    dials = ("rate_limited=0.1", "retry_after=0", "server_error=0.1")
    _, base = served(start, project.world, *(part for dial in dials for part in ("--dial", f"service.{dial}")))
    project.point_to(base, properties="  retry 8\n")
    stormy = run("eval", project.file, "--json")
    assert stormy.code == 0, stormy.err
    assert (stormy.json["score"], stormy.json["not_run"]) == (calm["score"], 0)
    assert stormy.json["calls"] > calm["calls"]
    assert project.paid_twice() == []


def test_a_world_that_goes_away_in_the_middle_loses_nothing(start: Start, run: Run, project: Project) -> None:
    expected = run("optimize", project.file, "--json").events[-1]
    world, base = served(start, project.world, "--latency", "0.02")
    port = base.rpartition(":")[2].removesuffix("/v1")
    project.point_to(base, properties="  retry 0\n")
    process = start("optimize", project.file, "--json")
    process.until("finding")
    world.signal(signal.SIGKILL)
    world.wait()
    broken = process.wait()
    assert broken.code in {0, 3}
    assert broken.events[-1]["event"] == "report"

    served(start, project.world, "--port", port)
    again = run("optimize", project.file, "--json").events[-1]
    assert project.paid_twice() == []
    assert again["after"] == expected["after"]


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_with_either_signal(start: Start, project: Project, signal_: signal.Signals) -> None:
    world, base = served(start, project.world)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", base)
    world.signal(signal_)
    assert (world.wait().code, world.wait().err) == (0, "0 requests answered.\n")


def test_a_port_that_is_taken_is_said(start: Start, run: Run, project: Project) -> None:
    _, base = served(start, project.world)
    port = base.rpartition(":")[2].removesuffix("/v1")
    done = run("simulate", project.world, "--port", port)
    assert done.code == 2
    assert f"Port {port} cannot be used" in done.err
