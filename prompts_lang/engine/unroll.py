"""Executes one node: its condition, its inputs, every item of its map and every round of its loop, and makes the events of it all.

Maps and loops become separate events here, so that whoever reads a run sees a DAG: item `i` of a map and round `k` of a loop have the
iteration `(…, i, k)`, and a round names the round before it as the origin of what it was fed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prompts_lang.engine.conditions import Lookup, describe, holds
from prompts_lang.engine.nodes import RUNNERS
from prompts_lang.engine.nodes.protocol import Outcome, Present, Task, Trace
from prompts_lang.engine.render import field_of
from prompts_lang.engine.tracing.attributes import event_attributes, node_attributes, node_name
from prompts_lang.engine.values import NEVER_SCORED, Event, EventKey, Origin, Problem, ProblemKind, Status, Values
from prompts_lang.graph.model import CallBody, Node, Reference, Repeat
from prompts_lang.graph.types import AnyType, JsonType, OptionalType

if TYPE_CHECKING:
    from prompts_lang.engine.scope import Scope
    from prompts_lang.graph.types import JsonValue

Inputs = Mapping[str, Present | None]
"""What arrives at a node; None where an input that may be absent is absent."""


@dataclass(frozen=True, slots=True)
class _Done:
    """The events of one execution (all rounds of it), and its outputs."""

    trace: Trace
    outputs: Mapping[str, Present]


async def execute_node(scope: Scope, node: Node) -> Trace:
    """Executes a node of a graph, publishes its outputs in the scope and returns its events in order."""
    if (given := scope.row.override(scope.key(node.name))) is not None:
        event = _replaced(scope, node, scope.key(node.name), given)
        done = _Done([event], _outputs_of(event))
    elif node.when is not None and not holds(node.when, scope.value):
        done = _without_running(scope, node, Status.SKIPPED, None)
    elif node.each is None:
        done = await _execute_once(scope, node, {}, ())
    else:
        done = await _execute_each(scope, node)
    scope.publish(node.name, done.outputs)
    return done.trace


# ------------------------------------------------------------------------------------------------------------------ maps


async def _execute_each(scope: Scope, node: Node) -> _Done:
    assert node.each is not None  # noqa: S101  the caller looked
    found = scope.resolve(node.each.source)
    if found is None or not isinstance(found.value, list):
        problem = Problem(ProblemKind.ABSENT, f"the list '{node.each.source}' is absent", detail=str(node.each.source))
        return _without_running(scope, node, Status.BLOCKED, problem)
    items = [Present(value, _origin_of_item(found, number)) for number, value in enumerate(found.value)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_execute_once(scope, node, {node.each.variable: item}, (number,)))
            for number, item in enumerate(items)
        ]
    done = [task.result() for task in tasks]
    return _Done([part for item in done for part in item.trace], _lists(node, done, found))


def _origin_of_item(found: Present, number: int) -> tuple[Origin, ...]:
    return (found.origins[number],) if found.itemwise else found.origins


def _lists(node: Node, done: list[_Done], source: Present) -> dict[str, Present]:
    """The outputs of all items as lists. Where an item has not given an output that is needed, there is no list of it."""
    lists: dict[str, Present] = {}
    for port in node.outputs:
        items = [item.outputs.get(port.name) for item in done]
        given = [item for item in items if item is not None]
        whole = len(given) == len(items)
        if whole or isinstance(port.type, OptionalType):
            origins = tuple(origin for item in given for origin in item.origins)
            values: list[JsonValue] = [None if item is None else item.value for item in items]
            lists[port.name] = Present(values, origins or source.origins, itemwise=whole and bool(items))
    return lists


# ----------------------------------------------------------------------------------------------------------------- loops


async def _execute_once(scope: Scope, node: Node, local: Mapping[str, Present], item: tuple[int, ...]) -> _Done:
    """One execution outside of a map, or one item of a map: a single round, or the rounds of a loop."""
    inputs = {entry.name: scope.resolve(entry.source, local) for entry in node.inputs}
    missing = next(
        (
            entry
            for entry in node.inputs
            if inputs[entry.name] is None and not isinstance(entry.type, OptionalType | JsonType | AnyType)
        ),
        None,
    )
    if missing is not None:
        problem = Problem(
            ProblemKind.ABSENT, f"the input '{missing.name}' is absent ({missing.source})", detail=missing.name
        )
        return _without_running(scope, node, Status.BLOCKED, problem, inputs, item)
    repeat = node.body.repeat if isinstance(node.body, CallBody) else None
    if repeat is None:
        trace = await _round(scope, node, inputs, scope.key(node.name, item))
        return _Done(trace, _outputs_of(_last(trace)))
    return await _repeat(scope, node, inputs, item, repeat)


async def _repeat(scope: Scope, node: Node, inputs: Inputs, item: tuple[int, ...], repeat: Repeat) -> _Done:
    trace: Trace = []
    outputs: Mapping[str, Present] = {}
    for number in range(repeat.at_most):
        final = number + 1 == repeat.at_most
        events = await _round(scope, node, inputs, scope.key(node.name, (*item, number)), repeat, final=final)
        trace.extend(events)
        event = _last(events)
        outputs = _outputs_of(event)
        if event.status is not Status.DONE or holds(repeat.until, _among(event.outputs)):
            break
        inputs = {**inputs, **{name: present for name, present in outputs.items() if name in inputs}}
    return _Done(trace, outputs)


# ------------------------------------------------------------------------------------------------------------- execution


async def _round(
    scope: Scope, node: Node, inputs: Inputs, key: EventKey, repeat: Repeat | None = None, *, final: bool = True
) -> Trace:
    """One execution of the node itself. The last entry of what it returns is the event of the node."""
    if (given := scope.row.override(key)) is not None:
        return [_replaced(scope, node, key, given, inputs)]
    values = {name: None if present is None else present.value for name, present in inputs.items()}
    if (stop := scope.row.asked_to_stop()) is not None:
        return [_event(scope, node, key, Status.NOT_RUN, inputs, Outcome(problem=stop))]
    task = Task(scope.graph, node, key, values)
    tracing = scope.row.services.tracing
    if not tracing.on:
        return await _run(scope, task, inputs, repeat, final=final)
    with tracing.span(node_name(task), node_attributes(task)) as span:
        trace = await _run(scope, task, inputs, repeat, final=final)
        event = _last(trace)
        span.set(event_attributes(event, content=tracing.content))
        if event.problem is not None:
            span.fail(event.problem.kind.value, event.problem.message)
        return trace


async def _run(scope: Scope, task: Task, inputs: Inputs, repeat: Repeat | None, *, final: bool) -> Trace:
    node, key = task.node, task.key
    outcome = await RUNNERS[node.kind].run(task, scope.row)
    if outcome.problem is not None:
        status = Status.NOT_RUN if outcome.problem.kind in NEVER_SCORED else Status.FAILED
        if status is Status.NOT_RUN:
            outcome = replace(outcome, problem=scope.row.give_up(outcome.problem))
        return [*outcome.inner, _event(scope, node, key, status, inputs, outcome)]
    # A contract is about what the node hands on, so the rounds of a loop before the last one need not keep it.
    last = final or repeat is None or holds(repeat.until, _among(outcome.outputs))
    broken = _broken_contract(node, task.inputs, outcome.outputs) if last else None
    status = Status.DONE if broken is None else Status.FAILED
    return [*outcome.inner, _event(scope, node, key, status, inputs, outcome, broken)]


def _broken_contract(node: Node, inputs: Values, outputs: Values) -> Problem | None:
    for condition in node.ensure:
        if not holds(condition, _among({**inputs, **outputs})):
            written = describe(condition)
            return Problem(ProblemKind.ENSURE, f"the contract `{written}` does not hold", detail=written)
    return None


def _among(values: Values) -> Lookup:
    def lookup(reference: Reference) -> JsonValue:
        return field_of(values.get(reference.output), reference.path)

    return lookup


# ---------------------------------------------------------------------------------------------------------------- events


def _event(
    scope: Scope,
    node: Node,
    key: EventKey,
    status: Status,
    inputs: Inputs,
    outcome: Outcome,
    broken: Problem | None = None,
) -> Event:
    event = Event(
        key=key,
        graph=scope.graph.name,
        node=node.name,
        kind=node.kind,
        status=status,
        inputs={name: present.value for name, present in inputs.items() if present is not None},
        outputs=outcome.outputs,
        origins={name: present.origins for name, present in inputs.items() if present is not None},
        problem=broken or outcome.problem,
        sent=outcome.sent,
        reply=outcome.reply,
        cost=outcome.cost,
        cached=outcome.cached,
        memo_key=outcome.memo_key,
        output_origins=outcome.output_origins,
    )
    scope.row.emit(event)
    return event


def _without_running(
    scope: Scope,
    node: Node,
    status: Status,
    problem: Problem | None,
    inputs: Inputs | None = None,
    item: tuple[int, ...] = (),
) -> _Done:
    event = _event(scope, node, scope.key(node.name, item), status, inputs or {}, Outcome(problem=problem))
    return _Done([event], {})


def _replaced(scope: Scope, node: Node, key: EventKey, given: Values, inputs: Inputs | None = None) -> Event:
    if inputs is None:
        inputs = {entry.name: scope.resolve(entry.source) for entry in node.inputs} if node.each is None else {}
    return _event(scope, node, key, Status.DONE, inputs, Outcome(given, cached=True))


def _outputs_of(event: Event) -> dict[str, Present]:
    """What a node hands on: nothing, where it failed. The event keeps what it gave, for whoever looks for the fault."""
    if event.status is not Status.DONE:
        return {}
    return {name: Present(value, (Origin(event.key, name),)) for name, value in event.outputs.items()}


def _last(trace: Trace) -> Event:
    event = trace[-1]
    assert isinstance(event, Event)  # noqa: S101  see `_round`
    return event
