"""One file as a module: its declarations sorted into file-level names and graphs, before anything is resolved.

Cheap by design: it looks at heads alone, and what an edit leaves as it was is taken over as the very same object, so that everything
computed from it can be taken over too.

Invariant: building with a previous module gives an equal module as building without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prompts_lang.graph.interface import NameKind
from prompts_lang.graph.order import dependencies
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span

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

    Attributes:
        number: counts the declarations of the file.
        index: counts the chunks of the file.
        anchor: the declaration's qualified name: `multihop/plan` for a node, `wiki` for a file-level name, `optimize multihop on questions`
            and the like for what has no name.
        declaration: the declaration.
        graph: the graph that a node belongs to.
        waits_for: the first names of all references in a node's inputs, `when` and `each`; empty for everything else.
        slots: where `learn` stands in a node that is not frozen.
    """

    number: int
    index: int
    anchor: str
    declaration: nodes.Declaration
    graph: str | None = None
    waits_for: frozenset[str] = frozenset()
    slots: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphGroup:
    """A graph's head and its nodes by name, in file order. Of two nodes with one name, the first counts; so it is with graphs."""

    head: Entry
    nodes: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Module:
    """A file's declarations, sorted.

    `duplicates` pairs each entry whose name is taken with the entry that had it first; `unknown` are the names in lines that start no
    declaration.
    """

    path: Path
    entries: tuple[Entry, ...]
    names: Mapping[str, Entry]
    graphs: Mapping[str, GraphGroup]
    uses: tuple[Entry, ...]
    duplicates: tuple[tuple[Entry, Entry], ...]
    unknown: frozenset[str] = frozenset()

    def entry(self, anchor: str) -> Entry | None:
        """The first entry with that anchor."""
        if (named := self.names.get(anchor)) is not None:
            return named
        graph, slash, node = anchor.partition("/")
        if slash and graph in self.graphs:
            return self.graphs[graph].nodes.get(node)
        return next((entry for entry in self.entries if entry.anchor == anchor), None)

    def entry_of_chunk(self, index: int) -> Entry | None:
        """The entry of the chunk with that index; None for a chunk without a declaration, which only the first can be."""
        if not self.entries:
            return None
        number = index - self.entries[0].index
        return self.entries[number] if 0 <= number < len(self.entries) else None


def build_module(
    path: Path, declarations: Iterable[tuple[int, nodes.Declaration]], previous: Module | None = None
) -> Module:
    """Sorts declarations, given with the index of their chunk, in file order. Entries and groups of `previous` that still fit are kept."""
    # Chunks with the same bytes are one object, so a declaration is known by its graph too.
    reusable = {} if previous is None else {(id(entry.declaration), entry.graph): entry for entry in previous.entries}
    entries: list[Entry] = []
    names: dict[str, Entry] = {}
    graphs: dict[str, tuple[Entry, dict[str, Entry]]] = {}
    duplicates: list[tuple[Entry, Entry]] = []
    current: str | None = None
    for number, (index, declaration) in enumerate(declarations):
        is_node = isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration)
        graph = current if is_node else None
        entry = _placed(reusable.get((id(declaration), graph)), number, index, declaration, graph)
        entries.append(entry)
        name = declaration.name.text if declaration.name else None
        if name is None or (is_node and current is None):
            continue
        if is_node and current is not None:
            _claim(graphs[current][1], name, entry, duplicates)
        elif type(declaration) in NAME_KINDS:
            _claim(names, name, entry, duplicates)
        if isinstance(declaration, nodes.GraphDeclaration):
            current = name
            graphs.setdefault(name, (entry, {}))
    known: Mapping[str, GraphGroup] = {} if previous is None else previous.graphs
    groups = {name: _kept(known.get(name), head, members) for name, (head, members) in graphs.items()}
    uses = tuple(entry for entry in entries if isinstance(entry.declaration, nodes.UseDeclaration))
    unknown = frozenset(
        entry.declaration.name.text
        for entry in entries
        if isinstance(entry.declaration, nodes.UnknownDeclaration) and entry.declaration.name is not None
    )
    return Module(path, tuple(entries), names, groups, uses, tuple(duplicates), unknown)


def with_declaration(module: Module, number: int, declaration: nodes.Declaration) -> Module | None:
    """The module with another declaration in the place of one, or None where that changes more than this one entry.

    That is what a keystroke in a text does, and it takes no look at the other declarations of the file.
    """
    old = module.entries[number]
    new = entry_of(number, old.index, declaration, old.graph)
    if (
        type(declaration) is not type(old.declaration)
        or isinstance(declaration, nodes.UseDeclaration)
        or module.duplicates
    ):
        return None
    entries = (*module.entries[:number], new, *module.entries[number + 1 :])
    name = declaration.name.text if declaration.name else ""
    names, graphs = module.names, module.graphs
    if new.anchor != old.anchor:
        group = None if old.graph is None else _with_renamed(graphs[old.graph], old, new, name)
        if group is None or old.graph is None:
            return None
        return Module(module.path, entries, names, {**graphs, old.graph: group}, module.uses, (), module.unknown)
    if names.get(name) is old:
        names = {**names, name: new}
    if old.graph is not None and graphs[old.graph].nodes.get(name) is old:
        group = graphs[old.graph]
        graphs = {**graphs, old.graph: GraphGroup(group.head, {**group.nodes, name: new})}
    elif name in graphs and graphs[name].head is old:
        graphs = {**graphs, name: GraphGroup(new, graphs[name].nodes)}
    return Module(module.path, entries, names, graphs, module.uses, (), module.unknown)


def _with_renamed(group: GraphGroup, old: Entry, new: Entry, name: str) -> GraphGroup | None:
    """The group with one node under another name; None where the node had no name, has none now, or the name is taken."""
    if not name or name in group.nodes or all(entry is not old for entry in group.nodes.values()):
        return None
    members = ((name, new) if entry is old else (known, entry) for known, entry in group.nodes.items())
    return GraphGroup(group.head, dict(members))


def entry_of(number: int, index: int, declaration: nodes.Declaration, graph: str | None) -> Entry:
    """The entry of a declaration at its place."""
    anchor = _anchor(declaration, graph)
    is_node = isinstance(declaration, nodes.NodeDeclaration | nodes.CallDeclaration)
    waits_for = dependencies(declaration) if is_node else frozenset[str]()
    return Entry(number, index, anchor, declaration, graph, waits_for, _slots(declaration))


def graph_of(entry: Entry, module: Module) -> str | None:
    """The graph whose names a declaration sees: its own for a node, itself for a graph's head."""
    name = entry.declaration.name
    if isinstance(entry.declaration, nodes.GraphDeclaration) and name is not None and name.text in module.graphs:
        return name.text
    return entry.graph


def _placed(known: Entry | None, number: int, index: int, declaration: nodes.Declaration, graph: str | None) -> Entry:
    if known is None:
        return entry_of(number, index, declaration, graph)
    if known.number == number and known.index == index:
        return known
    return replace(known, number=number, index=index)


def _kept(known: GraphGroup | None, head: Entry, members: dict[str, Entry]) -> GraphGroup:
    """The known group where it has the very same entries."""
    if known is not None and known.head is head and len(known.nodes) == len(members):
        pairs = zip(known.nodes.values(), members.values(), strict=True)
        if all(old is new for old, new in pairs):
            return known
    return GraphGroup(head, members)


def _claim(taken: dict[str, Entry], name: str, entry: Entry, duplicates: list[tuple[Entry, Entry]]) -> None:
    first = taken.setdefault(name, entry)
    if first is not entry:
        duplicates.append((entry, first))


def _slots(declaration: nodes.Declaration) -> tuple[Span, ...]:
    if any(item.word.text == "frozen" for item in declaration.items):
        return ()
    return tuple(section.learn.span for section in declaration.sections if section.learn is not None)


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
