"""Problems that no declaration has alone: names taken twice, nodes and graphs that feed each other in a circle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError

from prompts_lang.graph.module import Entry, GraphGroup, Module
from prompts_lang.graph.order import cycle_of, dependencies, topological_order
from prompts_lang.graph.problem import Check, Problem, Related
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Structure:
    """Each graph's nodes in topological order (none where there is a cycle), and problems by the number of the entry."""

    order: Mapping[str, tuple[str, ...]]
    problems: Mapping[int, tuple[Problem, ...]]


def structure_of(module: Module) -> Structure:
    """Looks for duplicates and circles, and orders the nodes of every graph."""
    number_of = {id(entry): number for number, entry in enumerate(module.entries)}
    found: dict[int, list[Problem]] = {}

    def note(entry: Entry, problem: Problem) -> None:
        found.setdefault(number_of[id(entry)], []).append(problem)

    for entry, first in module.duplicates:
        note(entry, _duplicate(entry, first))
    order: dict[str, tuple[str, ...]] = {}
    for name, group in module.graphs.items():
        try:
            order[name] = topological_order(_waiting(group))
        except CycleError as error:
            order[name] = ()
            _note_cycle(cycle_of(error), group, note)
    for entry, problem in _call_cycles(module):
        note(entry, problem)
    return Structure(order, {number: tuple(problems) for number, problems in found.items()})


def _waiting(group: GraphGroup) -> dict[str, frozenset[str]]:
    return {
        name: dependencies(entry.declaration)
        for name, entry in group.nodes.items()
        if isinstance(entry.declaration, nodes.NodeDeclaration | nodes.CallDeclaration)
    }


def _note_cycle(cycle: tuple[str, ...], group: GraphGroup, note: Callable[[Entry, Problem], None]) -> None:
    path = " -> ".join((*cycle, cycle[0]))
    for name in cycle:
        entry = group.nodes[name]
        message = f"'{name}' depends on itself: {path}. Break the circle, or make it a bounded loop with `call … ` and `repeat`."
        related = tuple(
            Related(group.nodes[other].anchor, _name_span(group.nodes[other]), f"'{other}' is part of the circle")
            for other in cycle
            if other != name
        )
        note(entry, Problem(Check.CYCLE, _name_span(entry), message, related))


def _duplicate(entry: Entry, first: Entry) -> Problem:
    name = entry.declaration.name.text if entry.declaration.name else ""
    message = f"The name '{name}' is already taken; choose another one."
    return Problem(
        Check.DUPLICATE_NAME,
        _name_span(entry),
        message,
        (Related(first.anchor, _name_span(first), "first declared here"),),
    )


def _call_cycles(module: Module) -> list[tuple[Entry, Problem]]:
    calls: dict[str, list[Entry]] = {
        name: [entry for entry in group.nodes.values() if isinstance(entry.declaration, nodes.CallDeclaration)]
        for name, group in module.graphs.items()
    }
    callees = {
        name: [target for entry in entries if (target := _callee(entry)) in calls] for name, entries in calls.items()
    }
    try:
        topological_order(callees)
    except CycleError as error:
        cycle = cycle_of(error)
        path = " -> ".join((*cycle, cycle[0]))
        message = f"A graph may not call itself: {path}. Use `repeat until …, at most N` for a loop."
        return [
            (entry, Problem(Check.CALL_CYCLE, _name_span(entry), message))
            for name in cycle
            for entry in calls[name]
            if _callee(entry) in cycle
        ]
    return []


def _callee(entry: Entry) -> str:
    declaration = entry.declaration
    is_call = isinstance(declaration, nodes.CallDeclaration)
    return declaration.graph.text if is_call and declaration.graph else ""


def _name_span(entry: Entry) -> Span:
    return entry.declaration.name.span if entry.declaration.name else entry.declaration.head_span
