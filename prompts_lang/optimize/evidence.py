"""When a rewrite may be called better: a sequential paired test that may be looked at after every row.

Each validation row is run with the original and with the candidate, and only the difference counts, so rows that the edit cannot reach
share their run through the memo and add no noise. The test bets on the differences: with a stake λ the wealth is multiplied by 1 + λd,
and under the hypothesis "not better on average" no betting scheme is expected to gain. The wealth, averaged over stakes, is an e-value:
it exceeds 1/alpha with probability at most alpha, whenever one looks (Ville's inequality; Waudby-Smith & Ramdas, "Estimating means of
bounded random variables by betting", JRSS-B 2024, arXiv 2010.09686; Ramdas et al., "Game-theoretic statistics and safe
anytime-valid inference",
Statistical Science 2023, arXiv 2210.01948).

Scores lie in [0, 1], so differences lie in [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, pstdev

ALPHA = 0.05
"""Chance that a whole run claims anything although nothing is better."""
STAKES = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Bets on one row. Six wins without a loss prove at alpha = 0.04; small effects are left to the small stakes."""
FIRST_CLAIM = 0.8
"""Share of alpha for the first claim of a run. There is usually only one."""
_DOUBT = 8
"""Rows from which on a test may be given up because the rest is unlikely to help."""


class Conclusion(StrEnum):
    """Where a test stands."""

    PROVEN = "proven"
    FUTILE = "futile"
    OPEN = "undecided"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that holds the true mean with the confidence asked for."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The state of a test after some rows. `differences` are candidate minus original, row by row, each row once."""

    alpha: float
    differences: tuple[float, ...] = ()

    def with_rows(self, differences: Sequence[float]) -> PairedTest:
        """The test after further rows. ValueError for a difference outside [-1, 1]: then nothing could be proven."""
        if any(not -1 <= difference <= 1 for difference in differences):
            raise ValueError("a score lies outside [0, 1], so differences are not bounded and nothing can be proven")
        return PairedTest(self.alpha, (*self.differences, *differences))

    @property
    def e_value(self) -> float:
        """The evidence for "better": the wealth of the bets."""
        return wealth(self.differences)

    @property
    def effect(self) -> float:
        """The mean difference so far; 0 before the first row."""
        return fmean(self.differences) if self.differences else 0.0

    def conclusion(self, rows_left: int) -> Conclusion:
        """Proven, hopeless with what is left, or open.

        Giving up early costs power, never validity: a test that stops without a claim claims nothing.
        """
        needed = 1 / self.alpha
        if self.e_value >= needed:
            return Conclusion.PROVEN
        if wealth(self.differences, future=1.0, rows_left=rows_left) < needed:
            return Conclusion.FUTILE
        if len(self.differences) >= _DOUBT and wealth(self.differences, self._hope(), rows_left) < needed:
            return Conclusion.FUTILE
        return Conclusion.OPEN

    def _hope(self) -> float:
        """What a row may still bring on average, optimistically: two standard errors above what was seen."""
        deviation = max(pstdev(self.differences), 0.25)
        return min(1.0, max(0.0, self.effect + 2 * deviation / math.sqrt(len(self.differences))))


def wealth(differences: Sequence[float], future: float = 0.0, rows_left: int = 0) -> float:
    """What the bets have made of 1, averaged over the stakes, if every further row brought `future`."""
    return fmean(
        math.prod(1 + stake * difference for difference in differences) * (1 + stake * future) ** rows_left
        for stake in STAKES
    )


def claim_alpha(number: int, alpha: float = ALPHA) -> float:
    """The level of the claim with this number (from 0), so that all claims of a run together stay under `alpha`.

    A later claim may depend on how the earlier ones ended, and there are 2^number such histories. Each gets a share of a fourth of what the
    level before had, so the levels sum to alpha(0.8 + 0.1 + 0.05 + 0.025 + …) < alpha over all histories.
    """
    return alpha * FIRST_CLAIM if number == 0 else alpha * 0.05 / 4 ** (number - 1)


def mean_interval(values: Sequence[float], low: float = 0.0, high: float = 1.0, alpha: float = ALPHA) -> Interval:
    """A confidence interval for the mean of values in [low, high], valid for every sample size and at every moment of looking.

    It holds the means against which betting on the values, in either direction, has not made 2/alpha of 1.
    """
    scaled = [min(max((value - low) / (high - low), 0.0), 1.0) for value in values]
    if not scaled:
        return Interval(low, high)
    below = _lower_limit(scaled, alpha / 2)
    above = 1 - _lower_limit([1 - value for value in scaled], alpha / 2)
    return Interval(low + below * (high - low), low + above * (high - low))


def _lower_limit(values: Sequence[float], alpha: float) -> float:
    """The largest mean that is refuted from below, for values in [0, 1]. The wealth falls as the mean rises, so bisection finds it."""
    refuted, open_ = 0.0, 1.0
    for _ in range(40):
        middle = (refuted + open_) / 2
        made = fmean(math.prod(1 + stake * (value - middle) / middle for value in values) for stake in STAKES)
        if made >= 1 / alpha:
            refuted = middle
        else:
            open_ = middle
    return refuted
