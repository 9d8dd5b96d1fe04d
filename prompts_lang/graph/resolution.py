"""Resolves a module: a draft and its problems for every declaration, reusing what an edit cannot have changed.

A declaration's resolution depends on its own syntax (the very same object while its text is unchanged) and on the interfaces that it
looked up. Both are remembered, so that after a keystroke in a prompt one declaration is resolved, and after a change of a node's head
those that refer to it.

Invariant: resolving with a previous resolution gives the same result as resolving without.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from prompts_lang.graph.structure import Structure, structure_of
from prompts_lang.graph.trace import Traced, still_holds
from prompts_lang.syntax import nodes


@dataclass(frozen=True, slots=True)
class Resolved:
    """One declaration's resolution, with what is needed to tell whether it still holds."""

    draft: Draft | None
    problems: tuple[Problem, ...]
    scope: Scope
    reads: Scope
    callee: GraphInterface | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A module's meaning, file by itself. `resolved` stands in the order of the module's entries."""

    module: Module
    resolved: tuple[Resolved, ...]
    structure: Structure
    graphs: Mapping[str, GraphInterface]
    names: Mapping[str, NameInterface]
    nodes: Mapping[str, Mapping[str, NodeInterface]]

    def problems(self, number: int) -> tuple[Problem, ...]:
        """All problems of the entry with that number, in order of place."""
        found = (*self.resolved[number].problems, *self.structure.problems.get(number, ()))
        return tuple(sorted(found, key=lambda problem: (problem.span, problem.check)))

    @property
    def failed(self) -> bool:
        """True where any declaration has an error."""
        return any(
            problem.severity == "error" for number in range(len(self.resolved)) for problem in self.problems(number)
        )


def resolve_module(
    module: Module, imported: Mapping[str, NameInterface], previous: Resolution | None = None
) -> Resolution:
    """Resolves every declaration of a module. `imported` has the names that its `use` lines bring in."""
    interfaces = Interfaces(module, imported)
    names = {**imported, **{name: NameInterface(_kind(entry)) for name, entry in module.names.items()}}
    scopes = {name: interfaces.scope(name, names) for name in module.graphs}
    outside = Scope(names, in_graph=False)
    reusable = (
        {}
        if previous is None
        else {
            id(entry.declaration): (entry, resolved)
            for entry, resolved in zip(previous.module.entries, previous.resolved, strict=True)
        }
    )
    done: list[Resolved] = []
    for entry in module.entries:
        graph = graph_of(entry, module)
        scope = outside if graph is None else scopes[graph]
        callee = interfaces.callee(entry)
        known = reusable.get(id(entry.declaration))
        if known and known[0].graph == entry.graph and _holds(known[1], scope, callee):
            done.append(known[1] if known[1].scope is scope else _moved(known[1], scope))
        else:
            done.append(_resolve(entry, scope, callee))
    graphs = {name: interfaces.graph(name) for name in module.graphs}
    members = {name: interfaces.nodes(name) for name in module.graphs}
    return Resolution(module, tuple(done), structure_of(module), graphs, names, members)


def _kind(entry: Entry) -> NameKind:
    return NAME_KINDS[type(entry.declaration)]


# --- reuse


def _holds(known: Resolved, scope: Scope, callee: GraphInterface | None) -> bool:
    if known.callee != callee or known.scope.in_graph != scope.in_graph:
        return False
    if known.scope == scope:
        return True
    return (
        still_holds(known.reads.names, known.scope.names, scope.names)
        and still_holds(known.reads.inputs, known.scope.inputs, scope.inputs)
        and still_holds(known.reads.nodes, known.scope.nodes, scope.nodes)
    )


def _moved(known: Resolved, scope: Scope) -> Resolved:
    return Resolved(known.draft, known.problems, scope, known.reads, known.callee)


def _resolve(entry: Entry, scope: Scope, callee: GraphInterface | None) -> Resolved:
    traced = Scope(Traced(scope.names), Traced(scope.inputs), Traced(scope.nodes), scope.in_graph)
    report = Report()
    draft = _draft(entry.declaration, traced, callee, report)
    return Resolved(draft, tuple(report.problems), scope, traced, callee)


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
