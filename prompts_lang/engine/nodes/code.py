"""Code in the sandbox. An exception, a time limit or a wrong type is a value: the node has failed, the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts_lang.data.content import content_key
from prompts_lang.engine.nodes.protocol import Context, Outcome, Services, Task
from prompts_lang.engine.sandbox.model import Limits, SandboxProblemKind, SandboxResult
from prompts_lang.engine.structured import Misfit, fit_outputs
from prompts_lang.engine.values import Cost, Problem, ProblemKind
from prompts_lang.graph.model import CodeBody, Graph, Node

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

PRINTED = 4000
"""Characters of what the code printed that are kept for the trace."""

KINDS = {
    SandboxProblemKind.EXCEPTION: ProblemKind.EXCEPTION,
    SandboxProblemKind.TIMEOUT: ProblemKind.TIMEOUT,
    SandboxProblemKind.MEMORY: ProblemKind.RESOURCES,
    SandboxProblemKind.OUTPUT: ProblemKind.RESOURCES,
    SandboxProblemKind.KILLED: ProblemKind.RESOURCES,
    SandboxProblemKind.PROTOCOL: ProblemKind.EXCEPTION,
    SandboxProblemKind.REFUSED: ProblemKind.EXCEPTION,
}

_LASTING = {SandboxProblemKind.EXCEPTION, SandboxProblemKind.REFUSED}
"""Problems that the same code has every time; others may be due to a busy machine and are not remembered."""


class CodeRunner:
    """Runs a function or a few lines in the sandbox, or recalls what they gave before."""

    async def prepare(self, graph: Graph, node: Node, services: Services) -> None:  # noqa: ARG002  as the protocol has it
        """Reads the code."""
        services.resources.code(node)

    async def run(self, task: Task, context: Context) -> Outcome:
        """Executes once."""
        body = task.node.body
        assert isinstance(body, CodeBody)  # noqa: S101  the table of runners sends code nodes only
        unit = context.services.resources.code(task.node)
        arguments = dict(task.inputs)
        key = content_key("code", [unit.digest, arguments])
        limits = Limits(seconds=body.timeout, memory_bytes=body.memory)

        async def execute() -> tuple[JsonValue, bool]:
            result = await context.services.sandbox.call(unit.code, arguments, limits)
            return recorded(result), lasting(result)

        record, cached = await context.services.results.get(key, execute)
        return _outcome(record, task, key, cached=cached)


def lasting(result: SandboxResult) -> bool:
    """Whether the same code gives this result every time, so that it is worth remembering."""
    return result.problem is None or result.problem.kind in _LASTING


def recorded(result: SandboxResult) -> JsonValue:
    """A result as it is remembered."""
    record: dict[str, JsonValue] = {
        "value": None if result.value is None else dict(result.value),
        "printed": (result.stdout + result.stderr)[:PRINTED],
        "seconds": result.seconds,
    }
    if (problem := result.problem) is not None:
        record |= {"kind": problem.kind.value, "message": problem.message, "traceback": problem.traceback}
    return record


def _outcome(record: JsonValue, task: Task, key: str, *, cached: bool) -> Outcome:
    assert isinstance(record, dict)  # noqa: S101  made by `recorded`
    seconds = record["seconds"]
    cost = Cost(seconds=seconds) if isinstance(seconds, float) and not cached else Cost()
    reply = str(record["printed"])
    if "kind" in record:
        kind = KINDS[SandboxProblemKind(str(record["kind"]))]
        problem = Problem(kind, str(record["message"]), detail=str(record["traceback"]))
        return Outcome(problem=problem, reply=reply, cost=cost, cached=cached, memo_key=key)
    outputs = fit_outputs(record["value"], task.node.outputs, "what the code returned")
    if isinstance(outputs, Misfit):
        return Outcome(problem=outputs.problem(), reply=reply, cost=cost, cached=cached, memo_key=key)
    return Outcome(outputs, reply=reply, cost=cost, cached=cached, memo_key=key)
