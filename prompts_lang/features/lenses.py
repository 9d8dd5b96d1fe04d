"""The lines above graphs and optimize blocks: Run, Evaluate, Optimize, Stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


class Action(StrEnum):
    """What a lens does."""

    RUN = "run"
    EVALUATE = "evaluate"
    OPTIMIZE = "optimize"


@dataclass(frozen=True, slots=True)
class Lens:
    """One action at one place, for one graph."""

    span: Span
    action: Action
    graph: str


def lenses(meaning: FileMeaning, before: Sequence[Lens] = ()) -> tuple[Lens, ...]:
    """The actions of a file: all three above a graph that is optimised, `Run` above any other, evaluate and optimise above its block.

    They depend on heads alone, so they stay while a text is being typed. While a head is broken, the lenses that it had
    before stand above it.
    """
    broken = [
        meaning.position(entry, entry.declaration.head_span) for entry in meaning.module.entries if _broken(entry)
    ]
    optimized = {
        entry.declaration.graph.text
        for entry in meaning.module.entries
        if isinstance(entry.declaration, nodes.OptimizeDeclaration) and entry.declaration.graph
    }
    if broken:
        optimized |= {lens.graph for lens in before if lens.action is Action.OPTIMIZE}
    found: list[Lens] = []
    for entry in meaning.module.entries:
        graph = _graph(entry)
        if graph is None:
            continue
        span = meaning.position(entry, entry.declaration.head_span)
        is_block = isinstance(entry.declaration, nodes.OptimizeDeclaration)
        actions = [] if is_block else [Action.RUN]
        if is_block or graph in optimized:
            actions += [Action.EVALUATE, Action.OPTIMIZE]
        found.extend(Lens(span, action, graph) for action in actions)
    lost = _groups(before)
    for group in _groups(found):
        lost.pop(group, None)
    for span, ((graph, _), actions) in zip(broken, lost.items(), strict=False):
        found.extend(Lens(span, action, graph) for action in actions)
    return tuple(sorted(found, key=lambda lens: lens.span))


def _groups(found: Sequence[Lens]) -> dict[tuple[str, bool], tuple[Action, ...]]:
    """The actions that stand together, by graph and by whether they are those of its own head or of a block."""
    by_place: dict[Span, list[Lens]] = {}
    for lens in found:
        by_place.setdefault(lens.span, []).append(lens)
    together = (tuple(lens.action for lens in group) for group in by_place.values())
    graphs = (group[0].graph for group in by_place.values())
    return {(graph, Action.RUN in actions): actions for graph, actions in zip(graphs, together, strict=True)}


def _broken(entry: Entry) -> bool:
    """Whether the head may have been one with lenses, and cannot be read just now."""
    match entry.declaration:
        case nodes.GraphDeclaration(name=name) | nodes.OptimizeDeclaration(graph=name):
            return name is None
        case nodes.UnknownDeclaration():
            return True
        case _:
            return False


def _graph(entry: Entry) -> str | None:
    match entry.declaration:
        case nodes.GraphDeclaration(name=nodes.Name(text)) | nodes.OptimizeDeclaration(graph=nodes.Name(text)):
            return text
        case _:
            return None
