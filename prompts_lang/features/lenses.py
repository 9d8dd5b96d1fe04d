"""The lines above graphs and optimize blocks: Run, Evaluate, Optimize, Stop."""

from __future__ import annotations

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


def lenses(meaning: FileMeaning) -> tuple[Lens, ...]:
    """The actions of a file: all three above a graph that is optimised, `Run` above any other, evaluate and optimise above its block.

    They depend on heads alone, so they stay while a text is being typed or broken for a moment.
    """
    optimized = {
        entry.declaration.graph.text
        for entry in meaning.module.entries
        if isinstance(entry.declaration, nodes.OptimizeDeclaration) and entry.declaration.graph
    }
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
    return tuple(found)


def _graph(entry: Entry) -> str | None:
    match entry.declaration:
        case nodes.GraphDeclaration(name=nodes.Name(text)) | nodes.OptimizeDeclaration(graph=nodes.Name(text)):
            return text
        case _:
            return None
