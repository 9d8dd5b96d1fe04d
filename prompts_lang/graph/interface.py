"""What a declaration shows to others: its interface, which is all that a neighbour's meaning may depend on.

Editing a prompt's text changes no interface, so nothing beyond the edited declaration needs to be looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from prompts_lang.graph.model import Port
from prompts_lang.graph.types import Type

MOST_SUGGESTED: Final = 1_000
"""Among more names than these, none is suggested for a misspelt one: in a file full of mistakes, each would be compared with each."""


class NameKind(StrEnum):
    """What a name at file level stands for."""

    MODEL = "model"
    CORPUS = "corpus"
    DATASET = "dataset"
    GRAPH = "graph"
    METRIC = "metric"
    UNKNOWN = "unknown"
    """Of a line that cannot be read, or from a file that is not there: the name is meant to exist, so whoever uses it is not to blame."""


@dataclass(frozen=True, slots=True)
class GraphInterface:
    """A graph as a caller sees it. `complete` is False where its outputs could not all be resolved."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NodeInterface:
    """A node as other nodes see it: its outputs (lists, for a node with `each`), and whether it may be skipped."""

    outputs: tuple[Port, ...]
    conditional: bool = False
    complete: bool = True

    def output(self, name: str) -> Port | None:
        """The output of that name."""
        return next((port for port in self.outputs if port.name == name), None)


@dataclass(frozen=True, slots=True)
class NameInterface:
    """A name at file level, here or in the file it was taken from. `graph` is set for graphs alone."""

    kind: NameKind
    graph: GraphInterface | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that one declaration can see.

    Attributes:
        names: file-level names, declared here or taken by `use`.
        inputs: the inputs of the graph that the declaration belongs to, with their types.
        nodes: the other nodes of that graph.
        in_graph: False for a node that stands above the first `graph`.
    """

    names: Mapping[str, NameInterface]
    inputs: Mapping[str, Type] = field(default_factory=dict[str, Type])
    nodes: Mapping[str, NodeInterface] = field(default_factory=dict[str, NodeInterface])
    in_graph: bool = True

    def named(self, kind: NameKind) -> tuple[str, ...]:
        """The file-level names of one kind, to suggest one; none where there are very many."""
        if len(self.names) > MOST_SUGGESTED:
            return ()
        return tuple(name for name, interface in self.names.items() if interface.kind is kind)

    def is_unknown(self, name: str) -> bool:
        """Whether the name is meant to exist at file level, where a problem has been told already."""
        found = self.names.get(name)
        return found is not None and found.kind is NameKind.UNKNOWN

    def referable(self) -> tuple[str, ...]:
        """The inputs and nodes, to suggest one; none where there are very many."""
        if len(self.inputs) + len(self.nodes) > MOST_SUGGESTED:
            return ()
        return (*self.inputs, *self.nodes)
