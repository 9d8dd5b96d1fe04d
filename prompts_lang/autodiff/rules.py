"""How blame passes through a node: one table, node kind to rule, each rule a small function.

A rule gets a station (one node with the exemplars and iterations that reached it, and the messages about their outputs) and gives
messages to the node's slots and inputs. Only a rule that has to tell texts apart asks the critic; functional nodes pass blame on for
nothing. Conditions are no nodes of their own: a skipped node hands its messages to what its condition reads, and one that took place is
judged together with what its condition read, for another branch may have been the right one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from prompts_lang.autodiff.aggregate import most_telling
from prompts_lang.autodiff.message import Gradient, Verdict
from prompts_lang.autodiff.places import Place
from prompts_lang.autodiff.tape import CONDITION, Case, Tape
from prompts_lang.engine.values import Event, Status
from prompts_lang.graph.model import Kind
from prompts_lang.graph.types import JsonValue

MESSAGES_SHOWN = 3
"""Downstream messages that one execution passes on or shows, whatever its fan-out and the depth below it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One execution that blame has reached. `inputs` are those behind which there is a slot; `messages` speak about its outputs.

    `conditions` has the values, by name, that decided whether it took place; where there is a slot behind one, it is among the inputs.
    """

    event: Event
    case: Case
    inputs: tuple[str, ...]
    messages: tuple[Gradient, ...]
    conditions: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])

    @classmethod
    def of(cls, tape: Tape, event: Event, messages: tuple[Gradient, ...]) -> Visit:
        """The visit of an execution of a run."""
        inputs = tape.inputs_to_slots(event)
        conditions = {name: tape.value(event, name) for name in inputs if name.startswith(CONDITION)}
        return cls(event, tape.case, inputs, messages, conditions)

    def value(self, name: str) -> JsonValue:
        """The value of an input, or what a condition read."""
        return self.conditions[name] if name in self.conditions else self.event.inputs.get(name)


@dataclass(frozen=True, slots=True)
class Station:
    """A node with everything that has to be judged there together: siblings, exemplars, and iterations in their order."""

    place: Place
    visits: tuple[Visit, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that lead to a slot in any visit, in declared order, then what its condition reads."""
        leading = {name for visit in self.visits for name in visit.inputs}
        conditions = sorted(name for name in leading if name.startswith(CONDITION))
        return (*(port.name for port in self.place.node.inputs if port.name in leading), *conditions)

    @property
    def targets(self) -> int:
        """How many texts and inputs could be to blame."""
        return len(self.place.slots) + len(self.inputs)


class Critic(Protocol):
    """Whoever can tell which of a node's texts and inputs is to blame."""

    async def judge(self, station: Station) -> tuple[Gradient, ...]:
        """One message per execution and blamed target. An empty answer means that nothing here is to blame, or that it failed."""
        ...


Rule = Callable[[Station, Critic], Awaitable[tuple[Gradient, ...]]]


async def through_model(station: Station, critic: Critic) -> tuple[Gradient, ...]:
    """A model call: the critic separates the node's own texts from what arrived. With one possible target there is nothing to ask."""
    if not station.place.slots and len(station.inputs) == 1:
        return _passed_on(station, lambda visit, _: visit.inputs)
    return await critic.judge(station)


async def through_query(station: Station, critic: Critic) -> tuple[Gradient, ...]:
    """A retrieval: its query is to blame, and what the query is made of. A learned query is told apart by the critic."""
    return await through_model(station, critic)


async def through_code(station: Station, _: Critic) -> tuple[Gradient, ...]:
    """Deterministic code: one input unchanged, a joined text by the words that are quoted, otherwise every input that leads to a slot."""
    return _passed_on(station, _by_span)


RULES: Mapping[Kind, Rule] = MappingProxyType(
    {
        Kind.LLM: through_model,
        Kind.RETRIEVE: through_query,
        Kind.CODE: through_code,
        # A call is structure: the tape follows values through it, so its body is differentiated and blame never stops at the call.
    }
)


async def apply_rule(station: Station, critic: Critic) -> tuple[Gradient, ...]:
    """The messages that leave a station. Executions that did not take place hand on what they got, without asking anybody."""
    idle = tuple(visit for visit in station.visits if visit.event.status is not Status.DONE)
    done = tuple(visit for visit in station.visits if visit.event.status is Status.DONE)
    sent = _passed_on(replace(station, visits=idle), lambda visit, _: visit.inputs)
    if done:
        sent += await RULES[station.place.node.kind](replace(station, visits=done), critic)
    return sent


def _passed_on(station: Station, choose: Callable[[Visit, Gradient], tuple[str, ...]]) -> tuple[Gradient, ...]:
    """The messages of every visit, readdressed to the inputs chosen. Words, proof and verdict stay; a shared blame only contributes."""
    sent: list[Gradient] = []
    for visit in station.visits:
        for message in most_telling(visit.messages, MESSAGES_SHOWN):
            chosen = choose(visit, message)
            shared = len(chosen) > 1 and message.verdict is Verdict.CAUSES
            verdict = Verdict.CONTRIBUTES if shared else message.verdict
            sent.extend(
                replace(message, event=visit.event.key, target=name, verdict=verdict, quote="") for name in chosen
            )
    return tuple(sent)


def _by_span(visit: Visit, message: Gradient) -> tuple[str, ...]:
    """The inputs that hold the quoted words, where only some do: how a concatenation tells its parts apart."""
    inputs = tuple(name for name in visit.inputs if name not in visit.conditions) or visit.inputs
    if not message.quote or len(inputs) < 2:
        return inputs
    return tuple(name for name in inputs if _holds(visit.value(name), message.quote)) or inputs


def _holds(value: JsonValue, words: str) -> bool:
    if isinstance(value, str):
        return words in value
    if isinstance(value, list):
        return any(_holds(item, words) for item in value)
    if isinstance(value, dict):
        return any(_holds(item, words) for item in value.values())
    return False
