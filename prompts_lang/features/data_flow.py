"""The flow of data as a call hierarchy: what comes into a node, and where its outputs go.

A producer counts as the caller of those that take its values. The two ends of a graph stand for the graph itself: it calls
the nodes that take its inputs, and is called by the call nodes that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.locations import occurrences_at
from prompts_lang.features.occurrences import occurrences
from prompts_lang.features.symbols import FileSymbol, InputSymbol, NodeSymbol, OutputSymbol
from prompts_lang.features.wiring import Value, references_of, short_inputs, value_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class FlowItem:
    """A node, or a graph where `node` is None. `span` is its whole declaration and `name_span` its name."""

    file: Path
    graph: str
    node: str | None
    kind: str
    detail: str
    span: Span
    name_span: Span

    @property
    def name(self) -> str:
        """What it is called."""
        return self.graph if self.node is None else self.node


@dataclass(frozen=True, slots=True)
class Flow:
    """One neighbour, and the places in the producer where the values that flow are declared."""

    item: FlowItem
    spans: tuple[Span, ...]


def flow_item_at(project: Project, path: Path, offset: int) -> FlowItem | None:
    """The node or graph whose name stands at an offset, wherever it is declared."""
    meaning = project.meaning(path)
    for _, occurrence in () if meaning is None else occurrences_at(meaning, offset):
        match occurrence.symbol:
            case NodeSymbol(file, graph, node) | OutputSymbol(file, graph, node):
                return flow_item(project, file, graph, node)
            case InputSymbol(file, graph) | FileSymbol(file, graph):
                found = flow_item(project, file, graph, None)
                if found is not None:
                    return found
            case _:
                pass
    return None


def flow_item(project: Project, file: Path, graph: str, node: str | None) -> FlowItem | None:
    """A node by its names, or a graph; None where there is no such thing any more."""
    meaning = project.meaning(file)
    group = None if meaning is None else meaning.module.graphs.get(graph)
    if meaning is None or group is None:
        return None
    entry = group.head if node is None else group.nodes.get(node)
    return None if entry is None else _item(meaning, entry, graph, node)


def incoming(project: Project, files: Iterable[Path], item: FlowItem) -> tuple[Flow, ...]:
    """What gives values to a node, in file order; for a graph, the call nodes of all files that call it."""
    meaning = project.meaning(item.file)
    if meaning is None:
        return ()
    if item.node is None:
        return tuple(_callers(project, files, item))
    entry = meaning.module.graphs[item.graph].nodes.get(item.node)
    if entry is None:
        return ()
    found: dict[str | None, list[Span]] = {}
    for producer, output in _taken(meaning, entry, item.graph):
        found.setdefault(producer, []).extend(_declared(meaning, item.graph, producer, output))
    return tuple(_flows(project, item, found))


def outgoing(project: Project, item: FlowItem) -> tuple[Flow, ...]:
    """What takes the values of a node, in file order; for a graph, the nodes that take its inputs."""
    meaning = project.meaning(item.file)
    if meaning is None or item.graph not in meaning.module.graphs:
        return ()
    group = meaning.module.graphs[item.graph]
    found: dict[str | None, list[Span]] = {}
    for name, entry in (*group.nodes.items(), (None, group.head)):
        for producer, output in _taken(meaning, entry, item.graph):
            if producer == item.node and (producer, name) != (None, None):
                found.setdefault(name, []).extend(_declared(meaning, item.graph, producer, output))
    return tuple(_flows(project, item, found))


def results_from(meaning: FileMeaning, graph: str) -> tuple[str, ...]:
    """The nodes whose values are the results of a graph, in the order of its head."""
    group = meaning.module.graphs.get(graph)
    if group is None:
        return ()
    return tuple(dict.fromkeys(producer for producer, _ in _taken(meaning, group.head, graph) if producer is not None))


def _flows(project: Project, item: FlowItem, found: dict[str | None, list[Span]]) -> Iterator[Flow]:
    for name, spans in found.items():
        neighbour = flow_item(project, item.file, item.graph, name)
        if neighbour is not None:
            yield Flow(neighbour, tuple(dict.fromkeys(spans)))


def _callers(project: Project, files: Iterable[Path], item: FlowItem) -> Iterator[Flow]:
    wanted = FileSymbol(item.file, item.graph)
    for file in dict.fromkeys([item.file, *files]):
        meaning = project.meaning(file)
        for entry in () if meaning is None else meaning.module.entries:
            declaration = entry.declaration
            if meaning is None or entry.graph is None or not isinstance(declaration, nodes.CallDeclaration):
                continue
            places = [found for found in occurrences(meaning, entry) if found.symbol == wanted]
            if places and declaration.name is not None:
                spans = tuple(meaning.position(entry, place.span) for place in places)
                yield Flow(_item(meaning, entry, entry.graph, declaration.name.text), spans)


def _taken(meaning: FileMeaning, entry: Entry, graph: str) -> Iterator[Value]:
    """The values that a declaration takes."""
    members = meaning.resolution.nodes.get(graph, {})
    for reference in references_of(entry.declaration):
        if (value := value_of(reference, members)) is not None:
            yield value
    yield from (Value(None, parameter.name.text) for parameter in short_inputs(entry.declaration))


def _declared(meaning: FileMeaning, graph: str, node: str | None, output: str) -> Iterator[Span]:
    """Where a value is declared in its producer; its name where it declares none of that name."""
    group = meaning.module.graphs[graph]
    entry = group.head if node is None else group.nodes.get(node)
    if entry is None:
        return
    match entry.declaration:
        case nodes.GraphDeclaration(inputs=ports) | nodes.NodeDeclaration(outputs=ports):
            named = [port.name for port in ports if port.name.text == output]
        case _:
            named = []
    name = entry.declaration.name
    for one in named or ([name] if name is not None else []):
        yield meaning.position(entry, one.span)


def _item(meaning: FileMeaning, entry: Entry, graph: str, node: str | None) -> FlowItem:
    declaration = entry.declaration
    name = declaration.name or declaration.keyword
    head = meaning.position(entry, declaration.head_span).of(meaning.syntax.text).decode("utf-8", "replace")
    return FlowItem(
        meaning.path,
        graph,
        node,
        declaration.keyword.text,
        head,
        meaning.position(entry, declaration.span),
        meaning.position(entry, name.span),
    )
