"""Where values come from: ports of nodes and graphs, and references to them."""

from __future__ import annotations

from dataclasses import dataclass

from prompts_lang.graph.types import Type


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed input or output."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value comes from: a node's output, or (where `node` is None) an input of the graph or the variable of an `each`.

    `path` names fields inside the value, as in `check.report.lines`.
    """

    node: str | None
    output: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(part for part in (self.node, self.output, *self.path) if part)


@dataclass(frozen=True, slots=True)
class Source:
    """The alternatives of `a.x else b.x`: the first one that is present counts."""

    alternatives: tuple[Reference, ...]

    def __str__(self) -> str:
        return " else ".join(map(str, self.alternatives))


@dataclass(frozen=True, slots=True)
class NodeInput:
    """A node's input under its local name, with the place that fills it."""

    name: str
    type: Type
    source: Source
