"""What must not change a result: remembering, the order of rows, the order in which a file lists its nodes."""

from __future__ import annotations

import random

import pytest

from prompts_lang.data.content import content_key
from prompts_lang.engine.evaluate import evaluate
from prompts_lang.engine.objective import Objective
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.graph.model import BuiltinMetric, Dataset, Graph, Metric, Node, Program, SplitByRatio
from tests.engine.build import FILE, code, graph, llm
from tests.engine.fakes import FakeBackend, InProcess

METRIC = Metric("score", ("answer", "expected"), BuiltinMetric("f1"))
ROWS = tuple({"id": f"q{number}", "question": f"{number % 7}", "answer": f"{number % 5}"} for number in range(24))


def noiseless(request) -> str:
    return content_key("reply", request.messages[-1].content)[0]


def layered(seed: int, size: int = 30) -> list[Node]:
    """Nodes that each read up to three earlier ones, some of them code, in topological order."""
    dice = random.Random(seed)  # noqa: S311  a shape
    nodes: list[Node] = []
    for number in range(size):
        wiring = {f"i{other}": f"n{other}.out" for other in dice.sample(range(number), min(3, number))}
        wiring["question"] = "question"
        python = "out = ' '.join(str(value) for name, value in sorted(locals().items()) if name[0] in 'iq')"
        nodes.append(code(f"n{number}", wiring, python) if number % 4 == 3 else llm(f"n{number}", wiring))
    return nodes


def among(nodes: list[Node]) -> Graph:
    return graph(*nodes, gives={"answer": "n29.out"})


async def scores(graph_: Graph, rows=ROWS, *, remember: bool = True) -> dict[str, tuple[float | None, str]]:
    dataset = Dataset("rows", None, ("answer",), SplitByRatio(1, 1, 1), tuple(rows))
    program = Program(FILE, {"main": graph_})
    given = Surroundings(FakeBackend(noiseless), InProcess(), memory_store(), environ={})
    async with open_session(program, RunKind.EVAL, "main", remember=remember, surroundings=given) as session:
        found = await evaluate(session, Objective(graph_, dataset, METRIC), split=None)
    return {
        outcome.score.row: (outcome.score.value, content_key("outputs", dict(outcome.run.outputs)))
        for outcome in found.outcomes
    }


@pytest.mark.parametrize("seed", range(3))
async def test_the_memo_changes_nothing_but_the_cost(seed):
    assert await scores(among(layered(seed))) == await scores(among(layered(seed)), remember=False)


@pytest.mark.parametrize("seed", range(3))
async def test_neither_the_order_of_rows_nor_that_of_independent_nodes_changes_a_result(seed):
    nodes = layered(seed)
    expected = await scores(among(nodes))
    dice = random.Random(seed)  # noqa: S311  an order
    rows = list(ROWS)
    dice.shuffle(rows)
    assert await scores(among(nodes), rows) == expected
    placed: list[Node] = []
    waiting = nodes[::-1]
    dice.shuffle(waiting)
    while waiting:  # any other topological order
        known = {node.name for node in placed}
        ready = next(node for node in waiting if _heads(node) <= known)
        waiting.remove(ready)
        placed.append(ready)
    assert [node.name for node in placed] != [node.name for node in nodes]
    assert await scores(among(placed)) == expected


def _heads(node: Node) -> set[str]:
    return {place.node for entry in node.inputs for place in entry.source.alternatives if place.node is not None}
