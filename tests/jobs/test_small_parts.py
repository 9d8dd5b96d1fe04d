"""Stop signals, the project's table, the sandbox's level, and facts about nodes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from prompts_lang.data.settings import project_table
from prompts_lang.engine.sandbox.model import Level
from prompts_lang.engine.values import Cost, Event, EventKey, Problem, ProblemKind, Run, Status
from prompts_lang.errors import FileError, UsageError
from prompts_lang.graph.model import Kind
from prompts_lang.graph.project import Project
from prompts_lang.jobs.code_places import CodePlaces
from prompts_lang.jobs.node_facts import LONGEST, node_facts
from prompts_lang.jobs.sandbox import project_sandbox, sandbox_at
from prompts_lang.jobs.stopping import StopSignal

NOWHERE = CodePlaces(Project(), Path("/nothing.prompt"))
"""For events whose code is not looked for."""


@pytest.mark.parametrize("early", [True, False])
def test_a_request_to_stop_is_heard_whenever_it_comes(early: bool) -> None:
    heard: list[str] = []
    stop = StopSignal()
    if early:
        stop.request()
    stop.connect(lambda: heard.append("stop"))
    if not early:
        stop.request()
    assert (heard, stop.requested) == (["stop"], True)


def test_the_nearest_table_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.prompts]\nsandbox = 'landlock'\n")
    assert project_table(inner) == (tmp_path / "pyproject.toml", {"sandbox": "landlock"})
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert project_table(inner) == (inner / "pyproject.toml", {})


def test_the_sandbox_is_the_one_that_is_required(tmp_path: Path) -> None:
    assert sandbox_at(None)._at_least is Level.LIMITS
    assert sandbox_at("namespaces")._at_least is Level.NAMESPACES
    with pytest.raises(UsageError, match="castle"):
        sandbox_at("castle")
    (tmp_path / "pyproject.toml").write_text("[tool.prompts]\nsandbox = 'landlock'\n")
    assert project_sandbox(tmp_path)._at_least is Level.LANDLOCK
    (tmp_path / "pyproject.toml").write_text("[tool.prompts]\nsandbox = 'castle'\n")
    with pytest.raises(FileError, match=r"pyproject\.toml: \[tool\.prompts\] sandbox: "):
        project_sandbox(tmp_path)


def event(row: str, status: Status = Status.DONE, *, text: str = "out", usd: str | None = "0.5") -> Event:
    cost = Cost(calls=1, usd=None if usd is None else Decimal(usd), seconds=2.0)
    problem = Problem(ProblemKind.SCHEMA, "it does not fit") if status is Status.FAILED else None
    return Event(EventKey(row, "n"), "g", "n", Kind.LLM, status, {"x": "in"}, {"y": text}, problem=problem, cost=cost)


def run(*events: Event) -> Run:
    return Run(events[0].key.row, "g", {}, {}, {}, events)


def test_facts_sum_up_rows_costs_samples_and_the_worst_row() -> None:
    runs = [
        (run(event("a")), 1.0),
        (run(event("b", text="long " * 100, usd="1.5")), 0.25),
        (run(event("c", Status.FAILED)), None),
    ]
    facts = node_facts(runs, NOWHERE)["g/n"]
    assert isinstance(facts, dict)
    assert (facts["rows"], facts["failed"], facts["score"]) == (3, 1, 0.625)
    assert (facts["usd"], facts["seconds"]) == (1.0, 2.0)
    assert (facts["given"], facts["sample"]) == ({"x": "in"}, {"y": "out"})
    failure = facts["failure"]
    assert isinstance(failure, dict)
    assert (failure["row"], failure["score"]) == ("b", 0.25)
    assert isinstance(failure["outputs"], dict)
    assert len(str(failure["outputs"]["y"])) == LONGEST
    assert facts["problem"] == "it does not fit"


def test_a_price_that_is_unknown_for_one_call_is_unknown_for_all() -> None:
    facts = node_facts([(run(event("a"), event("a", usd=None)), None)], NOWHERE)["g/n"]
    assert isinstance(facts, dict)
    assert facts["usd"] is None
