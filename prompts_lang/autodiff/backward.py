"""The backward walk: from what was scored, against the wiring, to the texts that can be changed.

One generic walk over a table of rules. It visits only what was executed, shaped the scored output, and has a slot at or above it; it
goes in waves, so every message about a node has arrived before the node is judged; and a verdict of `none` ends the descent. There is
no recursion, and what a station is shown does not grow with its distance from the loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from prompts_lang.autodiff.aggregate import in_order
from prompts_lang.autodiff.free_blame import free_blame, missed_gold
from prompts_lang.autodiff.message import Gradient, Verdict
from prompts_lang.autodiff.places import Place
from prompts_lang.autodiff.rules import Critic, Station, Visit, apply_rule
from prompts_lang.autodiff.tape import Tape
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.values import EventKey
from prompts_lang.graph.model import SlotId

AT_ONCE = 32
"""Stations of one wave that are judged at the same time. How many calls are in flight is the business of the model's own limit."""

Inbox = dict[EventKey, list[Gradient]]
"""The messages about each execution's outputs."""


async def backward(tapes: Sequence[Tape], critic: Critic, *, thorough: bool = False) -> tuple[Gradient, ...]:
    """Differentiates failing runs together. Returns the messages that reached a slot, in order.

    A critic that clears a node wrongly hides what lies above it. Where `thorough`, the walk asks about every node on the way all the same.
    """
    inbox: Inbox = defaultdict(list)
    reached: list[Gradient] = []
    tapes_by_row = {tape.case.run.row: tape for tape in tapes}
    for tape in tapes:
        blamed = free_blame(tape)
        reached.extend(blame for blame in blamed if isinstance(blame.target, SlotId))
        for event, message in _seeds(tape, blamed, thorough=thorough):
            inbox[event].append(message)
    for wave in waves(tapes):
        stations = [station for place in wave if (station := _station(place, tapes, inbox)).visits]
        judged = await side_by_side(stations, lambda station: apply_rule(station, critic), at_once=AT_ONCE)
        for sent in judged:
            for gradient in sent:
                if gradient.verdict is Verdict.NONE:
                    continue
                if isinstance(gradient.target, SlotId):
                    reached.append(gradient)
                elif event := tapes_by_row[gradient.row].event(gradient.event):
                    for producer in tapes_by_row[gradient.row].producers(event, gradient.target):
                        inbox[producer.key].append(gradient)
    return in_order(reached)


def waves(tapes: Sequence[Tape]) -> list[list[Place]]:
    """The places to visit, grouped so that whatever uses a value comes in an earlier wave than what produced it.

    Edges against the static order are the feedback of a loop. They are left out: all rounds of a node are judged together.
    """
    places: dict[str, Place] = {}
    above: dict[str, set[str]] = defaultdict(set)
    for tape in tapes:
        for event in tape.events:
            place = places.setdefault(event.key.path, tape.places[event.key.path])
            for name in tape.inputs_to_slots(event):
                for producer in tape.producers(event, name):
                    if tape.places[producer.key.path].position < place.position:
                        above[place.path].add(producer.key.path)
    level = dict.fromkeys(places, 0)
    for place in sorted(places.values(), key=lambda each: each.position, reverse=True):
        for producer in above[place.path]:
            level[producer] = max(level[producer], level[place.path] + 1)
    grouped: dict[int, list[Place]] = defaultdict(list)
    for place in sorted(places.values(), key=lambda each: each.position):
        grouped[level[place.path]].append(place)
    return [grouped[number] for number in sorted(grouped)]


def _seeds(tape: Tape, blamed: Sequence[Gradient], *, thorough: bool) -> list[tuple[EventKey, Gradient]]:
    """Where the walk starts: at what failed by itself where something did, else at the scored outputs, with the loss verbatim.

    Retrievals that missed the row's gold are judged in any case, also where a critic clears what lies between.
    """
    if blamed:
        return [(blame.event, blame) for blame in blamed if not isinstance(blame.target, SlotId)]
    case = tape.case
    return [(miss.event, miss) for miss in missed_gold(tape)] + [
        (event.key, Gradient(case.run.row, event.key, "", Verdict.CAUSES, case.statement, score=case.score))
        for event in (tape.events if thorough else tape.scored())
    ]


def _station(place: Place, tapes: Sequence[Tape], inbox: Mapping[EventKey, Sequence[Gradient]]) -> Station:
    """The executions of a place on the rows where blame has reached it: all rounds of a loop, to find the first that went wrong."""
    visits: list[Visit] = []
    for tape in tapes:
        events = tape.at(place.path)
        if any(inbox.get(event.key) for event in events):
            visits += [Visit.of(tape, event, in_order(inbox.get(event.key, ()))) for event in events]
    return Station(place, tuple(sorted(visits, key=lambda visit: visit.event.key)))
