"""Takes back what brings nothing: a rewrite that was tested together with others may have been a passenger.

Each changed slot is set back to its original text alone, on rows that the search has mended. Where nothing is lost without it, it goes: a
smaller change is easier to review, and claims no more than it does. Where a row is lost, that row proves the blame of this very slot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.board import Board
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.targeted_gate import Trial, differences
from prompts_lang.optimize.telling import Telling

ROWS = 5
"""Mended rows on which a text has to show that it is needed."""


async def prune(
    board: Board, candidate: Candidate, rows: Sequence[str], affords: Callable[[int], bool], tell: Telling
) -> tuple[Candidate, Mapping[SlotId, str]]:
    """The candidate without the texts that none of the mended rows need, and for each needed text a row that fails without it.

    Rows are tried until one shows that a text is needed. Fewer than `ROWS` rows can show that it is, but not that it is not.
    """
    now = board.known(candidate, rows)
    before = board.known(ORIGINAL, now)
    mended = sorted((row for row in before if now[row] > before[row]), key=lambda row: (before[row] - now[row], row))
    proofs: dict[SlotId, str] = {}
    for slot in candidate.slots:
        without = candidate.without(slot)
        if not without.slots or not affords(min(ROWS, len(mended))):
            break
        kept: dict[str, float] = {}
        for row in mended[:ROWS]:
            kept.update(await board.scores(without, [row]))
            if row in kept and kept[row] < now[row]:
                proofs[slot] = row
                break
        needed = slot in proofs or len(kept) < ROWS
        tell.gate([slot], "prune", "needed" if needed else "not needed", Trial(differences(now, kept, mended)))
        if not needed:
            candidate = without
    return candidate, proofs
