"""One file as a module: its declarations sorted into file-level names and graphs, before anything is resolved.

Cheap by design: it runs on every keystroke and looks at heads alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.interface import NameKind
from prompts_lang.syntax import nodes

NAME_KINDS: dict[type[nodes.Declaration], NameKind] = {
    nodes.ModelDeclaration: NameKind.MODEL,
    nodes.CorpusDeclaration: NameKind.CORPUS,
    nodes.DatasetDeclaration: NameKind.DATASET,
    nodes.GraphDeclaration: NameKind.GRAPH,
    nodes.MetricDeclaration: NameKind.METRIC,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A declaration in its file.

    `index` counts the chunks of the file. `anchor` is the declaration's qualified name: `multihop/plan` for a node, `wiki` for a
    file-level name, `optimize multihop on questions` and the like for what has no name. `graph` is the graph that a node belongs to.
    """

    index: int
    anchor: str
    declaration: nodes.Declaration
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class GraphGroup:
    """A graph's head and its nodes by name, in file order. Of two nodes with one name, the first counts."""

    head: Entry | None
    nodes: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Module:
    """A file's declarations, sorted. `duplicates` pairs each entry whose name is taken with the entry that had it first."""

    path: Path
    entries: tuple[Entry, ...]
    names: Mapping[str, Entry]
    graphs: Mapping[str, GraphGroup]
    orphans: tuple[Entry, ...]
    uses: tuple[Entry, ...]
    duplicates: tuple[tuple[Entry, Entry], ...]

    def entry(self, anchor: str) -> Entry | None:
        """The first entry with that anchor."""
        return next((entry for entry in self.entries if entry.anchor == anchor), None)


def build_module(path: Path, declarations: Iterable[tuple[int, nodes.Declaration]]) -> Module:
    """Sorts declarations, given with the index of their chunk, in file order."""
    entries: list[Entry] = []
    names: dict[str, Entry] = {}
    graphs: dict[str, tuple[Entry, dict[str, Entry]]] = {}
    orphans: list[Entry] = []
    duplicates: list[tuple[Entry, Entry]] = []
    current: str | None = None
    for index, declaration in declarations:
        is_node = isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration)
        entry = Entry(
            index, _anchor(declaration, current if is_node else None), declaration, current if is_node else None
        )
        entries.append(entry)
        name = declaration.name.text if declaration.name else None
        if is_node and current is None:
            orphans.append(entry)
        elif is_node and current is not None and name is not None:
            _claim(graphs[current][1], name, entry, duplicates)
        elif type(declaration) in NAME_KINDS and name is not None:
            _claim(names, name, entry, duplicates)
        if isinstance(declaration, nodes.GraphDeclaration) and name is not None:
            current = name
            graphs.setdefault(name, (entry, {}))
    groups = {name: GraphGroup(head, members) for name, (head, members) in graphs.items()}
    uses = tuple(entry for entry in entries if isinstance(entry.declaration, nodes.UseDeclaration))
    return Module(path, tuple(entries), names, groups, tuple(orphans), uses, tuple(duplicates))


def graph_of(entry: Entry, module: Module) -> str | None:
    """The graph whose names a declaration sees: its own for a node, itself for a graph's head."""
    name = entry.declaration.name
    if isinstance(entry.declaration, nodes.GraphDeclaration) and name is not None and name.text in module.graphs:
        return name.text
    return entry.graph


def _claim(taken: dict[str, Entry], name: str, entry: Entry, duplicates: list[tuple[Entry, Entry]]) -> None:
    first = taken.setdefault(name, entry)
    if first is not entry:
        duplicates.append((entry, first))


def _anchor(declaration: nodes.Declaration, graph: str | None) -> str:
    match declaration:
        case nodes.OptimizeDeclaration(graph=target, dataset=dataset):
            return f"optimize {target.text if target else '?'} on {dataset.text if dataset else '?'}"
        case nodes.UseDeclaration(path=path):
            return f"use {path.value if path else '?'}"
        case _ if declaration.name is None:
            return declaration.keyword.text
        case _:
            name = declaration.name.text
            return f"{graph}/{name}" if graph is not None else name
