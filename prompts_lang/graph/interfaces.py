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
        self._nodes: dict[str, Mapping[str, NodeInterface]] = {}
        self._unchanged: set[str] = set()

    def graph(self, name: str) -> GraphInterface:
        """The interface of a graph of this module. Graphs that it calls come first, without recursion: chains of calls may be long."""
        entered: set[str] = set()
        pending = [name]
        while pending:
            graph = pending[-1]
            if graph in entered:
                self._graphs[graph] = self._finished(self._graphs[graph], graph)
                entered.remove(graph)
                pending.pop()
            elif graph in self._graphs:
                pending.pop()
            else:
                entered.add(graph)
                self._graphs[graph] = GraphInterface(self._inputs(graph), (), complete=False)
                pending.extend(callee for callee in reversed(self._called(graph)) if callee in self._module.graphs)
        return self._graphs[name]

    def _inputs(self, graph: str) -> tuple[Port, ...]:
        head = self._module.graphs[graph].head
        before = self._previous
        if before is not None and graph in before.graphs and before.module.graphs[graph].head is head:
            return before.graphs[graph].inputs
        return graph_inputs(head.declaration) if isinstance(head.declaration, nodes.GraphDeclaration) else ()

    def _finished(self, started: GraphInterface, name: str) -> GraphInterface:
        """The interface with its outputs, once those of all graphs that it calls are known."""
        before = self._previous
        if before is not None and self._has_not_changed(name, before):
            self._unchanged.add(name)
            self._nodes[name] = before.nodes[name]
            return before.graphs[name]
        declaration = self._module.graphs[name].head.declaration
        if not isinstance(declaration, nodes.GraphDeclaration):
            return started
        outputs = graph_outputs(declaration, Scope({}, types_of(started.inputs), self.nodes(name)), Report())
        ports = tuple(Port(output.name, output.type) for output in outputs)
        return GraphInterface(started.inputs, ports, complete=len(outputs) == len(declaration.outputs))

    def is_unchanged(self, graph: str) -> bool:
        """Whether a graph whose interface is known has the very entries of before, and so has whatever it calls the interface of before."""
        return graph in self._unchanged

    def _has_not_changed(self, graph: str, before: Resolution) -> bool:
        if before.module.graphs.get(graph) is not self._module.graphs[graph]:
            return False
        return all(self._is_known(callee, before) for callee in self._called(graph))

    def _is_known(self, callee: str, before: Resolution) -> bool:
        if callee in self._module.graphs:
            return self._graphs[callee] is before.graphs.get(callee)
        return callee not in before.graphs and self._imported.get(callee) == before.names.get(callee)

    def _called(self, graph: str) -> list[str]:
        """The names of the graphs that nodes of a graph call."""
        declarations = (entry.declaration for entry in self._module.graphs[graph].nodes.values())
        targets = (one.graph for one in declarations if isinstance(one, nodes.CallDeclaration))
        return [target.text for target in targets if target is not None]

    def nodes(self, graph: str) -> Mapping[str, NodeInterface]:
        """The interfaces of a graph's nodes, in file order."""
        if graph not in self._nodes:
            members = self._module.graphs[graph].nodes
            before = self._known(graph)
            found: dict[str, NodeInterface] = {}
            for name, entry in members.items():
                known = before.get(name)
                is_same = known is not None and known[0] is entry.declaration
                found[name] = known[1] if known is not None and is_same else self._node(entry)
            self._nodes[graph] = found
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
        interface, before = self.graph(graph), self._previous
        if before is not None and graph in self._unchanged and names is before.names:
            return before.scopes[graph]
        return Scope(names, types_of(interface.inputs), self.nodes(graph))

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
