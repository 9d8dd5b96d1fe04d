"""Calls of another graph. Rounds of a loop and items of a map are separate executions, made by the executor."""

from __future__ import annotations

from prompts_lang.engine.nodes.protocol import Context, Outcome, Present, Services, Task
from prompts_lang.engine.values import Origin
from prompts_lang.graph.model import CallBody, Graph, Node


class CallRunner:
    """Runs the graph of a call on the call's inputs."""

    async def prepare(self, graph: Graph, node: Node, services: Services) -> None:
        """Nothing to read: the nodes of the called graph are prepared themselves."""

    async def run(self, task: Task, context: Context) -> Outcome:
        """Executes the graph once. An output that the call declares is there where the graph gave it."""
        body = task.node.body
        assert isinstance(body, CallBody)  # noqa: S101  the table of runners sends calls only
        inputs = {
            name: Present(value, (Origin(None, name),)) for name, value in task.inputs.items() if value is not None
        }
        found = await context.run_graph(body.graph, inputs, task.key)
        wanted = {port.name: found.outputs[port.name] for port in task.node.outputs if port.name in found.outputs}
        return Outcome(
            outputs={name: present.value for name, present in wanted.items()},
            problem=found.problem,
            output_origins={name: present.origins for name, present in wanted.items()},
            inner=found.trace,
        )
