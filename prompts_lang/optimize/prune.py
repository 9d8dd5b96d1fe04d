"""Takes back what brings nothing: a rewrite that was tested together with others may have been a passenger.

Each changed slot is set back to its original text alone, on rows that the search has mended. Where nothing is lost without it, it goes:
a smaller change is easier to review, and claims no more than it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompts_lang.optimize.board import Board
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.targeted_gate import Trial, differences
from prompts_lang.optimize.telling import Telling

ROWS = 5
"""Mended rows on which each text has to show that it is needed."""


async def prune(
    board: Board, candidate: Candidate, rows: Sequence[str], affords: Callable[[int], bool], tell: Telling
) -> Candidate:
    """The candidate without the texts that none of the mended rows need. Rows are tried until one shows that a text is needed."""
    now = board.known(candidate, rows)
    before = board.known(ORIGINAL, now)
    mended = sorted((row for row in before if now[row] > before[row]), key=lambda row: (before[row] - now[row], row))[
        :ROWS
    ]
    if len(mended) < ROWS:
        return candidate
    for slot in candidate.slots:
        without = candidate.without(slot)
        if not without.slots or not affords(len(mended)):
            break
        kept: dict[str, float] = {}
        for row in mended:
            kept.update(await board.scores(without, [row]))
            if kept.get(row, 0.0) < now[row]:
                break
        lost = differences(now, kept, mended)
        needed = len(kept) < len(mended) or any(difference < 0 for difference in lost)
        tell.gate([slot], "prune", "needed" if needed else "not needed", Trial(lost))
        if not needed:
            candidate = without
    return candidate
