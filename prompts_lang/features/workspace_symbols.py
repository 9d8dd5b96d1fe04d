"""Declarations and nodes of many files, by parts of their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.outline import outline
from prompts_lang.graph.project import Project
from prompts_lang.text.span import Span

MOST_SYMBOLS = 256
"""How many symbols are given; what is typed next narrows them down."""


@dataclass(frozen=True, slots=True)
class FoundSymbol:
    """A declaration, or a node with its graph as `container`. `kind` is its keyword."""

    name: str
    kind: str
    container: str
    file: Path
    span: Span


def workspace_symbols(project: Project, files: Iterable[Path], query: str) -> tuple[FoundSymbol, ...]:
    """The symbols whose names have the query's letters in this order, best first: as a whole, at the start, within, apart."""
    found = [(rank, symbol) for symbol in _symbols(project, files) if (rank := _rank(symbol.name, query)) is not None]
    found.sort(key=lambda pair: (pair[0], len(pair[1].name), pair[1].name, str(pair[1].file), pair[1].span))
    return tuple(symbol for _, symbol in found[:MOST_SYMBOLS])


def _symbols(project: Project, files: Iterable[Path]) -> Iterator[FoundSymbol]:
    for file in files:
        meaning = project.meaning(file)
        for item in () if meaning is None else outline(meaning):
            if item.kind in ("use", "language"):
                continue
            yield FoundSymbol(item.name, item.kind, "", file, item.name_span)
            for node in item.children:
                if node.kind != "section":
                    yield FoundSymbol(node.name, node.kind, item.name, file, node.name_span)


def _rank(name: str, query: str) -> int | None:
    """How well a name fits, 0 best; None where it does not."""
    folded, wanted = name.lower(), query.lower()
    if folded == wanted:
        return 0
    if folded.startswith(wanted):
        return 1
    if wanted in folded:
        return 2
    letters = iter(folded)
    return 3 if all(letter in letters for letter in wanted) else None
