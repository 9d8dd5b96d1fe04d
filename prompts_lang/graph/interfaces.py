"""Computes the interfaces of a module's graphs and nodes from heads alone, each once, on demand."""

from __future__ import annotations

from collections.abc import Mapping

from prompts_lang.graph.interface import GraphInterface, NameInterface, NodeInterface, Scope
from prompts_lang.graph.model import Port
from prompts_lang.graph.module import Entry, Module
from prompts_lang.graph.resolve.declarations import graph_outputs
from prompts_lang.graph.resolve.heads import call_interface, graph_inputs, node_interface
from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.types import Type
from prompts_lang.syntax import nodes


class Interfaces:
    """The interfaces of one module. A graph that calls itself is incomplete, so that the look-up ends."""

    def __init__(self, module: Module, imported: Mapping[str, NameInterface]) -> None:
        self._module = module
        self._imported = imported
        self._graphs: dict[str, GraphInterface] = {}
        self._nodes: dict[str, dict[str, NodeInterface]] = {}

    def graph(self, name: str) -> GraphInterface:
        """The interface of a graph of this module."""
        if (known := self._graphs.get(name)) is not None:
            return known
        head = self._module.graphs[name].head
        declaration = head.declaration if head else None
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
            self._nodes[graph] = {}
            self._nodes[graph].update({name: self._node(entry) for name, entry in members.items()})
        return self._nodes[graph]

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
