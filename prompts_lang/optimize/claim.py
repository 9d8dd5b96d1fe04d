"""The claim: a sequential paired test of a candidate against the original, on validation rows that the search has never seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompts_lang.engine.store.model import Purpose
from prompts_lang.optimize.board import Board, OutOfBudget
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.evidence import Conclusion, Interval, PairedTest, claim_alpha, mean_interval
from prompts_lang.optimize.targeted_gate import differences

FIRST_LOOK = 6
"""Rows before the first look: fewer cannot prove anything at the usual level."""
STEP = 3
"""Rows between looks. Looking is free, so this is only how many rows run side by side."""


@dataclass(frozen=True, slots=True)
class Claim:
    """How a test ended. `effect` is the mean difference on the rows it used; `interval` holds the true one whenever it was stopped."""

    conclusion: Conclusion
    effect: float
    interval: Interval
    rows: int
    e_value: float


async def prove(
    board: Board,
    candidate: Candidate,
    rows: Sequence[str],
    *,
    alpha: float,
    affords: Callable[[int], bool],
    number: int = 0,
) -> Claim:
    """Tests a candidate on rows in the order given, until it is proven, hopeless, or the rows or the budget end.

    A row that could not be run on one side is left out on both. The original is run on the same rows; what the edit cannot reach is
    shared through the memo.
    """
    level = claim_alpha(number, alpha)
    test = PairedTest(level)
    taken = 0
    while taken < len(rows) and test.conclusion(len(rows) - taken) is Conclusion.OPEN:
        batch = rows[taken : taken + (STEP if taken else FIRST_LOOK)]
        if not affords(2 * len(batch)):
            break
        taken += len(batch)
        try:
            before = await board.scores(ORIGINAL, batch, Purpose.FORWARD)
            after = await board.scores(candidate, batch, Purpose.FORWARD)
        except OutOfBudget:
            before, after = board.known(ORIGINAL, batch), board.known(candidate, batch)
            test = test.with_rows(differences(before, after, batch))
            break
        test = test.with_rows(differences(before, after, batch))
    return Claim(
        test.conclusion(0 if taken >= len(rows) else len(rows) - taken),
        test.effect,
        mean_interval(test.differences, -1.0, 1.0, level),
        len(test.differences),
        test.e_value,
    )
