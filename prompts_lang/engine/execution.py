"""A graph made ready to run, and its run on one row.

Invariant: a run depends on the graph, the row, the replica, the overrides and the replies, never on the order in which replies arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.engine.binding import bind
from prompts_lang.engine.nodes import RUNNERS
from prompts_lang.engine.nodes.protocol import GraphOutcome, Present, Services, Trace
from prompts_lang.engine.plan import Plan, plan_of
from prompts_lang.engine.scope import Scope
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.tracing.attributes import row_attributes
from prompts_lang.engine.values import Event, EventKey, Origin, Problem, ProblemKind, Run, Values
from prompts_lang.graph.model import graphs_of

if TYPE_CHECKING:
    from prompts_lang.data.dataset import Row
    from prompts_lang.engine.cancellation import Cancellation
    from prompts_lang.graph.model import Graph

Overrides: TypeAlias = "Mapping[tuple[str, str, tuple[int, ...]], Values]"
"""Outputs to put in the place of node executions, by row id, node path and iteration (see `EventKey`).

For a node with `each` or `repeat` the key without its own numbers stands for all of its executions together.
"""

Listener: TypeAlias = "Callable[[Event], None]"
"""Is told of every event as soon as it is over. What it raises ends the run."""

NO_OVERRIDES: Overrides = {}

STOPPED = Problem(ProblemKind.CANCELLED, "stopped before it was run")
"""Why a row was not run that the user did not wait for."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Takes the text of one llm node, named by its path in the run, piece by piece as it comes (see `streaming.streamed_path`)."""

    path: str
    push: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a graph is to be run: what for, which draw, what to put in place of nodes, who listens, and to whom the output is streamed."""

    purpose: Purpose = Purpose.FORWARD
    replica: int = 0
    overrides: Overrides = field(default_factory=dict[tuple[str, str, tuple[int, ...]], Values])
    listener: Listener | None = None
    stream: Stream | None = None


class Execution:
    """A graph made ready: its plan, and those of the graphs that it calls, are worked out once for all rows."""

    def __init__(self, graph: Graph, services: Services, cancellation: Cancellation, settings: Settings) -> None:
        self.graph = graph
        self.services = services
        self.settings = settings
        self.cancellation = cancellation
        self._plans: dict[int, Plan] = {}
        self._preparation: asyncio.Future[None] | None = None

    def plan(self, graph: Graph) -> Plan:
        """The plan of this graph or of one that it calls."""
        # By identity: the graphs are alive as long as this is, and comparing them by value would mean to read all their texts.
        if (plan := self._plans.get(id(graph))) is None:
            plan = self._plans[id(graph)] = plan_of(graph)
        return plan

    async def run(self, row: Row) -> Run:
        """Runs the graph on one row. What goes wrong is in the run.

        Raises:
            PromptsError: Nothing can go on: the store or the sandbox does not work, or a file that a node needs is not there.
        """
        await self._prepared()
        inputs = bind(self.graph, row.values)
        if isinstance(inputs, Problem):
            problem = replace(inputs, message=f"{row.where}: {inputs.message}") if row.where else inputs
            return Run(row.id, self.graph.name, {}, {}, {}, (), problem)
        tracing = self.services.tracing
        settings = self.settings
        attributes = row_attributes(self.graph, row.id, settings.purpose, settings.replica) if tracing.on else {}
        with tracing.span(f"row {self.graph.name}", attributes) as span:
            found = await RowExecution(self, row.id).execute(inputs)
            if found.problem is not None:
                span.fail(found.problem.kind.value, found.problem.message)
        events = flattened(found.trace)
        return Run(
            row=row.id,
            graph=self.graph.name,
            inputs=inputs,
            outputs={name: present.value for name, present in found.outputs.items()},
            origins={name: present.origins for name, present in found.outputs.items()},
            events=events,
            problem=_placed(found.problem, events),
        )

    async def _prepared(self) -> None:
        """Reads whatever nodes will need before the first call is paid for. Rows that come later find it done."""
        if self._preparation is None:
            self._preparation = asyncio.ensure_future(self._prepare())
        await asyncio.shield(self._preparation)

    async def _prepare(self) -> None:
        for graph in graphs_of(self.graph):
            for node in graph.nodes:
                await RUNNERS[node.kind].prepare(graph, node, self.services)


class RowExecution:
    """One row under way. Implements `nodes.protocol.Context`."""

    def __init__(self, execution: Execution, row: str) -> None:
        self.id = row
        self.replica = execution.settings.replica
        self.purpose = execution.settings.purpose
        self.services = execution.services
        self.stopped: Problem | None = None
        self._execution = execution

    async def execute(self, inputs: Values) -> GraphOutcome:
        """Executes the graph of the run."""
        present = {name: Present(value, (Origin(None, name),)) for name, value in inputs.items() if value is not None}
        graph = self._execution.graph
        return await Scope(self, self._execution.plan(graph), present, None).execute()

    async def run_graph(self, graph: Graph, inputs: Mapping[str, Present], caller: EventKey) -> GraphOutcome:
        """Executes a graph that a node calls."""
        return await Scope(self, self._execution.plan(graph), inputs, caller).execute()

    def override(self, key: EventKey) -> Values | None:
        """The outputs to put in the place of an execution, if any."""
        overrides = self._execution.settings.overrides
        return overrides.get((key.row, key.path, key.iteration)) if overrides else None

    def asked_to_stop(self) -> Problem | None:
        """Why nothing new may begin in this row: it was given up, or the user wants to stop."""
        if self.stopped is None and self._execution.cancellation.requested:
            self.stopped = STOPPED
        return self.stopped

    def give_up(self, problem: Problem) -> Problem:
        """Ends the row: it cannot be scored any more, so its other nodes would be paid for in vain. Returns the reason to tell."""
        if problem.kind is ProblemKind.BUDGET and self._execution.cancellation.requested:
            problem = STOPPED  # whoever stops a run takes its budget away, so that calls in the queue are not sent
        self.stopped = self.stopped or problem
        return problem

    def listener(self, key: EventKey) -> Callable[[str], None] | None:
        """Whom to tell the text of this execution piece by piece, if anyone."""
        stream = self._execution.settings.stream
        return stream.push if stream is not None and stream.path == key.path else None

    def emit(self, event: Event) -> None:
        """Tells the listener."""
        if self._execution.settings.listener is not None:
            self._execution.settings.listener(event)


def _placed(problem: Problem | None, events: Iterable[Event]) -> Problem | None:
    """The problem of a run; what a provider did is told together with the node that asked it."""
    if problem is None or problem.kind is not ProblemKind.PROVIDER:
        return problem
    path = next((event.key.path for event in events if event.problem == problem), None)
    return problem if path is None else replace(problem, message=f"{path}: {problem.message}")


def flattened(trace: Trace) -> tuple[Event, ...]:
    """The events of nested traces in order, without recursion."""
    events: list[Event] = []
    pending: list[Event | Trace] = [trace]
    while pending:
        part = pending.pop()
        if isinstance(part, Event):
            events.append(part)
        else:
            pending.extend(reversed(part))
    return tuple(events)
