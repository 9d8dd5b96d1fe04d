"""What a set of scores says: the mean, and an interval that the true mean lies in with 95 % confidence.

Scores of 0 and 1 get Wilson's interval (Wilson 1927; recommended for small samples by Brown, Cai & DasGupta 2001, "Interval Estimation for
a Binomial Proportion"). Other scores get the percentile bootstrap over rows (Efron & Tibshirani 1993, ch. 13), drawn from a generator
that is seeded by the scores themselves, so that the same scores give the same interval. Where too few scores differ to resample, Wilson's
interval stands in: no variable on [0, 1] varies more than a coin of the same mean (Bhatia & Davis 2000), so it is on the safe side.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

CONFIDENCE = 0.95
_Z = 1.959963984540054  # the normal quantile of 0.975
_DRAWS = 2000
_FEWEST = 8
"""Scores below which a bootstrap is too narrow to be honest."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The mean of `count` scores with its interval; None without scores."""

    count: int
    mean: float | None
    interval: tuple[float, float] | None


def summarise(scores: Sequence[float]) -> Summary:
    """The summary of one score per row. Repeats of a row are averaged before, since they are no independent evidence."""
    if not scores:
        return Summary(0, None, None)
    mean = fmean(scores)
    if len(scores) < _FEWEST or len(set(scores)) == 1 or set(scores) <= {0.0, 1.0}:
        return Summary(len(scores), mean, wilson(mean, len(scores)))
    return Summary(len(scores), mean, bootstrap(scores))


def wilson(mean: float, count: int) -> tuple[float, float]:
    """Wilson's score interval for a proportion."""
    spread = _Z**2 / count
    centre = (mean + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(max(mean * (1 - mean), 0.0) / count + spread / (4 * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(scores: Sequence[float]) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean."""
    import numpy as np  # noqa: PLC0415  slow to import, and needed here only

    ordered = np.sort(np.asarray(scores, dtype=np.float64))  # the order of rows must not matter
    seed = int.from_bytes(hashlib.sha256(ordered.tobytes()).digest()[:8], "big")
    draws = np.random.default_rng(seed).choice(ordered, size=(_DRAWS, len(ordered)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(draws.mean(axis=1), (tail, 1 - tail))
    return float(low), float(high)
