"""Names and where they occur: what definition, references, highlight, rename and hover are made from.

A *symbol* is a thing that has a name; an *occurrence* is a place where the name is written. A node's input without a source, as in
`llm plan(question)`, is short for `question = question` and names two things at once: the node's own input (the left side) and the
graph's (the right side). Renaming one of them spells out the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from prompts_lang.graph.interface import NodeInterface
from prompts_lang.graph.module import Entry
from prompts_lang.graph.order import references_in
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.properties import Takes, property_of
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class FileSymbol:
    """A model, corpus, dataset, graph or metric. `file` is the one that declares it."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class InputSymbol:
    """An input of a graph."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class ResultSymbol:
    """An output of a graph."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeSymbol:
    """A node."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class OutputSymbol:
    """An output of a node."""

    file: Path
    graph: str
    node: str
    name: str


@dataclass(frozen=True, slots=True)
class LocalSymbol:
    """An input of a node under its local name."""

    file: Path
    graph: str
    node: str
    name: str


Symbol: TypeAlias = FileSymbol | InputSymbol | ResultSymbol | NodeSymbol | OutputSymbol | LocalSymbol


class Role(StrEnum):
    """What an occurrence does with the name."""

    DEFINITION = "definition"
    REFERENCE = "reference"
    LEFT = "left side of a shorthand"
    RIGHT = "right side of a shorthand"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a symbol's name is written. `span` counts bytes of the declaration's chunk."""

    symbol: Symbol
    span: Span
    role: Role


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
        for parameter in call.inputs:
            callee = call.graph.text if call.graph else ""
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
            case nodes.MetricDeclaration(judge=nodes.Name() as judge):
                yield from self._file_name(judge)
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
        yield Occurrence(symbol, parameter.name.span, Role.LEFT)
        if parameter.name.text in self._inputs():
            graph_input = InputSymbol(self.file, self.graph, parameter.name.text)
            yield Occurrence(graph_input, parameter.name.span, Role.RIGHT)

    def _source(self, source: nodes.Source | None) -> Iterator[Occurrence]:
        for alternative in () if source is None else source.alternatives:
            yield from self._reference(alternative)

    def _reference(self, reference: nodes.Reference) -> Iterator[Occurrence]:
        head, *rest = reference.parts
        if head.text in self._inputs():
            yield Occurrence(InputSymbol(self.file, self.graph, head.text), head.span, Role.REFERENCE)
        elif (node := self._nodes().get(head.text)) is not None:
            yield Occurrence(NodeSymbol(self.file, self.graph, head.text), head.span, Role.REFERENCE)
            if rest and node.output(rest[0].text) is not None:
                symbol = OutputSymbol(self.file, self.graph, head.text, rest[0].text)
                yield Occurrence(symbol, rest[0].span, Role.REFERENCE)

    def _item(self, item: nodes.Item, outputs: set[str]) -> Iterator[Occurrence]:
        match item:
            case nodes.ConditionProperty(word=word, condition=condition):
                for reference in references_in(condition):
                    yield from self._reference(reference) if word.text == "when" else self._local(reference, outputs)
            case nodes.EachProperty(variable=variable, source=source):
                if variable is not None:
                    symbol = LocalSymbol(self.file, self.graph, self.name, variable.text)
                    yield Occurrence(symbol, variable.span, Role.DEFINITION)
                if source is not None:
                    yield from self._reference(source)
            case nodes.RepeatProperty():
                pass
            case nodes.Section():
                yield from self._section(item, outputs)
            case nodes.Property():
                yield from self._property(item)

    def _section(self, section: nodes.Section, outputs: set[str]) -> Iterator[Occurrence]:
        for placeholder in section.placeholders:
            yield from self._local(placeholder.reference, outputs)
        if section.word.text == "examples":
            words = [value for phrase in section.phrases for value in phrase.values]
            if len(words) > 1 and isinstance(words[1], nodes.Word | nodes.Reference):
                yield from self._file_name(nodes.Name(words[1].text, words[1].span))

    def _local(self, reference: nodes.Reference, outputs: set[str]) -> Iterator[Occurrence]:
        head = reference.parts[0]
        kind = OutputSymbol if head.text in outputs else LocalSymbol
        yield Occurrence(kind(self.file, self.graph, self.name, head.text), head.span, Role.REFERENCE)

    def _property(self, item: nodes.Property) -> Iterator[Occurrence]:
        rule = property_of(self.declaration.keyword.text, item.word.text)
        value = item.values[0] if len(item.values) == 1 else None
        if rule is None or not isinstance(value, nodes.Word | nodes.Reference):
            return
        name = nodes.Name(value.text, value.span)
        if rule.takes is Takes.NAME:
            yield from self._file_name(name)
        elif rule.takes is Takes.INPUT:
            yield Occurrence(LocalSymbol(self.file, self.graph, self.name, name.text), name.span, Role.REFERENCE)

    def _file_name(self, name: nodes.Name) -> Iterator[Occurrence]:
        if name.text in self.meaning.resolution.names:
            yield Occurrence(FileSymbol(self._home(name.text), name.text), name.span, Role.REFERENCE)

    # --- what is known

    def _home(self, name: str) -> Path:
        return self.meaning.imports.get(name, self.file)

    def _inputs(self) -> frozenset[str]:
        interface = self.meaning.resolution.graphs.get(self.graph)
        return frozenset() if interface is None else frozenset(port.name for port in interface.inputs)

    def _nodes(self) -> Mapping[str, NodeInterface]:
        return self.meaning.resolution.nodes.get(self.graph, {})
