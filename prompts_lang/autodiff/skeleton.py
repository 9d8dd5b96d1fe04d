"""Large graphs: one call that names a few suspects by one line per node, so that backward costs 1 + K calls whatever the graph's size.

Walking edge by edge costs hundreds of calls per failing row on graphs of a few hundred nodes. The skeleton shows every node that
could be to blame as a single line; the critic then sees each suspect in full, as it would have in the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prompts_lang.autodiff.aggregate import in_order
from prompts_lang.autodiff.ask import Question, Teacher, ask
from prompts_lang.autodiff.backward import waves
from prompts_lang.autodiff.blocks import Fence, remark, shown
from prompts_lang.autodiff.free_blame import free_blame
from prompts_lang.autodiff.message import CRITIQUE_LIMIT, Gradient, Verdict
from prompts_lang.autodiff.places import Place
from prompts_lang.autodiff.rules import Critic, Station, Visit
from prompts_lang.autodiff.tape import Tape
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.values import Status
from prompts_lang.graph.model import Kind, SlotId

SUSPECTS = 3
"""K: the nodes that are looked at closely."""
LARGE = 8
"""Nodes to judge from which on the skeleton is cheaper than the walk, with K suspects and a few wrong turns."""

_LINE = 160
"""Characters of a node's line: enough for a name and the start of an output, little enough for a thousand nodes."""

_LINES = 300
"""Lines in one prompt: a graph of a thousand nodes is shown with one exemplar, a small one with all."""

_INSTRUCTIONS = f"""\
You are the critic of a large prompt graph. Some runs scored badly. You see, for every node that could be to blame, one \
line: its name, the nodes it reads, and the start of what it gave in a run. Name at most {SUSPECTS} nodes where the failure \
most likely began: the earliest whose output is not what the nodes after it need. A node whose output is good for the input \
that it got is not a suspect, and neither is one that only handed a fault on. Name fewer, or none, where the lines do not \
show more. `why` says in at most 30 words what looks wrong.

Reply with one JSON object that fits the schema, and nothing else."""


def is_large(tapes: Sequence[Tape]) -> bool:
    """Whether the walk could take more critic calls than the skeleton and its suspects."""
    return len(judged_places(tapes)) >= LARGE


def judged_places(tapes: Sequence[Tape]) -> tuple[Place, ...]:
    """The places where the walk may have to ask: those that have a text of their own, or several inputs to tell apart."""
    return tuple(place for place in _places(tapes) if place.slots or _branches(place, tapes))


def _places(tapes: Sequence[Tape]) -> Sequence[Place]:
    return sorted((place for wave in waves(tapes) for place in wave), key=lambda each: each.position)


def _branches(place: Place, tapes: Sequence[Tape]) -> bool:
    """Whether a model call gets several values that lead to slots, so that only the critic can tell which of them is at fault."""
    return place.node.kind in (Kind.LLM, Kind.RETRIEVE) and any(
        len(tape.inputs_to_slots(event)) > 1 for tape in tapes for event in tape.at(place.path)
    )


async def by_skeleton(
    tapes: Sequence[Tape], teacher: Teacher, critic: Critic, failed: Callable[[str], None], replica: int = 0
) -> tuple[Gradient, ...]:
    """Differentiates failing runs of a large graph in 1 + K calls. Rows with free blame need no suspect."""
    free = {
        tape.case.run.row: [blame for blame in free_blame(tape) if isinstance(blame.target, SlotId)] for tape in tapes
    }
    asked = [tape for tape in tapes if not free[tape.case.run.row]]
    reached = [blame for blames in free.values() for blame in blames]
    if not asked:
        return in_order(reached)
    places = {place.path: place for place in _places(asked) if place.slots}
    question = skeleton_question(asked, tuple(places.values()), replica)
    answer = await ask(teacher, question, purpose=Purpose.CRITIC, node="skeleton")
    if answer.value is None:
        failed(f"The critic named no suspects: {answer.problem}")
        return in_order(reached)
    named = {entry["node"]: remark(entry["why"], CRITIQUE_LIMIT) for entry in answer.value["suspects"]}
    stations = [_station(places[path], asked, why) for path, why in list(named.items())[:SUSPECTS]]
    judged = await side_by_side([each for each in stations if each.visits], critic.judge, at_once=SUSPECTS)
    reached += [message for messages in judged for message in messages if isinstance(message.target, SlotId)]
    return in_order(message for message in reached if message.verdict is not Verdict.NONE)


def skeleton_question(tapes: Sequence[Tape], places: Sequence[Place], replica: int = 0) -> Question:
    """The question: the loss of every exemplar, and one line per place and exemplar."""
    exemplars = max(1, _LINES // max(len(places), 1))
    lines = [(tape, _lines(tape, places)) for tape in tapes[:exemplars]]
    fence = Fence.around([*(tape.case.statement for tape in tapes), *(text for _, text in lines)])
    parts = [fence.explanation]
    for number, (tape, text) in enumerate(lines, 1):
        parts += [
            f"# Run {number} of {len(lines)}",
            fence.block("loss", shown(tape.case.statement)),
            fence.block("nodes", text),
        ]
    return Question(_INSTRUCTIONS, "\n\n".join(parts), _schema([place.path for place in places]), replica)


def _lines(tape: Tape, places: Sequence[Place]) -> str:
    lines: list[str] = []
    for place in places:
        for event in tape.at(place.path)[-1:]:
            reads = sorted(
                {producer.key.path for name in tape.inputs_to_slots(event) for producer in tape.producers(event, name)}
            )
            gave = (
                "; ".join(f"{name} = {shown(value, 2 * _LINE)}" for name, value in event.outputs.items())
                or event.status.value
            )
            line = f"{place.path} (reads {', '.join(reads[:4]) or 'the input'}): {gave}"
            lines.append(" ".join(line.split())[:_LINE])
    return "\n".join(lines)


def _station(place: Place, tapes: Sequence[Tape], why: str) -> Station:
    visits: list[Visit] = []
    for tape in tapes:
        for event in tape.at(place.path):
            if event.status is Status.DONE:
                message = Gradient(tape.case.run.row, event.key, "", Verdict.UNKNOWN, why, score=tape.case.score)
                visits.append(Visit.of(tape, event, (message,) if why else ()))
    return Station(place, tuple(sorted(visits, key=lambda visit: visit.event.key)))


def _schema(paths: list[str]) -> Mapping[str, Any]:
    suspect = {
        "type": "object",
        "properties": {"node": {"type": "string", "enum": paths}, "why": {"type": "string"}},
        "required": ["node", "why"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"suspects": {"type": "array", "items": suspect}},
        "required": ["suspects"],
        "additionalProperties": False,
    }
