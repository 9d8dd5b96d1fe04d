"""Three-way merge of two candidates by their common ancestor: edits to different slots go together, edits to the same slot do not.

Merging disjoint edits commutes, so which of two searches came first does not matter. A merged candidate is only a proposal: whether the
edits get along is for a test to say.
"""

from __future__ import annotations

from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.candidate import Candidate


def merge(base: Candidate, left: Candidate, right: Candidate) -> Candidate | None:
    """The candidate with the changes of both sides, or None where both changed a slot and not to the same text."""
    before, ours, theirs = dict(base.texts), dict(left.texts), dict(right.texts)
    merged: dict[SlotId, str] = {}
    for slot in sorted({*before, *ours, *theirs}):
        old, our, their = before.get(slot), ours.get(slot), theirs.get(slot)
        if our not in (old, their) and their != old:
            return None
        chosen = their if our == old else our
        if chosen is not None:
            merged[slot] = chosen
    return Candidate(tuple(merged.items()))
