from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from prompts_lang.errors import UsageError
from prompts_lang.graph.load import load_program
from prompts_lang.simulate.generate import GRAPH, Project, Specification, generate
from prompts_lang.simulate.load import read_world
from prompts_lang.simulate.world import World
from tests.simulate.worlds import ask

SIZES = [
    Specification(nodes=1, defects=1, rules=4),
    Specification(nodes=2, defects=2, rules=2),
    Specification(nodes=4, defects=3),
    Specification(nodes=60, defects=6, seed=3),
]
START = "Do the work of station {name}, and report on the case."


def _run(project: Project, world: World, case: str, systems: Mapping[str, str]) -> str:
    given: dict[str, str] = {}
    name = ""
    for name, reads in project.wiring.items():
        lines = [f"From {read}: {given[read]}" for read in reads] or [f"Case: {case}"]
        system = systems.get(name, START.format(name=name))
        given[name] = ask(world, "student", system, "\n".join([f"You are station {name}.", *lines])).text
    return given[name]


def _score(project: Project, systems: Mapping[str, str]) -> float:
    world = read_world(project.world)
    right = [_run(project, world, row["case"], systems) == row["answer"] for row in project.rows]
    return sum(right) / len(right)


def _mended(project: Project, *, but: str | None = None) -> Mapping[str, str]:
    world = read_world(project.world)
    return {
        name: "\n".join([START.format(name=name), *(rule.inserts[0] for rule in world.nodes[f"{GRAPH}/{name}"].rules)])
        for name in project.defective
        if name != but
    }


@pytest.mark.parametrize("specification", SIZES, ids=lambda each: f"{each.nodes} nodes")
def test_the_planted_defects_are_what_keeps_the_score_down(specification: Specification) -> None:
    project = generate(specification)
    start, best = _score(project, {}), _score(project, _mended(project))
    assert start <= 0.45
    assert best >= 0.85


def test_every_defect_counts() -> None:
    project = generate(Specification(nodes=12, defects=3, noise=0))
    assert _score(project, _mended(project)) == 1
    for name in project.defective:
        assert _score(project, _mended(project, but=name)) < 1


def test_nothing_can_be_gained_in_a_null_world() -> None:
    project = generate(Specification(nodes=4, defects=0, noise=0.4))
    assert not any(node.rules for node in read_world(project.world).nodes.values())
    assert 0.4 < _score(project, {}) < 0.8


@pytest.mark.parametrize(
    "specification", [*SIZES, Specification(nodes=500, defects=5)], ids=lambda each: f"{each.nodes} nodes"
)
def test_a_generated_file_has_no_problems(specification: Specification, tmp_path: Path) -> None:
    loaded = load_program(generate(specification).write(tmp_path))
    assert loaded.problems == ()
    assert loaded.program is not None
    assert len(loaded.program.graphs[GRAPH].nodes) == specification.nodes


def test_equal_specifications_give_equal_projects_and_other_seeds_others() -> None:
    assert generate(Specification(seed=1)) == generate(Specification(seed=1))
    assert generate(Specification(seed=1)).rows != generate(Specification(seed=2)).rows


def test_every_node_reaches_the_output() -> None:
    project = generate(Specification(nodes=80, defects=0))
    reached: set[str] = set()
    pending = [list(project.wiring)[-1]]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending.extend(project.wiring[name])
    assert reached == set(project.wiring)


@pytest.mark.parametrize("wrong", [Specification(nodes=0), Specification(nodes=2, defects=3)])
def test_senseless_specifications_are_refused(wrong: Specification) -> None:
    with pytest.raises(UsageError):
        generate(wrong)
