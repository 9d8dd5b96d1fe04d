"""What the backward walk knows of one failing run: who produced which value, and which events lie on a path to a slot.

Calls are structure, so values are followed through them: a call's output to the body's node that produced it, a body's input to the
call's. Only `llm`, `code` and `retrieve` executions remain as stations of the walk. A value that is absent has no origin in the run; it is
followed along the wiring instead, to whatever should have produced it.

Invariant: everything here is linear in the events of the run, and nothing recurses over the depth of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prompts_lang.autodiff.places import Places
from prompts_lang.engine.values import Event, EventKey, Origin, Run, Status
from prompts_lang.graph.model import CallBody, Kind, Reference, operands_of
from prompts_lang.graph.types import JsonValue

CONDITION = "when "
"""What stands before the name of a value that a node's condition reads, in the place of an input."""

Followed = tuple[Event | None, Origin]
"""A reader (None: the graph itself) and where one of its values came from."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row whose score is to be explained. `statement` tells people and models what went wrong, `scored` which outputs count.

    `gold` are the passages, by id or text, that the row says should have been retrieved.
    """

    run: Run
    score: float
    statement: str
    scored: tuple[str, ...]
    gold: tuple[str, ...] = ()


@dataclass(slots=True)
class Tape:
    """One failing run, indexed for walking backward."""

    case: Case
    places: Places
    _by_path: dict[str, list[Event]] = field(default_factory=dict[str, "list[Event]"])
    _by_key: dict[EventKey, Event] = field(default_factory=dict[EventKey, Event])
    _leading: dict[EventKey, Event] = field(default_factory=dict[EventKey, Event])
    _producers: dict[EventKey, Mapping[str, tuple[Event, ...]]] = field(
        default_factory=dict[EventKey, "Mapping[str, tuple[Event, ...]]"]
    )

    @classmethod
    def of(cls, case: Case, places: Places) -> Tape:
        """Indexes the run of a case and finds the events that have a slot at or above them."""
        tape = cls(case, places)
        tape._read(case.run.events)
        return tape

    def _read(self, events: Sequence[Event]) -> None:
        for event in events:
            self._by_path.setdefault(event.key.path, []).append(event)
            self._by_key[event.key] = event
        for event in events:
            if event.kind is Kind.CALL:
                continue
            producers = {name: self._known(followed) for name, followed in self._sources(event).items()}
            self._producers[event.key] = {name: found for name, found in producers.items() if found}
            if self.places[event.key.path].slots or self._producers[event.key]:
                self._leading[event.key] = event

    @property
    def events(self) -> tuple[Event, ...]:
        """The executions with a slot at or above them, in topological order. Calls are not among them."""
        return tuple(self._leading.values())

    def at(self, path: str) -> tuple[Event, ...]:
        """The executions of one place that lead to a slot, iterations in order."""
        return tuple(event for event in self._by_path.get(path, ()) if event.key in self._leading)

    def event(self, key: EventKey) -> Event | None:
        """The execution of that key, if it is of this run."""
        return self._by_key.get(key)

    def scored(self) -> tuple[Event, ...]:
        """The executions that the scored outputs came from (or should have), as far as they lead to a slot."""
        graph, origins = self.places.graph, self.case.run.origins
        followed: list[Followed] = [(None, origin) for name in self.case.scored for origin in origins.get(name, ())]
        for output in graph.outputs:
            if output.name in self.case.scored and output.name not in origins:
                followed += self._wired(output.source.alternatives, None)
        return self._known(followed)

    def inputs_to_slots(self, event: Event) -> tuple[str, ...]:
        """The inputs of an execution behind which there is a slot. What its condition reads counts as an input (see `CONDITION`)."""
        return tuple(self._producers.get(event.key, ()))

    def producers(self, event: Event, name: str) -> tuple[Event, ...]:
        """The executions that the value of an input came from, as far as they lead to a slot."""
        return self._producers.get(event.key, {}).get(name, ())

    def value(self, event: Event, name: str) -> JsonValue:
        """The value of an input, or what a condition read; None where it is absent."""
        if not name.startswith(CONDITION):
            return event.inputs.get(name)
        _, _, output = name.rpartition(".")
        producers = self.producers(event, name)
        return producers[-1].outputs.get(output) if producers else None

    # -- following values

    def _sources(self, event: Event) -> Mapping[str, list[Followed]]:
        """Where an execution's inputs came from, by name: from the run, or along the wiring for what kept it from taking place."""
        node, around = self.places[event.key.path].node, self._call_around(event.key)
        found: dict[str, list[Followed]] = {
            name: [(event, origin) for origin in origins] for name, origins in event.origins.items()
        }
        if event.status in (Status.SKIPPED, Status.DONE) and node.when is not None:
            for reference in operands_of(node.when):
                found[f"{CONDITION}{reference}"] = self._wired([reference], around)
        if event.status is Status.BLOCKED:
            for entry in node.inputs:
                if entry.name not in found:
                    found[entry.name] = self._wired(entry.source.alternatives, around)
            if node.each is not None and not event.key.iteration[len(around.key.iteration) if around else 0 :]:
                found[node.each.variable] = self._wired(node.each.source.alternatives, around)
        return found

    def _known(self, followed: Iterable[Followed]) -> tuple[Event, ...]:
        found = {event.key: event for event in self._follow(followed) if event.key in self._leading}
        return tuple(found[key] for key in sorted(found))

    def _follow(self, start: Iterable[Followed]) -> Iterator[Event]:
        """Follows origins through calls, in both directions, down to executions that are not calls."""
        pending = list(start)
        seen: set[tuple[EventKey | None, Origin]] = set()
        while pending:
            reader, origin = pending.pop()
            mark = (reader.key if reader else None, origin)
            if mark in seen:
                continue
            seen.add(mark)
            producer = self._by_key.get(origin.event) if origin.event else None
            if origin.event is None:
                pending.extend(self._outward(reader, origin.output))
            elif producer is not None and producer.kind is Kind.CALL:
                pending.extend(self._inward(producer, origin.output))
            elif producer is not None:
                yield producer

    def _outward(self, reader: Event | None, name: str) -> list[Followed]:
        """An input of the surrounding graph: what the call that runs it was given."""
        call = self._call_around(reader.key) if reader else None
        return [] if call is None else [(call, origin) for origin in call.origins.get(name, ())]

    def _inward(self, call: Event, name: str) -> list[Followed]:
        """The body's executions behind a call's output, or, where it gave none, those that should have produced it."""
        if name in call.output_origins:
            # An origin without an event is an input of the body, which is the call's own input.
            return [
                followed
                for origin in call.output_origins[name]
                for followed in (
                    [(call, origin)]
                    if origin.event
                    else [(call, outer) for outer in call.origins.get(origin.output, ())]
                )
            ]
        body = self.places[call.key.path].node.body
        outputs = body.graph.outputs if isinstance(body, CallBody) else ()
        return [
            followed
            for output in outputs
            if output.name == name
            for followed in self._wired(output.source.alternatives, call)
        ]

    def _wired(self, references: Iterable[Reference], around: Event | None) -> list[Followed]:
        """The executions that references name, in the graph that `around` calls. A graph's own inputs lead outward."""
        found: list[Followed] = []
        for reference in references:
            if reference.node is None:
                outer = around.origins.get(reference.output, ()) if around else ()
                found += [(around, origin) for origin in outer]
                continue
            path = f"{around.key.path}/{reference.node}" if around else reference.node
            found += [
                (event, Origin(event.key, reference.output))
                for event in self._by_path.get(path, ())
                if around is None or _encloses(around.key, event.key)
            ]
        return found

    def _call_around(self, key: EventKey) -> Event | None:
        calls = self._by_path.get(key.path.rpartition("/")[0], ())
        return next((call for call in calls if _encloses(call.key, key)), None)


def _encloses(call: EventKey, inner: EventKey) -> bool:
    return inner.iteration[: len(call.iteration)] == call.iteration
