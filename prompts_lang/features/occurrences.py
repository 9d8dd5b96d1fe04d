"""Finds every name in a declaration that stands for something known: what navigation, rename, hover and tokens are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.symbols import (
    FileSymbol,
    InputSymbol,
    LocalSymbol,
    NodeSymbol,
    Occurrence,
    OutputSymbol,
    ResultSymbol,
    Role,
    Symbol,
)
from prompts_lang.graph.interface import NameKind, NodeInterface
from prompts_lang.graph.module import Entry
from prompts_lang.graph.order import references_in
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.properties import Takes, property_of
from prompts_lang.graph.resolve.heads import output_name
from prompts_lang.syntax import nodes


def occurrences(meaning: FileMeaning, entry: Entry) -> Iterator[Occurrence]:
    """Every name in one declaration that stands for something known, in no particular order."""
    match entry.declaration:
        case nodes.NodeDeclaration() as node:
            yield from _Reader(meaning, entry.graph or "", node).node(node)
        case nodes.CallDeclaration() as call:
            yield from _Reader(meaning, entry.graph or "", call).call(call)
        case nodes.GraphDeclaration() as graph:
            yield from _Reader(meaning, graph.name.text if graph.name else "", graph).graph_head(graph)
        case nodes.UseDeclaration(names=names):
            for name in names:
                if (origin := meaning.imports.get(name.text)) is not None:
                    yield Occurrence(FileSymbol(origin, name.text), name.span, Role.REFERENCE)
        case declaration:
            yield from _Reader(meaning, "", declaration).other(declaration)


def canonical(project: Project, symbol: Symbol) -> Symbol:
    """The symbol under which a name is written where it is declared.

    An output of a graph that its head does not name, as in `-> reply.answer`, is the output of the node, or the input, that fills it.
    """
    seen: set[Symbol] = set()
    while isinstance(symbol, ResultSymbol) and symbol not in seen:
        seen.add(symbol)
        meaning = project.meaning(symbol.file)
        filled = None if meaning is None else _filled_by(meaning, symbol)
        if filled is None:
            return symbol
        symbol = filled
    return symbol


def _filled_by(meaning: FileMeaning, symbol: ResultSymbol) -> Symbol | None:
    """What fills an output that the graph's head does not name."""
    group = meaning.module.graphs.get(symbol.graph)
    head = None if group is None else group.head.declaration
    if not isinstance(head, nodes.GraphDeclaration):
        return None
    members = meaning.resolution.nodes.get(symbol.graph, {})
    for output in head.outputs:
        if output.name is not None or output.source is None or output_name(output, members) != symbol.name:
            continue
        first, *rest = output.source.alternatives[0].parts
        if not rest and first.text not in members:
            return InputSymbol(symbol.file, symbol.graph, first.text)
        if len(rest) <= 1:
            return _Reader(meaning, symbol.graph, head).output(first.text, symbol.name)
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    meaning: FileMeaning
    graph: str
    declaration: nodes.Declaration

    @property
    def file(self) -> Path:
        return self.meaning.path

    @property
    def name(self) -> str:
        return self.declaration.name.text if self.declaration.name else ""

    # --- declarations

    def node(self, node: nodes.NodeDeclaration) -> Iterator[Occurrence]:
        yield from self._defines(NodeSymbol(self.file, self.graph, self.name))
        for parameter in node.inputs:
            local = LocalSymbol(self.file, self.graph, self.name, parameter.name.text)
            yield from self._parameter(parameter, local)
        for output in node.outputs:
            symbol = OutputSymbol(self.file, self.graph, self.name, output.name.text)
            yield Occurrence(symbol, output.name.span, Role.DEFINITION)
        outputs = {output.name.text for output in node.outputs}
        for item in node.items:
            yield from self._item(item, outputs)

    def call(self, call: nodes.CallDeclaration) -> Iterator[Occurrence]:
        yield from self._defines(NodeSymbol(self.file, self.graph, self.name))
        if call.graph is not None:
            yield from self._file_name(call.graph)
        callee = call.graph.text if call.graph else ""
        for parameter in call.inputs:
            symbol = InputSymbol(self._home(callee), callee, parameter.name.text)
            yield from self._parameter(parameter, symbol, Role.REFERENCE)
        for item in call.items:
            yield from self._item(item, set())

    def graph_head(self, graph: nodes.GraphDeclaration) -> Iterator[Occurrence]:
        yield from self._defines(FileSymbol(self.file, self.name))
        for parameter in graph.inputs:
            symbol = InputSymbol(self.file, self.graph, parameter.name.text)
            yield Occurrence(symbol, parameter.name.span, Role.DEFINITION)
        for output in graph.outputs:
            if output.name is not None:
                symbol = ResultSymbol(self.file, self.graph, output.name.text)
                yield Occurrence(symbol, output.name.span, Role.DEFINITION)
            yield from self._source(output.source)

    def other(self, declaration: nodes.Declaration) -> Iterator[Occurrence]:
        yield from self._defines(FileSymbol(self.file, self.name))
        match declaration:
            case nodes.MetricDeclaration(judge=judge, inputs=inputs):
                if judge is not None:
                    yield from self._file_name(judge)
                for parameter in inputs:
                    symbol = self._measured(parameter.name.text)
                    role = Role.DEFINITION if isinstance(symbol, LocalSymbol) else Role.REFERENCE
                    yield Occurrence(symbol, parameter.name.span, role)
            case nodes.OptimizeDeclaration(graph=graph, dataset=dataset):
                for name in (graph, dataset):
                    if name is not None:
                        yield from self._file_name(name)
            case _:
                pass
        for item in declaration.items:
            yield from self._item(item, set())

    # --- parts

    def _defines(self, symbol: Symbol) -> Iterator[Occurrence]:
        if self.declaration.name is not None:
            yield Occurrence(symbol, self.declaration.name.span, Role.DEFINITION)

    def _parameter(
        self, parameter: nodes.Parameter, symbol: Symbol, role: Role = Role.DEFINITION
    ) -> Iterator[Occurrence]:
        if parameter.source is not None:
            yield Occurrence(symbol, parameter.name.span, role)
            yield from self._source(parameter.source)
            return
        name = parameter.name
        if name.text == self._variable() and isinstance(symbol, LocalSymbol):
            yield Occurrence(symbol, name.span, Role.REFERENCE)
            return
        yield Occurrence(symbol, name.span, Role.LEFT)
        if name.text == self._variable():
            yield Occurrence(self._local_symbol(name.text), name.span, Role.RIGHT)
        elif name.text in self._inputs():
            yield Occurrence(InputSymbol(self.file, self.graph, name.text), name.span, Role.RIGHT)

    def _source(self, source: nodes.Source | None) -> Iterator[Occurrence]:
        for alternative in () if source is None else source.alternatives:
            yield from self._reference(alternative)

    def _reference(self, reference: nodes.Reference) -> Iterator[Occurrence]:
        head, *rest = reference.parts
        if head.text == self._variable():
            yield Occurrence(self._local_symbol(head.text), head.span, Role.REFERENCE)
        elif head.text in self._inputs():
            yield Occurrence(InputSymbol(self.file, self.graph, head.text), head.span, Role.REFERENCE)
        elif (node := self._nodes().get(head.text)) is not None:
            yield Occurrence(NodeSymbol(self.file, self.graph, head.text), head.span, Role.REFERENCE)
            if rest and node.output(rest[0].text) is not None:
                yield Occurrence(self.output(head.text, rest[0].text), rest[0].span, Role.REFERENCE)

    def _item(self, item: nodes.Item, outputs: set[str]) -> Iterator[Occurrence]:
        match item:
            case nodes.ConditionProperty(word=word, condition=condition):
                for reference in references_in(condition):
                    yield from self._reference(reference) if word.text == "when" else self._local(reference, outputs)
            case nodes.EachProperty(variable=variable, source=source):
                if variable is not None:
                    yield Occurrence(self._local_symbol(variable.text), variable.span, Role.DEFINITION)
                if source is not None:
                    yield from self._reference(source)
            case nodes.RepeatProperty(until=until):
                for reference in references_in(until):
                    yield from self._local(reference, outputs)
            case nodes.Section():
                yield from self._section(item)
            case nodes.Property():
                yield from self._property(item)

    def _section(self, section: nodes.Section) -> Iterator[Occurrence]:
        for placeholder in section.placeholders:
            yield from self._local(placeholder.reference, set())
        if section.word.text == "examples":
            words = [value for phrase in section.phrases for value in phrase.values]
            if len(words) > 1 and isinstance(words[1], nodes.Word | nodes.Reference):
                yield from self._file_name(nodes.Name(words[1].text, words[1].span))

    def _local(self, reference: nodes.Reference, outputs: set[str]) -> Iterator[Occurrence]:
        head = reference.parts[0]
        match self.declaration:
            case nodes.CallDeclaration():
                symbol = self._in_call(head.text)
            case nodes.MetricDeclaration():
                symbol = self._measured(head.text)
            case _ if head.text in outputs:
                symbol = OutputSymbol(self.file, self.graph, self.name, head.text)
            case _:
                symbol = self._local_symbol(head.text)
        yield Occurrence(symbol, head.span, Role.REFERENCE)

    def _property(self, item: nodes.Property) -> Iterator[Occurrence]:
        rule = property_of(self.declaration.keyword.text, item.word.text)
        value = item.values[-1] if len(item.values) == (2 if rule and rule.takes is Takes.INDEX else 1) else None
        if rule is None or not isinstance(value, nodes.Word | nodes.Reference):
            return
        name = nodes.Name(value.text, value.span)
        if rule.takes in (Takes.NAME, Takes.INDEX):
            yield from self._file_name(name)
        elif rule.takes is Takes.INPUT:
            yield Occurrence(self._local_symbol(name.text), name.span, Role.REFERENCE)

    def _file_name(self, name: nodes.Name) -> Iterator[Occurrence]:
        found = self.meaning.resolution.names.get(name.text)
        if found is not None and found.kind is not NameKind.UNKNOWN:
            yield Occurrence(FileSymbol(self._home(name.text), name.text), name.span, Role.REFERENCE)

    # --- what is known

    def _local_symbol(self, name: str) -> LocalSymbol:
        return LocalSymbol(self.file, self.graph, self.name, name)

    def _variable(self) -> str | None:
        """The variable of the declaration's `each`."""
        items = (item.variable for item in self.declaration.items if isinstance(item, nodes.EachProperty))
        return next((variable.text for variable in items if variable is not None), None)

    def output(self, node: str, name: str) -> OutputSymbol | ResultSymbol:
        """An output of a node; a call gives the outputs of its graph."""
        entry = self.meaning.module.graphs[self.graph].nodes.get(node)
        declaration = None if entry is None else entry.declaration
        if isinstance(declaration, nodes.CallDeclaration) and declaration.graph is not None:
            callee = declaration.graph.text
            return ResultSymbol(self._home(callee), callee, name)
        return OutputSymbol(self.file, self.graph, node, name)

    def _in_call(self, name: str) -> Symbol:
        """A name in the `until` or `ensure` of a call: an output of its graph, or one of its inputs."""
        call = self.declaration
        callee = call.graph.text if isinstance(call, nodes.CallDeclaration) and call.graph is not None else ""
        if name == self._variable():
            return self._local_symbol(name)
        interface = self.meaning.resolution.nodes.get(self.graph, {}).get(self.name)
        if interface is not None and interface.output(name) is not None:
            return ResultSymbol(self._home(callee), callee, name)
        return InputSymbol(self._home(callee), callee, name)

    def _measured(self, name: str) -> ResultSymbol | LocalSymbol:
        """An input of a metric: an output of a graph that is optimised by it, or a name of its own."""
        for entry in self.meaning.module.entries:
            block = entry.declaration
            if not isinstance(block, nodes.OptimizeDeclaration) or block.graph is None:
                continue
            words = (item for item in block.items if item.word.text in ("maximize", "minimize"))
            named = {
                value.text
                for item in words
                if isinstance(item, nodes.Property)
                for value in item.values
                if isinstance(value, nodes.Word)
            }
            interface = self.meaning.resolution.names.get(block.graph.text)
            graph = self.meaning.resolution.graphs.get(block.graph.text) or (interface.graph if interface else None)
            if self.name in named and graph is not None and any(port.name == name for port in graph.outputs):
                return ResultSymbol(self._home(block.graph.text), block.graph.text, name)
        return self._local_symbol(name)

    def _home(self, name: str) -> Path:
        return self.meaning.imports.get(name, self.file)

    def _inputs(self) -> frozenset[str]:
        interface = self.meaning.resolution.graphs.get(self.graph)
        return frozenset() if interface is None else frozenset(port.name for port in interface.inputs)

    def _nodes(self) -> Mapping[str, NodeInterface]:
        return self.meaning.resolution.nodes.get(self.graph, {})
