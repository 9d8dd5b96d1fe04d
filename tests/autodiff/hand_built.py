"""Graphs and runs made by hand, and critics that follow a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from prompts_lang.autodiff.ask import Teacher
from prompts_lang.autodiff.message import Gradient, Verdict
from prompts_lang.autodiff.places import Places
from prompts_lang.autodiff.rules import Station
from prompts_lang.autodiff.tape import Case, Tape
from prompts_lang.engine.provider.model import FinishReason, ModelSpec, Reply, Request
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.values import Event, EventKey, Origin, Run, Status
from prompts_lang.graph.model import (
    CallBody,
    CodeBody,
    Corpus,
    Graph,
    GraphOutput,
    Kind,
    LlmBody,
    Model,
    Node,
    NodeInput,
    Port,
    Reference,
    Repeat,
    RetrieveBody,
    Section,
    SlotId,
    Source,
)
from prompts_lang.graph.template import parse_template
from prompts_lang.graph.types import ListType, TextType

TEXT = TextType()
MODEL = Model("student", "fake/student")
FILE = Path("/hand/built.prompt")


def ref(text: str) -> Reference:
    node, _, output = text.rpartition(".")
    return Reference(node or None, output)


def reads(**inputs: str) -> tuple[NodeInput, ...]:
    return tuple(
        NodeInput(name, TEXT, Source(tuple(ref(part) for part in where.split(" else "))))
        for name, where in inputs.items()
    )


def llm(
    name: str, *, learn: bool = True, text: str = "Do it.", outputs: Sequence[str] = ("out",), **inputs: str
) -> Node:
    user = " ".join(f"{{{{{each}}}}}" for each in inputs)
    parts = (
        Section("system", "system", parse_template(text), learn=learn),
        Section("user", "user", parse_template(user)),
    )
    return Node(name, Kind.LLM, reads(**inputs), tuple(Port(each, TEXT) for each in outputs), LlmBody(MODEL, parts))


def code(name: str, **inputs: str) -> Node:
    return Node(name, Kind.CODE, reads(**inputs), (Port("out", TEXT),), CodeBody(None, "out = 1"))


def retrieve(name: str, *, learn: bool = True, **inputs: str) -> Node:
    query = Section("query", "query", parse_template(" ".join(f"{{{{{each}}}}}" for each in inputs)), learn=learn)
    body = RetrieveBody(Corpus("wiki", "/wiki.jsonl"), 3, query)
    return Node(name, Kind.RETRIEVE, reads(**inputs), (Port("passages", ListType(TEXT)),), body)


def call(name: str, graph: Graph, *, repeat: Repeat | None = None, **inputs: str) -> Node:
    outputs = tuple(Port(output.name, output.type) for output in graph.outputs)
    return Node(name, Kind.CALL, reads(**inputs), outputs, CallBody(graph, repeat))


def graph(name: str, nodes: Sequence[Node], inputs: Sequence[str] = ("question",), **outputs: str) -> Graph:
    return Graph(
        name,
        FILE,
        tuple(Port(each, TEXT) for each in inputs),
        tuple(
            GraphOutput(output, TEXT, Source(tuple(ref(part) for part in where.split(" else "))))
            for output, where in outputs.items()
        ),
        tuple(nodes),
    )


def key(path: str, *iteration: int, row: str = "r1") -> EventKey:
    return EventKey(row, path, iteration)


def origin(where: str, *iteration: int, row: str = "r1") -> Origin:
    """`a.out`, `a/b.out`, or an input of the surrounding graph."""
    path, _, output = where.rpartition(".")
    return Origin(key(path, *iteration, row=row) if path else None, output)


def event(
    node: Node,
    path: str | None = None,
    *iteration: int,
    row: str = "r1",
    of: str = "g",
    status: Status = Status.DONE,
    **fields: object,
) -> Event:
    values = {each.name: f"value of {each.name}" for each in node.inputs} if status is not Status.SKIPPED else {}
    outputs = {port.name: f"{port.name} of {node.name}" for port in node.outputs} if status is Status.DONE else {}
    given = {"inputs": values, "outputs": outputs, **fields}
    return Event(key(path or node.name, *iteration, row=row), of, node.name, node.kind, status, **given)  # type: ignore[arg-type]


def run_of(top: Graph, events: Iterable[Event], *, row: str = "r1", **origins: Origin | tuple[Origin, ...]) -> Run:
    found = {name: each if isinstance(each, tuple) else (each,) for name, each in origins.items()}
    outputs = dict.fromkeys(found, "wrong")
    return Run(row, top.name, {"question": "?"}, outputs, found, tuple(events))


def tape_of(top: Graph, run: Run, statement: str = "The metric gave 0.", scored: Sequence[str] | None = None) -> Tape:
    names = tuple(output.name for output in top.outputs) if scored is None else tuple(scored)
    return Tape.of(Case(run, 0.0, statement, names), Places(top))


@dataclass
class Script:
    """A critic that blames the targets it is told to, by node: `{"plan": {"slot:system": "causes"}}`; all inputs by default."""

    verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seen: list[Station] = field(default_factory=list)

    async def judge(self, station: Station) -> tuple[Gradient, ...]:
        self.seen.append(station)
        script = self.verdicts.get(station.place.node.name, {f"input:{name}": "causes" for name in station.inputs})
        sent: list[Gradient] = []
        for visit in station.visits:
            for target, verdict in script.items():
                kind, _, name = target.partition(":")
                to: SlotId | str = (
                    SlotId(station.place.graph, station.place.node.name, name) if kind == "slot" else name
                )
                if kind == "input" and name not in visit.inputs:
                    continue
                sent.append(
                    Gradient(
                        visit.case.run.row, visit.event.key, to, Verdict(verdict), f"{station.place.path} about {name}"
                    )
                )
        return tuple(sent)

    @property
    def judged(self) -> list[str]:
        return [station.place.path for station in self.seen]


@dataclass
class FakeCaller:
    """Answers questions with what a function makes of them."""

    answer: Callable[[Request], object]
    requests: list[Request] = field(default_factory=list)

    async def complete(self, request: Request, *, purpose: Purpose, node: str) -> Reply:
        self.requests.append(request)
        value = self.answer(request)
        text = value if isinstance(value, str) else json.dumps(value)
        return Reply(text, FinishReason.STOP, 1, 1, Decimal(0), 0.0, "fake")

    @property
    def teacher(self) -> Teacher:
        return Teacher(self, ModelSpec("teacher", "fake/teacher"))
