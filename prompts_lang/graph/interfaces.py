"""Computes the interfaces of a module's graphs and nodes from heads alone, each once, on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prompts_lang.graph.interface import GraphInterface, NameInterface, NodeInterface, Scope
from prompts_lang.graph.model import Port
from prompts_lang.graph.module import Entry, Module
from prompts_lang.graph.resolve.declarations import graph_outputs
from prompts_lang.graph.resolve.heads import call_interface, graph_inputs, node_interface
from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.types import Type
from prompts_lang.syntax import nodes

if TYPE_CHECKING:
    from prompts_lang.graph.resolution import Resolution


class Interfaces:
    """The interfaces of one module. A graph that calls itself is incomplete, so that the look-up ends."""

    def __init__(
        self, module: Module, imported: Mapping[str, NameInterface], previous: Resolution | None = None
    ) -> None:
        self._module = module
        self._imported = imported
        self._previous = previous
        self._graphs: dict[str, GraphInterface] = {}
        self._nodes: dict[str, dict[str, NodeInterface]] = {}

    def graph(self, name: str) -> GraphInterface:
        """The interface of a graph of this module."""
        if (known := self._graphs.get(name)) is not None:
            return known
        declaration = self._module.graphs[name].head.declaration
        inputs = graph_inputs(declaration) if isinstance(declaration, nodes.GraphDeclaration) else ()
        self._graphs[name] = GraphInterface(inputs, (), complete=False)
        if isinstance(declaration, nodes.GraphDeclaration):
            scope = Scope({}, types_of(inputs), self.nodes(name))
            outputs = graph_outputs(declaration, scope, Report())
            complete = len(outputs) == len(declaration.outputs)
            ports = tuple(Port(output.name, output.type) for output in outputs)
            self._graphs[name] = GraphInterface(inputs, ports, complete)
        return self._graphs[name]

    def nodes(self, graph: str) -> dict[str, NodeInterface]:
        """The interfaces of a graph's nodes, in file order."""
        if graph not in self._nodes:
            members = self._module.graphs[graph].nodes
            before = self._known(graph)
            self._nodes[graph] = {}
            for name, entry in members.items():
                known = before.get(name)
                is_same = known is not None and known[0] is entry.declaration
                self._nodes[graph][name] = known[1] if known is not None and is_same else self._node(entry)
        return self._nodes[graph]

    def _known(self, graph: str) -> dict[str, tuple[nodes.Declaration, NodeInterface]]:
        """The interfaces of before with the declarations that they were read from; without calls, which depend on others."""
        before = self._previous
        if before is None or graph not in before.module.graphs:
            return {}
        entries, interfaces = before.module.graphs[graph].nodes, before.nodes[graph]
        return {
            name: (entry.declaration, interfaces[name])
            for name, entry in entries.items()
            if isinstance(entry.declaration, nodes.NodeDeclaration)
        }

    def scope(self, graph: str, names: Mapping[str, NameInterface]) -> Scope:
        """What the nodes of a graph can see."""
        return Scope(names, types_of(self.graph(graph).inputs), self.nodes(graph))

    def callee(self, entry: Entry) -> GraphInterface | None:
        """The interface of the graph that a call names, if the entry is a call."""
        declaration = entry.declaration
        if not isinstance(declaration, nodes.CallDeclaration) or declaration.graph is None:
            return None
        return self._named_graph(declaration.graph.text)

    def _named_graph(self, name: str) -> GraphInterface | None:
        if name in self._module.graphs:
            return self.graph(name)
        imported = self._imported.get(name)
        return imported.graph if imported else None

    def _node(self, entry: Entry) -> NodeInterface:
        declaration = entry.declaration
        if isinstance(declaration, nodes.CallDeclaration):
            return call_interface(declaration, self._named_graph)
        assert isinstance(declaration, nodes.NodeDeclaration)  # noqa: S101  build_module puts nothing else here
        return node_interface(declaration)


def types_of(ports: tuple[Port, ...]) -> dict[str, Type]:
    """The ports as a mapping from name to type."""
    return {port.name: port.type for port in ports}
