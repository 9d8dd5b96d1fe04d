"""What an importer finds, before it is written down: models, nodes with their messages, rows, and what could not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the source that has no counterpart here. `where` names its place in the source."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Port:
    """A typed name, the type as it is written here. `doc` says what it is for; it becomes a line of the graph's documentation."""

    name: str
    type: str = "text"
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a node; without a source it takes the graph's input of that name."""

    name: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an llm node in our own template form; a `history` message names the input that is inserted there."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelOutline:
    """A model with the properties that we know, by their names here."""

    name: str
    id: str
    properties: tuple[tuple[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class NodeOutline:
    """An llm node (with a model and messages), or a code node (with the function that it runs)."""

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Port, ...]
    model: str | None = None
    messages: tuple[Message, ...] = ()
    run: str | None = None
    when: str | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class FileOutline:
    """A whole file. `metric` is a built-in's name; `outputs` gives each output of the graph the node's output that fills it."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[tuple[str, str], ...]
    nodes: tuple[NodeOutline, ...]
    models: tuple[ModelOutline, ...] = ()
    rows: tuple[Mapping[str, JsonValue], ...] = ()
    expect: tuple[str, ...] = ()
    metric: tuple[str, str] | None = None
    doc: str = ""
    losses: tuple[Loss, ...] = field(default=())
