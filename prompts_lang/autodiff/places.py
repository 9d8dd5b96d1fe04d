"""Where a node stands in a run: below the calls that lead to it. All its iterations, on all rows, share one place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from prompts_lang.graph.model import CallBody, Graph, Node, Slot, slots_of


@dataclass(frozen=True, slots=True)
class Place:
    """A node at the end of a path of calls.

    `position` compares places in topological order: the node's index in its graph, one number for every call on the way.
    """

    path: str
    node: Node
    graph: str
    position: tuple[int, ...]
    slots: tuple[Slot, ...]

    @property
    def name(self) -> str:
        """The declaration's name, as in a slot's identity: `graph/node`."""
        return f"{self.graph}/{self.node.name}"


class Places:
    """The places of a graph, looked up by path when first needed: a sub-graph that is called twice has two of each of its nodes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._found: dict[str, Place] = {}
        self._indexes: dict[int, dict[str, int]] = {}
        self._slots: dict[tuple[str, str], list[Slot]] = defaultdict(list)
        for slot in slots_of(graph):
            self._slots[slot.id.graph, slot.id.node].append(slot)

    def __getitem__(self, path: str) -> Place:
        """The place of that path; KeyError where the graph has none."""
        if path not in self._found:
            graph, position = self.graph, ()
            *calls, last = path.split("/")
            for name in calls:
                position = (*position, self._index(graph, name))
                body = graph.nodes[position[-1]].body
                if not isinstance(body, CallBody):
                    raise KeyError(path)
                graph = body.graph
            position = (*position, self._index(graph, last))
            slots = tuple(self._slots.get((graph.name, last), ()))
            self._found[path] = Place(path, graph.nodes[position[-1]], graph.name, position, slots)
        return self._found[path]

    def _index(self, graph: Graph, name: str) -> int:
        if id(graph) not in self._indexes:
            self._indexes[id(graph)] = {node.name: index for index, node in enumerate(graph.nodes)}
        return self._indexes[id(graph)][name]
