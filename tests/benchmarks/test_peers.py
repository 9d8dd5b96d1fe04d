"""The harness of the peers' benchmark: what it measures is right, and no contestant can get around it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import aiohttp
import pytest

from benchmarks.peers import match as harness
from benchmarks.peers.contestant import inputs_of, render
from benchmarks.peers.endpoint import FreshService, metered
from benchmarks.peers.match import Arrival, Result, match
from benchmarks.peers.run import record, recorded, table
from benchmarks.peers.truth import attainable, expected_score, starting_score
from benchmarks.peers.worlds import SETTINGS, Arena, arena
from prompts_lang.simulate.model import reply
from prompts_lang.simulate.request import SimulatedRequest, Turn

DRAWS = 12


def _cases(of: Arena) -> list[str]:
    return [row["case"] for row in of.rows["test"]]


def _drawn_score(of: Arena, texts: Mapping[str, str], draws: int) -> float:
    nodes = of.task("http://nowhere/v1", Path("nowhere"), budget=1)["nodes"]
    return fmean(_right(of, nodes, texts, row, seed) for row in of.rows["test"] for seed in range(draws))


def _right(of: Arena, nodes: list[dict[str, str]], texts: Mapping[str, str], row: Mapping[str, str], seed: int) -> bool:
    outputs: dict[str, str] = {}
    for node in nodes:
        user = render(node, inputs_of(node, row["case"], outputs))
        turns = (Turn("system", texts[node["name"]]), Turn("user", user))
        outputs[node["name"]] = reply(of.world, SimulatedRequest("student", turns, seed=seed), attempt=0).text
    return outputs[nodes[-1]["name"]].strip() == row["answer"]


def _half_taught(of: Arena) -> Mapping[str, str]:
    """The starting texts, with the first hidden rule of each node, one piece of bad advice, and one row quoted."""
    texts = dict(of.starting_texts)
    for node in of.world.nodes.values():
        if node.rules:
            texts[node.short] += f"\n{node.rules[0].statement}"
    first = next(iter(of.world.nodes.values()))
    texts[first.short] += f"\n{first.decoys[0].text}\nAn example: {of.rows['train'][0]['case']}"
    return texts


@pytest.mark.parametrize("world", ["single", "chain", "multihop", "null"])
def test_the_computed_truth_is_what_many_draws_come_to(world: str) -> None:
    of = arena(world, 1)
    for texts in (of.starting_texts, _half_taught(of)):
        expected = expected_score(of.world, texts, _cases(of))
        assert _drawn_score(of, texts, DRAWS) == pytest.approx(expected, abs=0.07)


def test_stating_every_rule_attains_most_and_the_start_attains_least() -> None:
    of = arena("multihop", 0)
    start = starting_score(of.world, of.starting_texts, _cases(of))
    assert start < expected_score(of.world, _half_taught(of), _cases(of)) < attainable(of.world, _cases(of))


def test_nothing_is_to_be_gained_in_the_null_world() -> None:
    of = arena("null", 0)
    assert starting_score(of.world, of.starting_texts, _cases(of)) == attainable(of.world, _cases(of))


@pytest.mark.parametrize("world", SETTINGS)
def test_a_task_tells_no_hidden_rule_and_no_held_out_row(world: str) -> None:
    of = arena(world, 0)
    told = str(of.task("http://nowhere/v1", Path("nowhere"), budget=1))
    assert not any(rule.statement in told for node in of.world.nodes.values() for rule in node.rules)
    assert not any(case in told for case in _cases(of))


async def test_past_the_budget_nothing_is_answered_or_counted() -> None:
    of = arena("single", 0)
    body = {"model": "student", "messages": [{"role": "user", "content": "Anything."}]}
    async with metered(of.world, budget=2, latency=0.0) as endpoint, aiohttp.ClientSession() as client:

        async def call() -> int:
            async with client.post(f"{endpoint.base}/chat/completions", json=body) as response:
                return response.status

        assert [await call(), await call()] == [200, 200]
        third = asyncio.create_task(call())
        await endpoint.exhausted.wait()
        assert (third.done(), endpoint.calls) == (False, 2)
        third.cancel()


def test_a_teacher_asked_again_without_a_seed_answers_anew_and_a_student_does_not() -> None:
    of = arena("chain", 0)
    service = FreshService(of.world)
    node = next(iter(of.world.nodes.values()))
    asked = (
        f"I provided an assistant with these instructions:\n```\n{of.starting_texts[node.short]}\n```\n"
        f"You are station {node.short}.\nCase: {of.rows['train'][0]['case']}\nFeedback: wrong.\n"
        "Provide the new instructions within ``` blocks."
    )
    teacher = SimulatedRequest("teacher", (Turn("user", asked),))
    student = SimulatedRequest("student", (Turn("user", asked),))
    assert len({service.answer(teacher).text for _ in range(20)}) > 1
    assert len({service.answer(student).text for _ in range(20)}) == 1


ADOPTS = """
from contestant import Task
task = Task.from_arguments()
texts = {node["name"]: node["system"] for node in task.nodes}
task.adopt(texts, 0.5)
task.adopt({name: GOOD for name in texts}, 1.0)
"""


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(harness, "_FOLDER", tmp_path)
    monkeypatch.setattr(harness, "_GRACE", 0.1)
    (tmp_path / "contestant.py").write_text((Path(harness.__file__).parent / "contestant.py").read_text())
    return tmp_path


async def _played(adapters: Path, source: str, *, budget: int = 10, seconds: float = 60.0) -> Result:
    (adapters / "made_up_peer.py").write_text(source)
    return await match("made_up", arena("single", 0), budget=budget, latency=0.0, seconds=seconds)


async def test_a_contestant_is_judged_by_the_texts_that_it_adopts(adapters: Path) -> None:
    of = arena("single", 0)
    good = "\n".join(rule.statement for node in of.world.nodes.values() for rule in node.rules)
    result = await _played(adapters, ADOPTS.replace("GOOD", repr(good)))
    assert (result.ended, result.claimed, result.true) == ("done", 1.0, result.attainable)
    assert result.arrival is not None
    assert result.arrival.calls == 0
    assert result.share == pytest.approx(1.0)


async def test_a_contestant_that_adopts_nothing_stands_where_it_began(adapters: Path) -> None:
    result = await _played(adapters, "raise SystemExit('no models here')")
    assert (result.true, result.claimed, result.arrival) == (result.start, None, None)
    assert (result.ended, result.complaint) == ("failed", "no models here")


async def test_a_contestant_that_spends_past_its_budget_is_ended(adapters: Path) -> None:
    source = ADOPTS.replace("GOOD", "'nothing new'") + (
        "import json, urllib.request\n"
        "while True:\n"
        "    body = {'model': 'student', 'messages': [{'role': 'user', 'content': 'Anything.'}]}\n"
        "    head = {'content-type': 'application/json'}\n"
        "    request = urllib.request.Request(task.base + '/chat/completions', json.dumps(body).encode(), head)\n"
        "    urllib.request.urlopen(request).read()\n"
    )
    result = await _played(adapters, source, budget=3)
    assert (result.ended, result.calls, result.true) == ("budget", 3, result.start)


async def test_results_are_read_back_as_they_were(adapters: Path, tmp_path: Path) -> None:
    result = await _played(adapters, ADOPTS.replace("GOOD", "'nothing new'"))
    path = tmp_path / "results.jsonl"
    assert recorded(path) == ()
    record(path, result)
    assert list(recorded(path)) == [result]


def test_the_table_counts_arrivals_and_averages_what_is_claimed_too_much() -> None:
    arrived = Result("prompts", "chain", 0, 0.1, 0.9, 0.9, 0.95, Arrival(40, 9_000, 5.0), 400, 30_000, 20.0, "done", 0)
    lost = Result("prompts", "chain", 1, 0.1, 0.9, 0.3, 0.4, None, 1_500, 90_000, 60.0, "budget", 0)
    cells = [cell.strip() for cell in table([arrived, lost]).splitlines()[2].strip("|").split("|")]
    assert cells[1:] == ["Prompts", "0.10", "0.90", "0.60", "+0.07", "1 of 2", "40", "9,000", "950", "40"]
