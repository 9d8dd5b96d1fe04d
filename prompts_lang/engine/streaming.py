"""Finds the node whose words are the output of a graph, so that they can be shown as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts_lang.engine.structured import is_plain
from prompts_lang.graph.model import CallBody, LlmBody

if TYPE_CHECKING:
    from prompts_lang.graph.model import Graph


def streamed_path(graph: Graph) -> str | None:
    """The path of the llm node whose reply is the graph's one output, word for word; None where there is no such node.

    A node with a contract, in a map or in a loop does not count: what it said might not stand.
    """
    if len(graph.outputs) != 1:
        return None
    path, wanted = "", graph.outputs[0].name
    while True:
        source = next(output.source for output in graph.outputs if output.name == wanted)
        reference = source.alternatives[0]
        if len(source.alternatives) > 1 or reference.node is None or reference.path:
            return None
        node, wanted = graph.node(reference.node), reference.output
        if node.each is not None or node.ensure:
            return None
        match node.body:
            case LlmBody():
                return path + node.name if is_plain(node.outputs) else None
            case CallBody(graph=called, repeat=None):
                path, graph = f"{path}{node.name}/", called
            case _:
                return None
