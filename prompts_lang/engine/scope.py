"""One graph being executed on one set of inputs: a node starts as soon as what it needs is there.

Nodes that become ready together are tasks of their own; one that becomes ready alone goes on in the task of the node before it. Neither the
length of a chain nor the depth of calls costs any stack. Events are kept by the position of their node in the graph and handed out in that
order: whatever the timing, the trace is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prompts_lang.engine.nodes.protocol import GraphOutcome, Present, Trace
from prompts_lang.engine.plan import needs_of
from prompts_lang.engine.render import field_of
from prompts_lang.engine.unroll import execute_node
from prompts_lang.engine.values import Event, EventKey, Problem, ProblemKind, Status
from prompts_lang.graph.types import OptionalType

if TYPE_CHECKING:
    from prompts_lang.engine.execution import RowExecution
    from prompts_lang.engine.plan import Plan
    from prompts_lang.graph.model import GraphOutput, Reference, Source
    from prompts_lang.graph.types import JsonValue


class Scope:
    """The values of one graph execution, by the node and output (or the graph input) that gave them.

    Args:
        row: The run that this is part of.
        plan: The graph.
        inputs: Its inputs by name, those that are present.
        caller: The key of the call that it is executed for; None for the graph of the run itself.
    """

    def __init__(self, row: RowExecution, plan: Plan, inputs: Mapping[str, Present], caller: EventKey | None) -> None:
        self.row = row
        self.graph = plan.graph
        self._plan = plan
        self._prefix = "" if caller is None else f"{caller.path}/"
        self._iteration = () if caller is None else caller.iteration
        self._present: dict[tuple[str | None, str], Present] = {(None, name): value for name, value in inputs.items()}
        self._waiting = list(plan.waits_for)
        self._traces: list[Trace] = [[] for _ in plan.graph.nodes]

    async def execute(self) -> GraphOutcome:
        """Executes all nodes and gathers the outputs."""
        async with asyncio.TaskGroup() as group:
            for position, count in enumerate(self._plan.waits_for):
                if count == 0:
                    group.create_task(self._step(position, group))
        trace: Trace = [part for part in self._traces if part]
        if self.row.stopped is not None:
            return GraphOutcome({}, trace, self.row.stopped)
        outputs = {output.name: self.resolve(output.source) for output in self.graph.outputs}
        present = {name: value for name, value in outputs.items() if value is not None}
        missing = (output for output in self.graph.outputs if output.name not in present)
        needed = next((output for output in missing if not isinstance(output.type, OptionalType)), None)
        return GraphOutcome(present, trace, None if needed is None else self._absence(needed))

    async def _step(self, position: int | None, group: asyncio.TaskGroup) -> None:
        while position is not None and self.row.stopped is None:
            self._traces[position] = await execute_node(self, self.graph.nodes[position])
            ready: list[int] = []
            for dependant in self._plan.dependants[position]:
                self._waiting[dependant] -= 1
                if self._waiting[dependant] == 0:
                    ready.append(dependant)
            position = ready.pop() if ready else None
            for other in ready:
                group.create_task(self._step(other, group))

    # -- what `execute_node` needs

    def key(self, node: str, iteration: tuple[int, ...] = ()) -> EventKey:
        """The key of an execution of a node; `iteration` numbers its own map and loop, below those of the calls around."""
        return EventKey(self.row.id, self._prefix + node, self._iteration + iteration, self.row.replica)

    def resolve(self, source: Source, local: Mapping[str, Present] | None = None) -> Present | None:
        """The first alternative that is present. `local` has names that hide the graph's inputs, as the variable of an `each`."""
        for reference in source.alternatives:
            found = self._find(reference, local or {})
            if found is None:
                continue
            value = field_of(found.value, reference.path)
            if value is not None:
                return Present(value, found.origins, found.itemwise and not reference.path)
        return None

    def value(self, reference: Reference) -> JsonValue:
        """The value of a reference in a condition; None where it is absent."""
        found = self._find(reference, {})
        return None if found is None else field_of(found.value, reference.path)

    def publish(self, node: str, outputs: Mapping[str, Present]) -> None:
        """Makes the outputs of a node known to those that wait for it."""
        for name, present in outputs.items():
            self._present[node, name] = present

    def _find(self, reference: Reference, local: Mapping[str, Present]) -> Present | None:
        if reference.node is None and reference.output in local:
            return local[reference.output]
        return self._present.get((reference.node, reference.output))

    # -- an output that is not there

    def _absence(self, output: GraphOutput) -> Problem:
        """Says which node kept an output from being there: among those that it depends on, the first one that failed, or was skipped."""
        above = self._above(output)
        events = [event for part in self._traces for event in part if isinstance(event, Event) and event.node in above]
        for status, ended in _ENDED.items():
            if cause := next((event for event in events if event.status is status), None):
                because = f": {_shortened(cause.problem.message)}" if cause.problem is not None else ""
                kind = cause.problem.kind.value if cause.problem is not None else status.value
                message = f"'{output.name}' is absent, because node '{cause.node}' {ended}{because}"
                return Problem(ProblemKind.ABSENT, message, detail=f"{cause.graph}/{cause.node}: {kind}")
        return Problem(ProblemKind.ABSENT, f"'{output.name}' is absent: nothing gave it a value", detail=output.name)

    def _above(self, output: GraphOutput) -> set[str]:
        """The nodes that an output depends on, directly or not."""
        above: set[str] = set()
        waiting = [reference.node for reference in output.source.alternatives if reference.node is not None]
        while waiting:
            name = waiting.pop()
            if name not in above:
                above.add(name)
                waiting.extend(needs_of(self.graph.node(name)))
        return above


_ENDED = {Status.FAILED: "failed", Status.SKIPPED: "was skipped", Status.BLOCKED: "lacked an input"}


def _shortened(message: str, most: int = 240) -> str:
    # A call's message quotes that of a node inside, which may be a call again: without a limit it would grow with the depth.
    return message if len(message) <= most else message[: most - 1] + "…"
