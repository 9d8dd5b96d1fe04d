"""What a worker's jobs do: the same jobs as the command line's, told as events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

from prompts_lang.data.dataset import Row
from prompts_lang.data.splitting import Split
from prompts_lang.engine.amounts import read_budget
from prompts_lang.engine.evaluate import Evaluation, Progress, chosen_rows, evaluate
from prompts_lang.engine.executor import ROWS_AT_ONCE
from prompts_lang.engine.metrics.score import Scored
from prompts_lang.engine.objective import choose_graph, choose_objective
from prompts_lang.engine.session import Session, Surroundings, open_session
from prompts_lang.engine.store.choose import project_address
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.errors import UsageError
from prompts_lang.graph.load import Loaded, load_program, require_runnable
from prompts_lang.graph.model import Graph, Program
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.code_places import CodePlaces
from prompts_lang.jobs.node_facts import node_facts
from prompts_lang.jobs.optimization import run_optimization
from prompts_lang.jobs.pacing import rows_at_once
from prompts_lang.jobs.plan import Wish, plan
from prompts_lang.jobs.rows import check_columns, dataset_row
from prompts_lang.jobs.sandbox import level_in_force, project_sandbox, sandbox_at
from prompts_lang.jobs.single_run import run_once, typed_row
from prompts_lang.jobs.stopping import StopSignal
from prompts_lang.worker.node_progress import NodeProgress
from prompts_lang.worker.protocol import JobState, Start, Task

Say = Callable[[str, dict[str, JsonValue]], None]


async def perform(start: Start, say: Say, stop: StopSignal) -> JobState:
    """Does one job and tells it.

    Args:
        start: What to do.
        say: Takes the events.
        stop: Asks for an early end. Calls in flight may end, and what was reached is told as the job's report.

    Raises:
        PromptsError: the job cannot be begun or gone on with.
        CancelledError: it was ended at once.
    """
    loaded = await asyncio.to_thread(load_program, start.path, overlay=start.texts)
    say("started", {"seconds": 0, "calls": 0})
    match start.task:
        case Task.RUN:
            state = await _run(start, loaded, say, stop)
        case Task.EVALUATE:
            state = await _evaluate(start, loaded, say, stop)
        case Task.OPTIMIZE:
            state = await _optimize(start, loaded, say, stop)
    return JobState.STOPPED if stop.requested else state


def _surroundings(start: Start) -> Surroundings:
    """The sandbox at the level that the job asks for, or else its project; and the project's store."""
    level, folder = start.options.get("sandbox"), start.path.parent
    sandbox = sandbox_at(level) if isinstance(level, str) else project_sandbox(folder)
    return Surroundings(sandbox=sandbox, address=project_address(folder))


@asynccontextmanager
async def _session(
    start: Start, program: Program, kind: RunKind, graph: Graph, stop: StopSignal, at_once: int = ROWS_AT_ONCE
) -> AsyncGenerator[Session]:
    async with open_session(
        program,
        kind,
        graph.name,
        budget=_budget(start.options),
        rows_at_once=at_once,
        surroundings=_surroundings(start),
    ) as session:
        stop.connect(session.stop)
        yield session


async def _run(start: Start, loaded: Loaded, say: Say, stop: StopSignal) -> JobState:
    program = require_runnable(loaded, start.path)
    graph = choose_graph(program, start.graph)
    row = _row(program, graph, start.options)
    async with _session(start, program, RunKind.RUN, graph, stop) as session:
        result = await run_once(session, graph, row)
        session.report = result.to_json()
        facts = node_facts([(result.run, None)], CodePlaces(loaded.project, start.path))
        say("report", {**result.to_json(), "run": session.run.id, "nodes": facts})
    return JobState.DONE if result.completed else JobState.FAILED


def _row(program: Program, graph: Graph, options: Mapping[str, JsonValue]) -> Row:
    """The row that is asked for: values, a row by number or id, or else the first row of the graph's dataset."""
    inputs, wanted, dataset = (options.get(name) for name in ("inputs", "row", "dataset"))
    if isinstance(inputs, dict):
        return typed_row(graph, {name: _written(value) for name, value in inputs.items()})
    if not graph.inputs:
        return Row("input", {}, Split.TEST)
    return dataset_row(
        program, graph, None if wanted is None else str(wanted), dataset=None if dataset is None else str(dataset)
    )


def _written(value: JsonValue) -> str:
    """A value as someone would type it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def _evaluate(start: Start, loaded: Loaded, say: Say, stop: StopSignal) -> JobState:
    program = require_runnable(loaded, start.path)
    objective = choose_objective(program, start.graph)
    split = _split(start.options)
    rows = start.options.get("rows")

    def progressed(progress: Progress) -> None:
        body: dict[str, JsonValue] = {
            "done": progress.done,
            "total": progress.total,
            "doing": f"evaluating {objective.graph.name}",
        }
        say("progress", body)

    at_once = rows_at_once(objective, _budget(start.options))
    async with _session(start, program, RunKind.EVAL, objective.graph, stop, at_once) as session:
        known = session.resources.rows(objective.dataset)
        check_columns(objective, known)
        at_most = rows if isinstance(rows, int) else None
        nodes = NodeProgress(say, len(chosen_rows(known, objective.dataset, split, at_most=at_most)))
        evaluation = await evaluate(
            session, objective, split=split, rows=at_most, on_progress=progressed, on_event=nodes.take
        )
        nodes.tell()
        body = {**evaluation.to_json(), "sandbox": level_in_force(session)}
        session.report = {**body, "row_scores": evaluation.row_scores()}
        scored = [(outcome.run, outcome.score.value) for outcome in evaluation.outcomes]
        facts = node_facts(scored, CodePlaces(loaded.project, start.path))
        say("report", {**body, "run": session.run.id, "nodes": facts, "failing": _failing(evaluation)})
    return JobState.DONE


def _split(options: Mapping[str, JsonValue]) -> Split:
    wanted = options.get("split", Split.TEST.value)
    try:
        return Split(str(wanted))
    except ValueError:
        raise UsageError(f"There is no split '{wanted}'.", hint=f"Take one of {', '.join(Split)}.") from None


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


async def _optimize(start: Start, loaded: Loaded, say: Say, stop: StopSignal) -> JobState:
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

    report = await run_optimization(plan(loaded, start.path, wish), told, stop=stop, surroundings=_surroundings(start))
    return JobState.FAILED if report.stopped.value == "error" else JobState.DONE


def _budget(options: Mapping[str, JsonValue]) -> Budget:
    budget = options.get("budget")
    return read_budget(budget) if isinstance(budget, str) else UNLIMITED
