"""Problems that no declaration has alone: names taken twice, and nodes, graphs or models that depend on each other in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError
from typing import Final

from prompts_lang.graph.module import Entry, GraphGroup, Module
from prompts_lang.graph.order import cycle_of, topological_order
from prompts_lang.graph.problem import Check, Problem, Related
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span

_SHOWN_STEPS: Final = 12
"""How many names of a circle a message shows; a longer one is no more telling."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Each graph's nodes in topological order (none where there is a cycle), and problems by the number of the entry."""

    order: Mapping[str, tuple[str, ...]]
    problems: Mapping[int, tuple[Problem, ...]]


def structure_of(module: Module, previous: tuple[Module, Structure] | None = None) -> Structure:
    """Looks for duplicates and circles, and orders the nodes of every graph. The order of an unchanged graph is taken over."""
    found: dict[int, list[Problem]] = {}

    def note(entry: Entry, problem: Problem) -> None:
        found.setdefault(entry.number, []).append(problem)

    for entry, first in module.duplicates:
        note(entry, _duplicate(entry, first))
    order: dict[str, tuple[str, ...]] = {}
    for name, group in module.graphs.items():
        if previous is not None and previous[0].graphs.get(name) is group and previous[1].order[name]:
            order[name] = previous[1].order[name]
            continue
        try:
            order[name] = topological_order({node: entry.waits_for for node, entry in group.nodes.items()})
        except CycleError as error:
            order[name] = ()
            _note_cycle(cycle_of(error), group, note)
    for entry, problem in (*_shadowed_inputs(module.graphs.values()), *_call_cycles(module), *_fallback_cycles(module)):
        note(entry, problem)
    return Structure(order, {number: tuple(problems) for number, problems in found.items()})


def structure_around(module: Module, graph: str, previous: Structure) -> Structure | None:
    """The structure after a change of the nodes of one graph that calls what it called; None where anything is, or was, to tell of it."""
    group = module.graphs[graph]
    if any(entry.number in previous.problems for entry in (group.head, *group.nodes.values())):
        return None
    if next(_shadowed_inputs([group]), None) is not None:
        return None
    try:
        order = topological_order({node: entry.waits_for for node, entry in group.nodes.items()})
    except CycleError:
        return None
    return Structure({**previous.order, graph: order}, previous.problems)


def _note_cycle(cycle: tuple[str, ...], group: GraphGroup, note: Callable[[Entry, Problem], None]) -> None:
    """Tells of a circle at the first of its nodes in the file, with the others beside it."""
    place = min(range(len(cycle)), key=lambda place: group.nodes[cycle[place]].number)
    name, *others = (*cycle[place:], *cycle[:place])
    message = (
        f"'{name}' depends on itself: {_path_around(cycle, place)}. Break the circle, or put what is repeated into a graph of its own "
        "and `call` it with `repeat until …, at most N`."
    )
    related = tuple(
        Related(group.nodes[other].anchor, _name_span(group.nodes[other]), f"'{other}' is part of the circle")
        for other in others[:_SHOWN_STEPS]
    )
    entry = group.nodes[name]
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


def _shadowed_inputs(groups: Iterable[GraphGroup]) -> Iterator[tuple[Entry, Problem]]:
    """Nodes that are named like an input of their graph, so that a reference could mean either."""
    for group in groups:
        head = group.head
        if not isinstance(head.declaration, nodes.GraphDeclaration):
            continue
        for parameter in head.declaration.inputs:
            if (entry := group.nodes.get(parameter.name.text)) is not None:
                name = parameter.name.text
                message = f"The graph has an input '{name}', so this node needs another name."
                related = (Related(head.anchor, parameter.name.span, "the input"),)
                yield entry, Problem(Check.DUPLICATE_NAME, _name_span(entry), message, related)


def _fallback_cycles(module: Module) -> Iterator[tuple[Entry, Problem]]:
    """Models that fall back on each other. Files are acyclic, so a circle never leaves its file."""
    fallbacks = {
        name: fallback
        for name, entry in module.names.items()
        if isinstance(entry.declaration, nodes.ModelDeclaration) and (fallback := _fallback(entry)) is not None
    }
    for circle in _circles({name: following for name, (following, _) in fallbacks.items()}):
        place = min(range(len(circle)), key=lambda place: module.names[circle[place]].number)
        name = circle[place]
        message = f"The fallback of '{name}' leads back to it: {_path_around(circle, place)}. Let the last model have no `else`."
        yield module.names[name], Problem(Check.CYCLE, fallbacks[name][1], message)


def _circles(following: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The circles where at most one name follows each; every name is looked at once."""
    seen: set[str] = set()
    for start in following:
        path: dict[str, int] = {}
        name = start
        while name in following and name not in seen:
            seen.add(name)
            path[name] = len(path)
            name = following[name]
        if name in path:
            yield tuple(path)[path[name] :]


def _path_around(circle: tuple[str, ...], place: int) -> str:
    """The way around a circle from one of its names and back to it; of a long one, its start and its end."""
    count = len(circle)
    steps = [circle[(place + step) % count] for step in range(min(count, _SHOWN_STEPS))]
    if count > _SHOWN_STEPS:
        steps.extend(("…", circle[place - 1]))
    return " -> ".join((*steps, circle[place]))


def _fallback(entry: Entry) -> tuple[str, Span] | None:
    """The model that another one falls back on, and where that is written."""
    for item in entry.declaration.items:
        if isinstance(item, nodes.Property) and item.word.text == "else":
            match item.values:
                case (nodes.Word(text, span),):
                    return text, span
                case _:
                    return None
    return None


def _call_cycles(module: Module) -> list[tuple[Entry, Problem]]:
    calls: dict[str, list[Entry]] = {
        name: [entry for entry in group.nodes.values() if isinstance(entry.declaration, nodes.CallDeclaration)]
        for name, group in module.graphs.items()
    }
    targets = {name: [_callee(entry) for entry in entries] for name, entries in calls.items() if entries}
    callees = {name: [target for target in called if target in targets] for name, called in targets.items()}
    try:
        topological_order(callees)
    except CycleError as error:
        cycle = cycle_of(error)
        members = frozenset(cycle)
        message = f"A graph may not call itself: {_path_around(cycle, 0)}. Use `repeat until …, at most N` for a loop."
        return [
            (entry, Problem(Check.CALL_CYCLE, _name_span(entry), message))
            for name in cycle
            for entry in calls[name]
            if _callee(entry) in members
        ]
    return []


def _callee(entry: Entry) -> str:
    declaration = entry.declaration
    is_call = isinstance(declaration, nodes.CallDeclaration)
    return declaration.graph.text if is_call and declaration.graph else ""


def _name_span(entry: Entry) -> Span:
    return entry.declaration.name.span if entry.declaration.name else entry.declaration.head_span
