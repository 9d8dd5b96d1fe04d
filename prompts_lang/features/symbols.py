"""Names: the kinds of things that have one, and the places where they are written.

A *symbol* is a thing that has a name; an *occurrence* is a place where the name is written. A node's input without a source, as in
`llm plan(question)`, is short for `question = question` and names two things at once: the node's own input (the left side) and the
graph's (the right side). Renaming one of them spells out the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class FileSymbol:
    """A model, corpus, dataset, graph or metric. `file` is the one that declares it."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class InputSymbol:
    """An input of a graph."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class ResultSymbol:
    """An output of a graph. Where the graph's head gives it no name of its own, it stands for what fills it (see `canonical`)."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeSymbol:
    """A node."""

    file: Path
    graph: str
    name: str


@dataclass(frozen=True, slots=True)
class OutputSymbol:
    """An output of a node."""

    file: Path
    graph: str
    node: str
    name: str


@dataclass(frozen=True, slots=True)
class LocalSymbol:
    """An input of a node under its local name."""

    file: Path
    graph: str
    node: str
    name: str


Symbol: TypeAlias = FileSymbol | InputSymbol | ResultSymbol | NodeSymbol | OutputSymbol | LocalSymbol


class Role(StrEnum):
    """What an occurrence does with the name."""

    DEFINITION = "definition"
    REFERENCE = "reference"
    LEFT = "left side of a shorthand"
    RIGHT = "right side of a shorthand"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a symbol's name is written. `span` counts bytes of the declaration's chunk."""

    symbol: Symbol
    span: Span
    role: Role
