"""What a worker's jobs do: the same jobs as the command line's, told as events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prompts_lang.data.dataset import Row, read_rows
from prompts_lang.data.splitting import Split
from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.evaluate import Evaluation, Progress, evaluate
from prompts_lang.engine.metrics.score import Scored
from prompts_lang.engine.objective import choose_graph, choose_objective
from prompts_lang.engine.session import open_session
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.errors import UsageError
from prompts_lang.graph.load import Loaded, load_program, require_runnable
from prompts_lang.graph.model import Graph, Program
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.node_facts import node_facts
from prompts_lang.jobs.optimization import Wish, plan, run_optimization
from prompts_lang.jobs.single_run import run_once, typed_row
from prompts_lang.worker.protocol import JobState, Start, Task

Say = Callable[[str, dict[str, JsonValue]], None]


async def perform(start: Start, say: Say) -> JobState:
    """Does one job and tells it.

    Raises:
        PromptsError: the job cannot be begun or gone on with.
        CancelledError: it was stopped; what was reached has been told.
    """
    loaded = await asyncio.to_thread(load_program, start.path, overlay=start.texts)
    say("started", {"seconds": 0, "calls": 0})
    match start.task:
        case Task.RUN:
            return await _run(start, loaded, say)
        case Task.EVALUATE:
            return await _evaluate(start, loaded, say)
        case Task.OPTIMIZE:
            return await _optimize(start, loaded, say)


async def _run(start: Start, loaded: Loaded, say: Say) -> JobState:
    program = require_runnable(loaded, start.path)
    graph = choose_graph(program, start.graph)
    row = _row(program, graph, start.options)
    async with open_session(program, RunKind.RUN, graph.name, budget=_budget(start.options)) as session:
        result = await run_once(session, graph, row)
        session.report = result.to_json()
        say("report", {**result.to_json(), "run": session.run.id, "nodes": node_facts([(result.run, None)])})
    return JobState.DONE if result.completed else JobState.FAILED


def _row(program: Program, graph: Graph, options: Mapping[str, JsonValue]) -> Row:
    """The row that is asked for: values, a row by number or id, or else the first row of the graph's dataset."""
    inputs, wanted = options.get("inputs"), options.get("row")
    if isinstance(inputs, dict):
        return typed_row(graph, {name: str(value) for name, value in inputs.items()})
    if not graph.inputs:
        return Row("input", {}, Split.TEST)
    if not program.datasets:
        raise UsageError(f"The graph '{graph.name}' needs inputs, and the file has no dataset to take a row from.")
    rows = read_rows(choose_objective(program, graph.name).dataset)
    if not rows:
        raise UsageError("The dataset has no rows.")
    if wanted is None:
        return rows[0]
    found = next((row for number, row in enumerate(rows, 1) if wanted in (row.id, number, str(number))), None)
    if found is None:
        raise UsageError(f"There is no row '{wanted}'.", hint=f"Rows are numbered from 1 to {len(rows)}.")
    return found


async def _evaluate(start: Start, loaded: Loaded, say: Say) -> JobState:
    program = require_runnable(loaded, start.path)
    objective = choose_objective(program, start.graph)
    wanted = start.options.get("split")
    split = Split(wanted) if isinstance(wanted, str) else Split.TEST
    rows = start.options.get("rows")

    def progressed(progress: Progress) -> None:
        body: dict[str, JsonValue] = {
            "done": progress.done,
            "total": progress.total,
            "doing": f"evaluating {objective.graph.name}",
        }
        say("progress", body)

    async with open_session(program, RunKind.EVAL, objective.graph.name, budget=_budget(start.options)) as session:
        evaluation = await evaluate(
            session, objective, split=split, rows=rows if isinstance(rows, int) else None, on_progress=progressed
        )
        session.report = evaluation.to_json()
        facts = node_facts([(outcome.run, outcome.score.value) for outcome in evaluation.outcomes])
        say("report", {**evaluation.to_json(), "run": session.run.id, "nodes": facts, "failing": _failing(evaluation)})
    return JobState.DONE


def _failing(evaluation: Evaluation) -> list[JsonValue]:
    """The lowest rows, at most twenty: enough for a list in an editor."""

    def value(outcome: Scored) -> float:
        return 1.0 if outcome.score.value is None else outcome.score.value

    lowest = sorted(evaluation.outcomes, key=value)[:20]
    return [
        {"row": outcome.score.row, "score": outcome.score.value, "feedback": outcome.score.feedback}
        for outcome in lowest
        if value(outcome) < 1.0
    ]


async def _optimize(start: Start, loaded: Loaded, say: Say) -> JobState:
    options = start.options
    rounds, seed = options.get("rounds"), options.get("seed")
    budget = options.get("budget")
    wish = Wish(
        graph=start.graph,
        budget=read_budget(budget) if isinstance(budget, str) else None,
        rounds=rounds if isinstance(rounds, int) else None,
        seed=seed if isinstance(seed, int) else None,
    )

    def told(event: dict[str, JsonValue]) -> None:
        body = dict(event)
        name = body.pop("event")
        say(str(name), body)

    report = await run_optimization(plan(loaded, start.path, wish), told)
    return JobState.FAILED if report.stopped.value == "error" else JobState.DONE


def _budget(options: Mapping[str, JsonValue]) -> Budget:
    budget = options.get("budget")
    return read_budget(budget) if isinstance(budget, str) else UNLIMITED
