"""Optimises a graph of a file: session, resume, events with their places in the file, findings for the editor.

Resume is replay. A run that was stopped is taken up when the same texts are optimised again with the same seed: it starts from the
beginning, and everything that it paid for before comes from the memo and is counted once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from prompts_lang.engine.bound import MaxCost, dearest_calls, models_of, require_prices
from prompts_lang.engine.session import Session, Surroundings, open_session, stored_name
from prompts_lang.engine.store.choose import store_of
from prompts_lang.engine.store.model import RunKind, RunRecord, RunState
from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.graph.slots import text_hash
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.places import Places
from prompts_lang.jobs.plan import Plan
from prompts_lang.jobs.recording import EventSink, Recorder
from prompts_lang.jobs.rows import check_rows
from prompts_lang.jobs.stopping import StopSignal
from prompts_lang.optimize.bounds import upper_bound
from prompts_lang.optimize.engine_bench import EngineBench
from prompts_lang.optimize.events import BoundKnown
from prompts_lang.optimize.optimize import Job, optimize
from prompts_lang.optimize.report import Report


async def bound_of(chosen: Plan) -> BoundKnown:
    """The run's first event: the most that it can cost. Computed on a store in memory: it leaves no trace and spends nothing."""
    graph = chosen.objective.graph
    store = memory_store()
    try:
        async with open_session(
            chosen.program,
            RunKind.OPTIMIZE,
            graph.name,
            budget=chosen.budget,
            surroundings=Surroundings(store=store),
        ) as session:
            bench = EngineBench(session, chosen.objective, await _prices(session, chosen))
            return upper_bound(bench, graph, chosen.slots, chosen.critic, chosen.rewriter, chosen.options)
    finally:
        store.close()


async def run_optimization(
    chosen: Plan,
    sink: EventSink,
    *,
    stop: StopSignal | None = None,
    on_report: Callable[[Report], object] | None = None,
    on_resume: Callable[[str, int], object] | None = None,
    surroundings: Surroundings | None = None,
) -> Report:
    """Runs a plan. Events go to `sink` as JSON objects, the report last; findings and the report are kept in the store.

    A run that is asked to stop lets calls in flight end, and returns what was reached. One that is cancelled gives its report to `sink`
    before the cancellation passes on.

    Args:
        chosen: What to run.
        sink: Takes the events.
        stop: A way to end it early.
        on_report: Takes the report, also that of a cancelled run.
        on_resume: Is told when a stopped run is taken up: its id, and the calls that it had paid for.
        surroundings: What is not to be made here.

    Raises:
        CancelledError: it was cancelled; the report was given to the sink.
        PromptsError: it could not begin, or what it reached could not be kept; in that case the report was given to the sink.
    """
    given = surroundings or Surroundings()
    store = given.store or await asyncio.to_thread(store_of, chosen.program.path.parent, given.address)
    parameters = _parameters(chosen)
    try:
        stopped = _stopped_run(store, chosen, parameters) if chosen.resume else None
        async with open_session(
            chosen.program,
            RunKind.OPTIMIZE,
            chosen.objective.graph.name,
            budget=chosen.budget,
            seed=chosen.options.seed,
            parameters=parameters,
            resume=None if stopped is None else stopped.id,
            surroundings=replace(given, store=store),
        ) as session:
            check_rows(session, chosen.objective)
            if stop is not None:
                stop.connect(session.stop)
            if stopped is not None and on_resume is not None:
                on_resume(stopped.id, session.account.totals.calls)
            bench = EngineBench(session, chosen.objective, await _prices(session, chosen))
            places = Places(chosen.loaded.project, chosen.program.path)
            job = Job(chosen.objective.graph, chosen.critic, chosen.rewriter, chosen.options)
            return await optimize(bench, job, Recorder(session, store, places, sink, on_report))
    finally:
        if given.store is None:
            store.close()


async def _prices(session: Session, chosen: Plan) -> MaxCost:
    """What calls can cost. Under a budget in money, every price must be known before anything is spent."""
    if chosen.budget.usd is not None:
        own = models_of(chosen.objective.graph, chosen.objective.metric)
        await require_prices(session, (*own, chosen.critic, chosen.rewriter))
    return await dearest_calls(session)


# --- resume


def _parameters(chosen: Plan) -> JsonValue:
    """What must be equal for a stopped run to be taken up: the program's files and the options."""
    path = chosen.program.path
    meaning = chosen.loaded.project.meaning(path)
    files = () if meaning is None else (path, *sorted(meaning.used))
    texts: dict[str, JsonValue] = {}
    for file in files:
        found = chosen.loaded.project.meaning(file)
        texts[stored_name(file, path.parent)] = (
            "" if found is None else text_hash(found.syntax.text.decode("utf-8", "replace"))
        )
    return {"files": texts, "seed": chosen.options.seed, "rounds": chosen.options.rounds}


def _stopped_run(store: Store, chosen: Plan, parameters: JsonValue) -> RunRecord | None:
    """The newest run of the same texts and options, if it did not end by itself."""
    file = stored_name(chosen.program.path, chosen.program.path.parent)
    for run in store.runs(file=file):
        same = run.kind is RunKind.OPTIMIZE and run.graph == chosen.objective.graph.name
        if same and run.parameters == parameters:
            return None if run.state is RunState.DONE else run
    return None
