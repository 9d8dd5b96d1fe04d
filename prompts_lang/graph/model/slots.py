"""Slots: the trainable texts of a graph and of those that it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from prompts_lang.graph.model.nodes import CallBody, Examples, Graph, Node, Section


@dataclass(frozen=True, slots=True, order=True)
class SlotId:
    """The stable name of a trainable text: it survives edits of the text and moves of the node. Written `graph/node/section`."""

    graph: str
    node: str
    section: str

    def __str__(self) -> str:
        return f"{self.graph}/{self.node}/{self.section}"

    @classmethod
    def parse(cls, text: str) -> SlotId:
        """Reads `graph/node/section`; raises ValueError for anything else."""
        graph, node, section = text.split("/")
        return cls(graph, node, section)


@dataclass(frozen=True, slots=True)
class Slot:
    """A trainable text where it stands: its identity, the file, the node and the section it belongs to."""

    id: SlotId
    file: Path
    node: Node
    section: Section | Examples

    @property
    def text(self) -> str:
        """The current text; for examples, the row ids one a line."""
        return "\n".join(self.section.rows) if isinstance(self.section, Examples) else self.section.template.source


def graphs_of(graph: Graph) -> tuple[Graph, ...]:
    """The graph and every graph that it calls, directly or not, each once, every caller before its callees. No recursion over depth."""
    found: dict[tuple[Path, str], Graph] = {}
    calls: dict[tuple[Path, str], tuple[tuple[Path, str], ...]] = {}
    pending = [graph]
    while pending:
        current = pending.pop()
        key = (current.file, current.name)
        if key in found:
            continue
        found[key] = current
        callees = [node.body.graph for node in current.nodes if isinstance(node.body, CallBody)]
        calls[key] = tuple((callee.file, callee.name) for callee in callees)
        pending.extend(reversed(callees))
    return tuple(found[key] for key in reversed(tuple(TopologicalSorter(calls).static_order())))


def slots_of(graph: Graph) -> tuple[Slot, ...]:
    """Every slot of the graph and of the graphs that it calls. A slot of a graph that is called twice is listed once."""
    return tuple(slot for part in graphs_of(graph) for node in part.nodes for slot in _slots_of_node(part, node))


def _slots_of_node(graph: Graph, node: Node) -> Iterator[Slot]:
    if node.frozen:
        return
    for section in node.sections:
        if section.learn:
            yield Slot(SlotId(graph.name, node.name, section.name), graph.file, node, section)
    if (examples := node.examples) and examples.learn:
        yield Slot(SlotId(graph.name, node.name, examples.name), graph.file, node, examples)
