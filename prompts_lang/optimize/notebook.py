"""What the critic has said in this run, slot by slot: said once, with the rows it was said about, and forgotten when those rows pass.

Keeping every open critique is what lets one rewrite mend several faults: a row often fails for more than one reason, and an edit that
mends only one of them does not move the score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from prompts_lang.autodiff.aggregate import SEVERITY, normalised
from prompts_lang.autodiff.message import Gradient, Proof, Verdict
from prompts_lang.graph.model import SlotId

_WEIGHT = {Verdict.CAUSES: 1.0, Verdict.CONTRIBUTES: 0.5, Verdict.UNKNOWN: 0.25, Verdict.NONE: 0.0}

_TELLING = 4
"""Letters of a word that says something about the matter."""
_ASKED = 1 / 3
"""Share of such words that a critique has in common with a sentence that answers it."""


@dataclass(frozen=True, slots=True)
class Note:
    """One critique of a slot and the rows that it explains."""

    slot: SlotId
    verdict: Verdict
    critique: str
    quote: str
    rows: tuple[str, ...]
    proof: Proof

    @property
    def weight(self) -> float:
        """How much it says about the slot's responsibility, in rows."""
        return _WEIGHT[self.verdict] * len(self.rows)


@dataclass(slots=True)
class Notebook:
    """All notes of a run."""

    _notes: dict[tuple[SlotId, str], Note] = field(default_factory=dict[tuple[SlotId, str], Note])

    def add(self, gradients: Iterable[Gradient]) -> tuple[Note, ...]:
        """Enters messages about slots. Returns the notes that are new or have grown, in order."""
        touched: dict[tuple[SlotId, str], Note] = {}
        for gradient in gradients:
            if not isinstance(gradient.target, SlotId):
                continue
            key = (gradient.target, normalised(gradient.critique))
            old = self._notes.get(key)
            rows = tuple(sorted({gradient.row, *(old.rows if old else ())}))
            worse = old is None or SEVERITY[gradient.verdict] < SEVERITY[old.verdict]
            note = Note(
                gradient.target,
                gradient.verdict if old is None or worse else old.verdict,
                gradient.critique if old is None else old.critique,
                (old.quote if old else "") or gradient.quote,
                rows,
                _stronger(gradient.proof, old.proof if old else Proof.CLAIMED),
            )
            if note != old:
                self._notes[key] = touched[key] = note
        return tuple(touched[key] for key in sorted(touched))

    def open(self, failing: Collection[str], *, mild: bool = False) -> tuple[Note, ...]:
        """The notes about rows that still fail, the most telling first.

        Where some say that they name the cause, milder ones are left out unless `mild`: a critic that has to say something says
        something mild, and every needless sentence in a prompt is a risk.
        """
        still = [note for note in self._notes.values() if any(row in failing for row in note.rows)]
        causes = [note for note in still if note.verdict is Verdict.CAUSES]
        chosen = still if mild or not causes else causes
        return tuple(sorted(chosen, key=lambda note: (note.slot, -note.weight, note.critique)))

    def verify(self, slots: Collection[SlotId], rows: Collection[str]) -> tuple[Note, ...]:
        """Marks notes as proven by an intervention that made their rows pass. Returns those that changed."""
        changed: list[Note] = []
        for key, note in self._notes.items():
            if note.slot in slots and note.proof is Proof.CLAIMED and any(row in rows for row in note.rows):
                changed.append(Note(note.slot, note.verdict, note.critique, note.quote, note.rows, Proof.REPLAYED))
                self._notes[key] = changed[-1]
        return tuple(changed)

    def rows_about(self, slot: SlotId, words: str) -> tuple[str, ...]:
        """The rows that a slot was blamed for, first those of the critiques that share the most words with what was written there."""
        said = set(normalised(words).split())
        own = [note for note in self.notes if note.slot == slot]
        ranked = sorted(own, key=lambda note: -len(said.intersection(normalised(note.critique).split())))
        return tuple(dict.fromkeys(row for note in ranked for row in note.rows))

    def asks_for(self, slot: SlotId, words: str) -> bool:
        """Whether any critique of a slot speaks of what was written there, as far as the words of both tell."""
        written = {word for word in normalised(words).split() if len(word) >= _TELLING}
        said = {word for note in self.notes if note.slot == slot for word in normalised(note.critique).split()}
        return len(written & said) >= _ASKED * len(written)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every note, ordered by slot, the weightiest first."""
        return tuple(sorted(self._notes.values(), key=lambda note: (note.slot, -note.weight, note.critique)))


def _stronger(left: Proof, right: Proof) -> Proof:
    order = (Proof.FREE, Proof.REPLAYED, Proof.CLAIMED)
    return min(left, right, key=order.index)
