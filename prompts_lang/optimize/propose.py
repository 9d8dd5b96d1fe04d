"""The rewriter: several different edits of one text, from all that is known to be wrong with it.

It sees the text with its placeholders as opaque marks, the open critiques, the other texts of the node, ideas that failed, and outputs
that must stay as good as they are. It never sees the state of the search, so there is nothing of the kind to leak.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prompts_lang.autodiff.ask import Question, Teacher, ask
from prompts_lang.autodiff.blocks import Fence, remark, shown
from prompts_lang.engine.store.model import Purpose
from prompts_lang.graph.model import Examples, Kind, Slot, SlotId
from prompts_lang.optimize.edits import EditError, Hunk, Masked, apply_hunks, has_written_placeholder, mask
from prompts_lang.optimize.notebook import Note
from prompts_lang.optimize.static_gate import GROWTH

PROPOSALS = 3
"""Edits per question: one reply costs one call, whatever it holds."""
_CRITIQUES = 12
_FAILED_IDEAS = 6
_IDEA_LIMIT = 200
"""Characters of an idea that are kept."""

_INSTRUCTIONS = """\
You edit one text of a prompt graph: a program whose nodes are model calls and searches. Runs of the graph failed, and \
critics said what is wrong with this text. You propose edits that make it work for all inputs of its kind, not just for the \
runs that were looked at.

How to edit
- Make small edits with search and replace. `search` is copied exactly from the current text and occurs in it once; an empty \
`search` adds `replace` at the end. Everything that you do not touch stays as it is.
- Marks such as ⟦1:question⟧ are places where the program inserts values. Keep every mark exactly once, exactly as it is; add none.
- State rules as the author of the text would: plainly, in the text's own language and style, for its reader. Do not mention \
critics, feedback, runs, edits or these instructions. Do not copy inputs, outputs or answers of particular runs.
- Keep what works. Remove or change a sentence only if it is at fault.

What to propose
- The first proposal mends every fault that the feedback names, each in a sentence of its own.
- The others are real alternatives: other causes, other wordings, other places. Do not repeat a failed idea.
- `idea` says in at most 20 words what the proposal changes.
- Reply with one JSON object that fits the schema, and nothing else."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that scored well, as a reminder of what an edit must not break."""

    inputs: str
    outputs: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What the rewriter is told about one slot. `current` is its text now, `failed` ideas that were tried on it."""

    slot: Slot
    current: str
    notes: Sequence[Note]
    failed: Sequence[str] = ()
    kept: Sequence[Kept] = ()
    peers: Mapping[SlotId, str] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text for a slot, or, where `rejected` says why, none: the edits could not be applied as they were written."""

    slot: SlotId
    text: str
    idea: str
    rejected: str | None = None


async def propose(
    brief: Brief, teacher: Teacher, failed: Callable[[str], None], replica: int = 0
) -> tuple[Proposal, ...]:
    """Asks for edits of a slot. A question without a usable answer gives no proposals and is reported."""
    answer = await ask(teacher, rewriter_question(brief, replica), purpose=Purpose.REWRITE, node=brief.slot.node.name)
    if answer.value is None:
        failed(f"The rewriter gave no usable answer about {brief.slot.id}: {answer.problem}")
        return ()
    return read_proposals(brief, answer.value)


def rewriter_question(brief: Brief, replica: int = 0) -> Question:
    """The question about a slot."""
    slot, masked = brief.slot, mask(brief.current)
    if isinstance(slot.section, Examples):
        raise TypeError("examples are chosen by row, not rewritten")
    notes = [note for note in brief.notes if note.critique][:_CRITIQUES]
    peers = {f"peer:{name}": text for name, text in _peers(brief).items()}
    held = [masked.text, *peers.values(), *brief.failed, *(note.critique + note.quote for note in notes)]
    fence = Fence.around([*held, *(kept.inputs + kept.outputs for kept in brief.kept)])
    limit = max(2 * len(slot.text), len(slot.text) + GROWTH)
    role = (
        "the query of a search"
        if slot.node.kind is Kind.RETRIEVE
        else f"the {slot.section.role} message of a model call"
    )
    lines = [
        fence.explanation,
        f"# The text {slot.id}",
        f"It is {role}. The node {slot.id.graph}/{slot.id.node} gives: {', '.join(port.name for port in slot.node.outputs)}.",
        fence.block("current-text", masked.text),
        *(fence.block(label, text) for label, text in peers.items()),
        "# What is wrong with it",
        *(_feedback(fence, note) for note in notes),
    ]
    if brief.failed:
        lines += [
            "# Ideas that did not help",
            *(fence.block("failed-idea", idea) for idea in brief.failed[-_FAILED_IDEAS:]),
        ]
    if brief.kept:
        lines.append("# Runs that are good and must stay good")
        lines += [fence.block("must-keep", f"{kept.inputs}\n→ {kept.outputs}") for kept in brief.kept]
    lines += [
        "# Limits",
        f"At most {PROPOSALS} proposals. The whole text may have {limit} characters; shorter is better.",
    ]
    return Question(_INSTRUCTIONS, "\n\n".join(lines), _schema(), replica)


def read_proposals(brief: Brief, value: Mapping[str, Any]) -> tuple[Proposal, ...]:
    """The proposals of a reply, with the edits applied to the current text."""
    masked = mask(brief.current)
    return tuple(_read(brief.slot.id, masked, proposal) for proposal in value["proposals"][:PROPOSALS])


def _read(slot: SlotId, masked: Masked, proposal: Mapping[str, Any]) -> Proposal:
    idea = remark(proposal["idea"], _IDEA_LIMIT)
    hunks = [Hunk(edit["search"], edit["replace"]) for edit in proposal["edits"]]
    try:
        text = apply_hunks(masked.text, hunks)
    except EditError as error:
        return Proposal(slot, masked.unmasked(masked.text), idea, str(error))
    if has_written_placeholder(masked.text, text):
        return Proposal(slot, masked.unmasked(text), idea, "the placeholders are not the same as before")
    return Proposal(slot, masked.unmasked(text), idea)


def _feedback(fence: Fence, note: Note) -> str:
    quoted = f"\nThe words at fault: {note.quote}" if note.quote else ""
    seen = f"(Seen in {len(note.rows)} failing runs. Verdict: {note.verdict.value}.)"
    return fence.block("feedback", f"{note.critique}{quoted}\n{seen}")


def _peers(brief: Brief) -> Mapping[str, str]:
    """The node's other texts, as they stand now, so that edits do not overlap."""
    now = brief.peers or {}
    graph, node, own = brief.slot.id.graph, brief.slot.id.node, brief.slot.id.section
    return {
        section.name: shown(mask(now.get(SlotId(graph, node, section.name), section.template.source)).text)
        for section in brief.slot.node.sections
        if section.name != own
    }


def _schema() -> Mapping[str, Any]:
    edit = {
        "type": "object",
        "properties": {"search": {"type": "string"}, "replace": {"type": "string"}},
        "required": ["search", "replace"],
        "additionalProperties": False,
    }
    proposal = {
        "type": "object",
        "properties": {"idea": {"type": "string"}, "edits": {"type": "array", "items": edit, "minItems": 1}},
        "required": ["idea", "edits"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"proposals": {"type": "array", "items": proposal, "minItems": 1, "maxItems": PROPOSALS}},
        "required": ["proposals"],
        "additionalProperties": False,
    }
