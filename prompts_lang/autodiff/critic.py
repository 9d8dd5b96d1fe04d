"""The critic: one model call per node that judges its texts, its inputs, all exemplars and all iterations jointly.

Siblings are judged together because blame is relative (GASO, arXiv 2412.03624). Every prompt shows the loss of each exemplar verbatim,
what the node got and gave, and at most a few short messages from downstream, so its size does not grow with depth (TEP, arXiv
2601.21064), and it asks to separate the node's own text from what arrived (TextResNet, arXiv 2602.08306).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prompts_lang.autodiff.aggregate import in_order, most_telling
from prompts_lang.autodiff.ask import Question, Teacher, ask
from prompts_lang.autodiff.blocks import Fence, remark, shown
from prompts_lang.autodiff.message import CRITIQUE_LIMIT, Gradient, Verdict
from prompts_lang.autodiff.places import Place
from prompts_lang.autodiff.rules import MESSAGES_SHOWN, Station, Visit
from prompts_lang.autodiff.tape import CONDITION
from prompts_lang.engine.store.model import Purpose
from prompts_lang.graph.model import Examples, SlotId

VISITS_SHOWN = 8
"""Executions in one prompt. Of a long loop the first rounds and the last one are shown."""

MESSAGES_READ = 4
"""Messages of one reply about one target: several faults are possible, hundreds are noise."""

_INSTRUCTIONS = """\
You are the critic of a prompt graph: a program whose nodes are model calls, searches and code. Some runs of the graph \
scored badly. You are shown one node of it, with the runs in which blame has reached this node, and you say which of its \
texts and inputs is to blame, like a reviewer who explains a failing test.

How to judge
- Judge every target of the list, all of them together. Blame is relative: what explains the failure best gets it.
- Separate the node's own text from what arrived. Where an input already lacks or distorts what the node needed, blame the \
input. Where the inputs were good enough, blame the text that let the node go wrong.
- Verdicts: "causes" (without this, the runs would have scored well), "contributes" (it made the failure more likely), \
"none" (it is in order; say so freely), "unknown" (what is shown does not tell).
- A loop's rounds stand in order. Look for the first round that goes wrong, and judge that one.

How to write
- critique: what is missing or wrong, then what the text should say instead, as a general instruction that would help with \
other inputs of the same kind. At most 80 words. Never mention the inputs, outputs or answers of a particular run. Leave it \
empty where the verdict is "none".
- quote: the words of the target that are at fault, copied exactly and as few as will do. Leave it empty where the fault is \
that something is missing.
- Reply with one JSON object that fits the schema, and nothing else."""


@dataclass(frozen=True, slots=True)
class ModelCritic:
    """A critic that asks a model. `failed` is told about every question that got no usable answer."""

    teacher: Teacher
    failed: Callable[[str], None]
    replica: int = 0

    async def judge(self, station: Station) -> tuple[Gradient, ...]:
        """Asks about a station; a question without a usable answer gives no messages and is reported."""
        question = critic_question(station, self.replica)
        answer = await ask(self.teacher, question, purpose=Purpose.CRITIC, node=station.place.path)
        if answer.value is None:
            self.failed(f"The critic gave no usable answer about {station.place.name}: {answer.problem}")
            return ()
        return read_messages(station, answer.value)


def critic_question(station: Station, replica: int = 0) -> Question:
    """The question about a station, with its schema over the targets that exist."""
    visits = _sample(station.visits)
    fence = Fence.around(_held(station, visits))
    place = station.place
    targets = tuple(_targets(station))
    lines = [
        fence.explanation,
        f"# The node {place.name}",
        f"It is a node of kind {place.node.kind.value}. It gives: {', '.join(port.name for port in place.node.outputs)}.",
        *(
            fence.block(f"{_own(section.name, place)}:{section.name}", section.template.source)
            for section in place.node.sections
        ),
        "# Targets to judge",
        *(f"- {name}: {meaning}" for name, meaning in targets),
    ]
    if len(visits) < len(station.visits):
        lines.append(f"Of {len(station.visits)} executions, {len(visits)} are shown.")
    for number, visit in enumerate(visits, 1):
        lines += _exemplar(fence, visit, number, len(visits))
    return Question(_INSTRUCTIONS, "\n\n".join(lines), _schema([name for name, _ in targets]), replica)


def read_messages(station: Station, value: Mapping[str, Any]) -> tuple[Gradient, ...]:
    """The messages of a reply, addressed. Quoted words that the target does not have are dropped: nothing is anchored to a guess."""
    slots = {f"slot:{slot.id.section}": slot for slot in station.place.slots}
    found: list[Gradient] = []
    counts: Counter[str] = Counter()
    for message in value["messages"]:
        verdict = Verdict(message["verdict"])
        critique = remark(message["critique"], CRITIQUE_LIMIT)
        name: str = message["target"]
        if verdict is Verdict.NONE or not critique or counts[name] == MESSAGES_READ:
            continue
        counts[name] += 1
        quote: str = message["quote"]
        if slot := slots.get(name):
            said = quote if quote and quote in slot.text else ""
            found.extend(
                _addressed(visit, slot.id, verdict, critique, said) for visit in _first_of_each_row(station.visits)
            )
        else:
            port = name.removeprefix("input:")
            found.extend(
                _addressed(visit, port, verdict, critique, quote if quote in shown(visit.value(port)) else "")
                for visit in station.visits
                if port in visit.inputs
            )
    return in_order(found)


def _addressed(visit: Visit, target: SlotId | str, verdict: Verdict, critique: str, quote: str) -> Gradient:
    return Gradient(visit.case.run.row, visit.event.key, target, verdict, critique, quote, score=visit.case.score)


def _first_of_each_row(visits: Iterable[Visit]) -> Iterable[Visit]:
    first: dict[str, Visit] = {}
    for visit in visits:
        first.setdefault(visit.case.run.row, visit)
    return first.values()


def _targets(station: Station) -> Iterable[tuple[str, str]]:
    for slot in station.place.slots:
        what = (
            "the choice of examples"
            if isinstance(slot.section, Examples)
            else f"the node's own {slot.section.role} text, above"
        )
        yield f"slot:{slot.id.section}", what
    for name in station.inputs:
        if name.startswith(CONDITION):
            read = name.removeprefix(CONDITION)
            yield f"input:{name}", f"the value of {read}, which decided that this node runs and not another one"
        else:
            yield f"input:{name}", f"the value of the input {name}, which other nodes produced"


def _own(section: str, place: Place) -> str:
    return "slot" if any(slot.id.section == section for slot in place.slots) else "frozen"


def _exemplar(fence: Fence, visit: Visit, number: int, of: int) -> list[str]:
    event = visit.event
    rounds = f", round {'.'.join(str(step + 1) for step in event.key.iteration)}" if event.key.iteration else ""
    lines = [f"# Run {number} of {of}{rounds}", fence.block("loss", shown(visit.case.statement))]
    lines += [
        fence.block(f"input:{name}", shown(value)) for name, value in (*event.inputs.items(), *visit.conditions.items())
    ]
    lines += [fence.block(f"output:{name}", shown(value)) for name, value in event.outputs.items()]
    downstream = [message for message in visit.messages if message.critique != visit.case.statement]
    for message in most_telling(downstream, MESSAGES_SHOWN):
        lines.append(
            fence.block("downstream", f"{message.event.path} says ({message.verdict.value}): {message.critique}")
        )
    return lines


def _held(station: Station, visits: Iterable[Visit]) -> Iterable[str]:
    for section in station.place.node.sections:
        yield section.template.source
    for visit in visits:
        yield visit.case.statement
        values = (*visit.event.inputs.values(), *visit.conditions.values(), *visit.event.outputs.values())
        yield from map(shown, values)
        yield from (message.critique for message in visit.messages)


def _sample(visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """At most `VISITS_SHOWN` executions: every row before any second round, first rounds first, and the last round of the last row."""
    if len(visits) <= VISITS_SHOWN:
        return visits
    rounds: dict[str, int] = {}
    ranked: list[tuple[int, int]] = []
    for index, visit in enumerate(visits):
        rank = rounds[visit.case.run.row] = rounds.get(visit.case.run.row, -1) + 1
        ranked.append((rank, index))
    kept = sorted(index for _, index in sorted(ranked)[: VISITS_SHOWN - 1])
    last = len(visits) - 1
    return tuple(visits[index] for index in dict.fromkeys((*kept, last)))


def _schema(targets: list[str]) -> Mapping[str, Any]:
    message = {
        "type": "object",
        "properties": {
            "target": {"type": "string", "enum": targets},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in Verdict]},
            "critique": {"type": "string"},
            "quote": {"type": "string"},
        },
        "required": ["target", "verdict", "critique", "quote"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"messages": {"type": "array", "items": message}},
        "required": ["messages"],
        "additionalProperties": False,
    }
