"""Resolves a module: a draft and its problems for every declaration, reusing what an edit cannot have changed.

A declaration's resolution depends on its own syntax (the very same object while its text is unchanged) and on the interfaces that it
looked up. Both are remembered, so that after a keystroke in a prompt one declaration is resolved, and after a change of a node's head
those that refer to it.

Invariant: resolving with a previous resolution gives the same result as resolving without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prompts_lang.graph.interface import GraphInterface, NameInterface, NameKind, NodeInterface, Scope
from prompts_lang.graph.interfaces import Interfaces
from prompts_lang.graph.module import NAME_KINDS, Entry, Module, graph_of
from prompts_lang.graph.problem import Problem
from prompts_lang.graph.resolve.declarations import (
    check_language,
    resolve_corpus,
    resolve_dataset,
    resolve_graph,
    resolve_metric,
    resolve_model,
    resolve_optimize,
)
from prompts_lang.graph.resolve.draft import Draft
from prompts_lang.graph.resolve.nodes import resolve_call, resolve_node
from prompts_lang.graph.resolve.properties import read_properties
from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.structure import Structure, structure_around, structure_of
from prompts_lang.graph.trace import Reads, Traced
from prompts_lang.syntax import nodes


@dataclass(frozen=True, slots=True)
class Lookups:
    """Everything outside of its own text that a declaration's resolution depends on."""

    names: Reads
    inputs: Reads
    nodes: Reads
    in_graph: bool
    callee: GraphInterface | None

    def hold_in(self, scope: Scope, callee: GraphInterface | None) -> bool:
        """True where the declaration would be resolved to the same."""
        return (
            self.in_graph == scope.in_graph
            and self.callee == callee
            and self.names.hold_in(scope.names)
            and self.inputs.hold_in(scope.inputs)
            and self.nodes.hold_in(scope.nodes)
        )


@dataclass(frozen=True, slots=True)
class Resolved:
    """One declaration's resolution, with what is needed to tell whether it still holds."""

    draft: Draft | None
    problems: tuple[Problem, ...]
    lookups: Lookups


@dataclass(frozen=True, slots=True)
class Resolution:
    """A module's meaning, file by itself. `resolved` stands in the order of the module's entries.

    `scopes` has what the declarations of each graph see, and under None what all others see.
    """

    module: Module
    resolved: tuple[Resolved, ...]
    structure: Structure
    graphs: Mapping[str, GraphInterface]
    names: Mapping[str, NameInterface]
    nodes: Mapping[str, Mapping[str, NodeInterface]]
    scopes: Mapping[str | None, Scope]

    def problems(self, number: int) -> tuple[Problem, ...]:
        """All problems of the entry with that number, in order of place."""
        found = (*self.resolved[number].problems, *self.structure.problems.get(number, ()))
        return tuple(sorted(found, key=lambda problem: (problem.span, problem.check)))


def resolve_module(
    module: Module, imported: Mapping[str, NameInterface], previous: Resolution | None = None
) -> Resolution:
    """Resolves every declaration of a module. `imported` has the names that its `use` lines bring in."""
    imported = _with_unknown(imported, module)
    interfaces = Interfaces(module, imported, previous)
    names = {**imported, **{name: NameInterface(NAME_KINDS[type(of.declaration)]) for name, of in module.names.items()}}
    if previous is not None and previous.names == names:
        names = previous.names
    scopes: dict[str | None, Scope] = {None: Scope(names, in_graph=False)}
    scopes.update({name: interfaces.scope(name, names) for name in module.graphs})
    if previous is not None:
        scopes = {name: _kept(scope, previous.scopes.get(name)) for name, scope in scopes.items()}
    done = tuple(_resolve_entries(module, scopes, interfaces, previous))
    graphs = {name: interfaces.graph(name) for name in module.graphs}
    members = {name: interfaces.nodes(name) for name in module.graphs}
    structure = structure_of(module, None if previous is None else (previous.module, previous.structure))
    return Resolution(module, done, structure, graphs, names, members, scopes)


def _resolve_entries(
    module: Module, scopes: Mapping[str | None, Scope], interfaces: Interfaces, previous: Resolution | None
) -> Iterator[Resolved]:
    """The resolution of each entry in order; those of before, as long as they hold."""
    unchanged = {name for name, scope in scopes.items() if previous is not None and previous.scopes.get(name) is scope}
    as_before = {name for name in unchanged if name is None or interfaces.is_unchanged(name)}
    known = _Known(previous)
    for entry in module.entries:
        graph = entry.graph or graph_of(entry, module)
        resolved = known.in_place(entry)
        if resolved is not None and graph in as_before:
            yield resolved
            continue
        resolved, callee = resolved or known.moved(entry), interfaces.callee(entry)
        if resolved is None or not _holds(resolved, scopes[graph], callee, same=graph in unchanged):
            resolved = _resolve(entry.declaration, scopes[graph], callee)
        yield resolved


class _Known:
    """The resolutions of before, by entry."""

    def __init__(self, previous: Resolution | None) -> None:
        self._entries = () if previous is None else previous.module.entries
        self._resolved = () if previous is None else previous.resolved
        self._moved: dict[tuple[int, str | None], Resolved] | None = None

    def in_place(self, entry: Entry) -> Resolved | None:
        """What the very same entry was resolved to."""
        is_there = entry.number < len(self._entries) and self._entries[entry.number] is entry
        return self._resolved[entry.number] if is_there else None

    def moved(self, entry: Entry) -> Resolved | None:
        """What an entry with the same text and in a graph of the same name was resolved to, wherever it stood."""
        if self._moved is None:
            pairs = zip(self._entries, self._resolved, strict=True)
            self._moved = {(id(one.declaration), one.graph): resolved for one, resolved in pairs}
        return self._moved.get((id(entry.declaration), entry.graph))


def resolve_around(
    module: Module, number: int, imported: Mapping[str, NameInterface], previous: Resolution
) -> Resolution | None:
    """The resolution after a change of one node that only its own graph can notice, or None where others might.

    `module` is the previous module with that node in the place of another one; `imported` is what it was.
    """
    before, graph = previous.module, module.entries[number].graph
    if graph is None or before.entries[number].graph != graph or not _differ_in(graph, module, before):
        return None
    if any(isinstance(each.entries[number].declaration, nodes.CallDeclaration) for each in (module, before)):
        return None
    structure = structure_around(module, graph, previous.structure)
    interfaces = Interfaces(module, _with_unknown(imported, module), previous)
    if structure is None or interfaces.graph(graph) != previous.graphs[graph]:
        return None
    scope = _kept(interfaces.scope(graph, previous.names), previous.scopes[graph])
    resolved = list(previous.resolved)
    for entry in (entry for entry in module.entries if graph_of(entry, module) == graph):
        known, callee = resolved[entry.number], interfaces.callee(entry)
        if entry is not before.entries[entry.number] or not known.lookups.hold_in(scope, callee):
            resolved[entry.number] = _resolve(entry.declaration, scope, callee)
    members = {**previous.nodes, graph: interfaces.nodes(graph)}
    scopes = {**previous.scopes, graph: scope}
    return Resolution(module, tuple(resolved), structure, previous.graphs, previous.names, members, scopes)


def _differ_in(graph: str, module: Module, before: Module) -> bool:
    """Whether two modules with as many entries have the same names in the file, and other nodes in that graph alone."""
    if module.duplicates or before.duplicates or module.unknown != before.unknown:
        return False
    if module.graphs.keys() != before.graphs.keys() or module.names.keys() != before.names.keys():
        return False
    return all(group is before.graphs[name] for name, group in module.graphs.items() if name != graph)


def _with_unknown(imported: Mapping[str, NameInterface], module: Module) -> Mapping[str, NameInterface]:
    """The names that a file does not declare itself, with those that it is meant to declare in lines that cannot be read."""
    return {**dict.fromkeys(module.unknown, NameInterface(NameKind.UNKNOWN)), **imported}


def resolve_again(module: Module, number: int, previous: Resolution) -> Resolution | None:
    """The resolution after a change of one declaration that no other can notice, or None where one might.

    `module` is the previous module with that declaration in the place of another one.
    """
    entry, before = module.entries[number], previous.module.entries[number]
    if number in previous.structure.problems or _seen_by_others(entry) != _seen_by_others(before):
        return None
    scope = previous.scopes[graph_of(entry, module)]
    resolved = _resolve(entry.declaration, scope, previous.resolved[number].lookups.callee)
    everything = (*previous.resolved[:number], resolved, *previous.resolved[number + 1 :])
    return Resolution(
        module, everything, previous.structure, previous.graphs, previous.names, previous.nodes, previous.scopes
    )


def _seen_by_others(entry: Entry) -> tuple[object, ...]:
    """What the interfaces of this file and its structure are made from: kind, head, wiring, loops and fallbacks."""
    declaration = entry.declaration
    words = [(type(item), item.word.text) for item in declaration.items if item.word.text in ("when", "each")]
    fallbacks = [item.values for item in declaration.items if isinstance(item, nodes.Property) and _is_else(item)]
    head = (type(declaration), declaration.name, declaration.head_span)
    match declaration:
        case (
            nodes.NodeDeclaration(inputs=inputs, outputs=outputs)
            | nodes.GraphDeclaration(inputs=inputs, outputs=outputs)
        ):
            return (head, inputs, outputs, entry.waits_for, words)
        case nodes.CallDeclaration(graph=graph, inputs=inputs):
            return (head, graph, inputs, entry.waits_for, words)
        case _:
            return (head, fallbacks)


def _is_else(item: nodes.Property) -> bool:
    return item.word.text == "else"


def _kept(scope: Scope, before: Scope | None) -> Scope:
    """The scope of before, where it is equal: whether a scope has changed is then a question of identity."""
    return before if before is not None and before == scope else scope


def _holds(known: Resolved, scope: Scope, callee: GraphInterface | None, *, same: bool) -> bool:
    return known.lookups.callee == callee if same else known.lookups.hold_in(scope, callee)


def _resolve(declaration: nodes.Declaration, scope: Scope, callee: GraphInterface | None) -> Resolved:
    names, inputs, members = Traced(scope.names), Traced(scope.inputs), Traced(scope.nodes)
    report = Report()
    draft = _draft(declaration, Scope(names, inputs, members, scope.in_graph), callee, report)
    lookups = Lookups(names.reads, inputs.reads, members.reads, scope.in_graph, callee)
    return Resolved(draft, tuple(report.problems), lookups)


def _draft(declaration: nodes.Declaration, scope: Scope, callee: GraphInterface | None, report: Report) -> Draft | None:
    match declaration:
        case nodes.NodeDeclaration():
            return resolve_node(declaration, scope, report)
        case nodes.CallDeclaration():
            return resolve_call(declaration, callee, scope, report)
        case nodes.GraphDeclaration():
            return resolve_graph(declaration, scope, report)
        case nodes.ModelDeclaration():
            return resolve_model(declaration, scope, report)
        case nodes.CorpusDeclaration():
            return resolve_corpus(declaration, scope, report)
        case nodes.DatasetDeclaration():
            return resolve_dataset(declaration, scope, report)
        case nodes.MetricDeclaration():
            return resolve_metric(declaration, scope, report)
        case nodes.OptimizeDeclaration():
            return resolve_optimize(declaration, scope, report)
        case nodes.LanguageDeclaration():
            check_language(declaration, scope, report)
            return None
        case nodes.UseDeclaration():
            read_properties(declaration, scope, report)
            return None
        case _:
            return None
