"""Which slots to edit next: a draw from what is known about each slot's responsibility, never round-robin.

A slot's responsibility is a Beta posterior. Blame by the critic counts as weak evidence, proven blame and edits that helped as strong
evidence, edits that did not help as evidence against it (Thompson sampling).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.message import Proof
from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.notebook import Note

_CLAIMED = 0.5
"""What a row of claimed blame is worth beside a row of proven blame: critics name the right agent about half of the time (Who&When)."""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """A Beta posterior over "editing this slot helps", from a uniform prior."""

    helped: float = 0.0
    failed: float = 0.0

    @property
    def mean(self) -> float:
        """The expected responsibility, from 0 to 1."""
        return (1 + self.helped) / (2 + self.helped + self.failed)

    def after(self, *, helped: float = 0.0, failed: float = 0.0) -> Responsibility:
        """The posterior after further trials."""
        return Responsibility(self.helped + helped, self.failed + failed)

    def draw(self, chance: Chance) -> float:
        """A sample of the posterior."""
        return chance.beta(1 + self.helped, 1 + self.failed)


def choose(
    notes: Sequence[Note], tried: Mapping[SlotId, Responsibility], chance: Chance, at_most: int
) -> tuple[SlotId, ...]:
    """The slots to edit in this round, in their own order: those with the highest draws among the slots that are blamed."""
    blamed: dict[SlotId, float] = {}
    for note in notes:
        worth = 1.0 if note.proof is not Proof.CLAIMED else _CLAIMED
        blamed[note.slot] = blamed.get(note.slot, 0.0) + worth * note.weight
    draws = {
        slot: tried.get(slot, Responsibility()).after(helped=weight).draw(chance.at(slot))
        for slot, weight in blamed.items()
        if weight
    }
    best = sorted(draws, key=lambda slot: (-draws[slot], slot))[:at_most]
    return tuple(sorted(best))
