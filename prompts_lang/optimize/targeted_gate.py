"""The gate of the search: does an edit do on a few rows what it was made for, without breaking others?

The search walks on expected gain and may be wrong; nothing is claimed here. Rows that failed before are tried first, then rows that passed
and that the edit can reach (sentinels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CLEAR = 0.5
"""Share of the lost score that an edit has to win back for the search to look at no other one."""
_DOUBT = 0.2
"""Loss that is assumed per trial on top of what was seen on sentinels: three rows that still pass prove little."""

CHANCE = 0.05
"""Share of rows that is taken to fail by chance: any new text draws them anew, and seems to mend them."""
NOISE = 0.05
"""Differences up to this are no news: a judge that is asked twice differs by as much."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Differences of scores, candidate minus incumbent, on rows that failed and on rows that passed.

    `lost` is the score that the incumbent falls short of on those that failed.
    """

    failing: tuple[float, ...]
    sentinels: tuple[float, ...] = ()
    lost: float = 0.0

    @property
    def gain(self) -> float:
        """The net score won on the failing rows."""
        return _net(self.failing)

    @property
    def harm(self) -> float:
        """The net score lost on the rows that passed, 0 or more."""
        return max(0.0, -_net(self.sentinels))

    @property
    def is_clear(self) -> bool:
        """Whether the edit wins back so much of the score lost on these rows that there is no need to look at others."""
        return self.lost > 0 and self.gain >= CLEAR * self.lost

    def expected_gain(self, failing_share: float) -> float:
        """The posterior mean gain on a fresh row, if `failing_share` of the rows fail now. Both means are shrunk towards no effect."""
        won = self.gain / (len(self.failing) + 1)
        lost = (self.harm + _DOUBT) / (len(self.sentinels) + 1)
        return max(failing_share - CHANCE, 0.0) * won - (1 - failing_share) * lost


def _net(differences: Sequence[float]) -> float:
    return sum(difference for difference in differences if abs(difference) > NOISE)


def differences(before: Mapping[str, float], after: Mapping[str, float], rows: Sequence[str]) -> tuple[float, ...]:
    """The paired differences on the rows that were scored on both sides."""
    return tuple(after[row] - before[row] for row in rows if row in before and row in after)
