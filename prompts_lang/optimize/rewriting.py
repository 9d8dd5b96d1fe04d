"""Rewriting: has the blamed texts rewritten, and lets through what the static gate has nothing against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompts_lang.autodiff.ask import Teacher
from prompts_lang.autodiff.blocks import shown
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.values import Values
from prompts_lang.graph.model import Examples, Slot, SlotId
from prompts_lang.optimize.candidate import Texts
from prompts_lang.optimize.notebook import Note
from prompts_lang.optimize.position import Position
from prompts_lang.optimize.propose import Brief, Kept, Proposal, propose
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.optimize.telling import Telling
from prompts_lang.optimize.trials import Trials

KEPT = 2
"""Passing rows that the rewriter is shown, so that it keeps what works."""
_BRIEF = 300
"""Characters of a value in a reminder of what works."""


@dataclass(slots=True)
class Rewriting:
    """Asks the rewriter for other texts of slots."""

    position: Position
    trials: Trials
    rewriter: Teacher
    gate: StaticGate
    tell: Telling

    async def propose(
        self, chosen: Sequence[SlotId], notes: Sequence[Note], number: int, draw: int
    ) -> tuple[Proposal, ...]:
        """Has the chosen texts rewritten side by side, from all open critiques. Every proposal is told, those that were rejected, too.

        Raises:
            OutOfBudget: The rewriter's calls do not fit.
        """
        position = self.position
        slots = [slot for slot in position.slots if slot.id in chosen and not isinstance(slot.section, Examples)]
        position.afford(position.pace.trial, 2 * len(slots))
        texts = position.texts(position.incumbent)
        briefs = [self._brief(slot, texts, notes, number) for slot in slots]

        async def ask(brief: Brief) -> tuple[Proposal, ...]:
            return await propose(brief, self.rewriter, self.tell.warn, draw)

        answers = await side_by_side(briefs, ask, at_once=max(len(briefs), 1))
        pairs = zip(briefs, answers, strict=True)
        return tuple(passed for brief, proposals in pairs for passed in self._passed(brief, proposals))

    def _passed(self, brief: Brief, proposals: Sequence[Proposal]) -> Sequence[Proposal]:
        passed: list[Proposal] = []
        for proposal in proposals:
            earlier = [other.text for other in passed]
            reason = proposal.rejected or self.gate.objection(brief.slot, brief.current, proposal.text, earlier)
            self.tell.proposal(proposal, reason)
            if reason is None:
                passed.append(proposal)
        return passed

    def _brief(self, slot: Slot, texts: Texts, notes: Sequence[Note], number: int) -> Brief:
        standing = self.position.standing
        own = [note for note in notes if note.slot == slot.id]
        kept: list[Kept] = []
        passing = self.position.chance(number, "kept", slot.id).shuffled(standing.passing, key=str)
        for row in passing[:KEPT]:
            events = standing.outcome(row).run.events
            here = (event for event in events if (event.graph, event.node) == (slot.id.graph, slot.id.node))
            kept += [Kept(_briefly(event.inputs), _briefly(event.outputs)) for event in list(here)[:1]]
        return Brief(slot, texts[slot.id], own, tuple(self.trials.ideas.get(slot.id, ())), tuple(kept), texts)


def _briefly(values: Values) -> str:
    """Values by name, one a line, short enough to be shown as a reminder."""
    return "\n".join(f"{name}: {shown(value, _BRIEF)}" for name, value in values.items())
