"""Names in scope: of declarations, nodes, inputs, outputs and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from prompts_lang.features.completion.offer import Completion, CompletionKind, Place
from prompts_lang.features.files import beside
from prompts_lang.graph.interface import GraphInterface, NameKind
from prompts_lang.graph.model import Port
from prompts_lang.graph.types import Field, OptionalType, RecordType, Type, describe
from prompts_lang.syntax import nodes


def declared(place: Place, kind: NameKind) -> Iterator[Completion]:
    """The declarations of one kind, of this file and of those that it uses."""
    for name, interface in place.meaning.resolution.names.items():
        if interface.kind is kind:
            yield Completion(name, CompletionKind.NAME, name, place.span, kind.value)


def exported(place: Place) -> Iterator[Completion]:
    """What the file that a `use` line names offers; the path stands behind the cursor."""
    path = re.search(r'\bfrom\s+"([^"]+)"', place.rest)
    file = None if path is None else beside(place.meaning.path, path[1])
    other = None if file is None else place.project.meaning(file)
    for name, interface in () if other is None else other.exported.items():
        yield Completion(name, CompletionKind.NAME, name, place.span, interface.kind.value)


def wiring(place: Place) -> Iterator[Completion]:
    """What a node's input can take: inputs of the graph, other nodes, and after a node and a dot its outputs."""
    graph = graph_of(place)
    if graph is None:
        return
    members = place.meaning.resolution.nodes.get(graph, {})
    if (before := re.search(r"(\w+)\.\w*\Z", place.line)) is not None:
        interface = members.get(before[1])
        yield from _ports(place, () if interface is None else interface.outputs, CompletionKind.OUTPUT)
        return
    yield from _ports(place, place.meaning.resolution.graphs[graph].inputs, CompletionKind.INPUT)
    own_name = place.entry.declaration.name if place.entry else None
    for name, interface in members.items():
        if own_name is None or name != own_name.text:
            detail = ", ".join(f"{port.name}: {describe(port.type)}" for port in interface.outputs)
            yield Completion(name, CompletionKind.NODE, name, place.span, detail)


def inputs(place: Place) -> Iterator[Completion]:
    """The inputs that a text may name."""
    declaration = place.entry.declaration if place.entry else None
    if isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration | nodes.MetricDeclaration):
        for parameter in declaration.inputs:
            name, source = parameter.name.text, parameter.source
            shown = name if source is None else " else ".join(reference.text for reference in source.alternatives)
            yield Completion(name, CompletionKind.INPUT, name, place.span, shown)


def own(place: Place) -> Iterator[Completion]:
    """What a contract may speak of: the node's own outputs and inputs."""
    graph, declaration = graph_of(place), place.entry.declaration if place.entry else None
    name = None if declaration is None else declaration.name
    interface = None if graph is None or name is None else place.meaning.resolution.nodes[graph].get(name.text)
    yield from _ports(place, () if interface is None else interface.outputs, CompletionKind.OUTPUT)
    yield from inputs(place)


def results(place: Place) -> Iterator[Completion]:
    """The outputs of the graph that a call names."""
    callee = _callee(place)
    yield from _ports(place, () if callee is None else callee.outputs, CompletionKind.OUTPUT)


def arguments(place: Place) -> Iterator[Completion]:
    """The inputs of the graph that a call names, as far as they are not given yet."""
    graph = re.match(r"call\s+\w+\s*=\s*(\w+)\(", place.line)
    callee = None if graph is None else _graph(place, graph[1])
    given = set(re.findall(r"[(,]\s*(\w+)\s*[=,]", place.line))
    for port in () if callee is None else callee.inputs:
        if port.name not in given:
            insert = f"{port.name} = "
            yield Completion(port.name, CompletionKind.INPUT, insert, place.span, describe(port.type))


def measured(place: Place) -> Iterator[Completion]:
    """What a metric may look at: outputs of graphs, and the reference answer."""
    for graph in place.meaning.resolution.graphs.values():
        yield from _ports(place, graph.outputs, CompletionKind.OUTPUT)
    yield Completion("expected", CompletionKind.INPUT, "expected", place.span, "the reference answer of the row")


def fields(place: Place, path: Sequence[str]) -> Iterator[Completion]:
    """The fields of a value, by the input's name and the fields on the way."""
    type_ = _type_of_input(place, path[0])
    for name in path[1:]:
        type_ = next((field.type for field in _fields_of(type_) if field.name == name), None)
    for field in _fields_of(type_):
        yield Completion(field.name, CompletionKind.OUTPUT, field.name, place.span, describe(field.type))


def graph_of(place: Place) -> str | None:
    """The graph whose names can be seen."""
    if place.entry is None:
        return None
    if place.entry.graph is not None:
        return place.entry.graph
    name = place.entry.declaration.name
    is_graph = isinstance(place.entry.declaration, nodes.GraphDeclaration) and name is not None
    return name.text if is_graph and name and name.text in place.meaning.resolution.graphs else None


def _ports(place: Place, ports: Iterable[Port], kind: CompletionKind) -> Iterator[Completion]:
    for port in ports:
        yield Completion(port.name, kind, port.name, place.span, describe(port.type))


def _callee(place: Place) -> GraphInterface | None:
    declaration = place.entry.declaration if place.entry else None
    if not isinstance(declaration, nodes.CallDeclaration) or declaration.graph is None:
        return None
    return _graph(place, declaration.graph.text)


def _graph(place: Place, name: str) -> GraphInterface | None:
    resolution = place.meaning.resolution
    interface = resolution.names.get(name)
    return resolution.graphs.get(name) or (None if interface is None else interface.graph)


def _type_of_input(place: Place, name: str) -> Type | None:
    """The type of what fills a node's input, by the head alone: the body is being typed."""
    graph, declaration = graph_of(place), place.entry.declaration if place.entry else None
    if graph is None or not isinstance(declaration, nodes.NodeDeclaration):
        return None
    parameter = next((parameter for parameter in declaration.inputs if parameter.name.text == name), None)
    if parameter is None:
        return None
    source = [name] if parameter.source is None else [part.text for part in parameter.source.alternatives[0].parts]
    interface = place.meaning.resolution.nodes[graph].get(source[0])
    if interface is None:
        ports = place.meaning.resolution.graphs[graph].inputs
        return next((port.type for port in ports if port.name == source[0]), None)
    output = interface.outputs[0] if len(source) == 1 and interface.outputs else interface.output(source[-1])
    return None if output is None else output.type


def _fields_of(type_: Type | None) -> tuple[Field, ...]:
    match type_:
        case OptionalType(inner):
            return _fields_of(inner)
        case RecordType(found):
            return found
        case _:
            return ()
