"""How many rows a step of the search takes: fewer where a row is dear, since then a question to a teacher costs next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

DEAR = 20
"""Calls per row from which on rows are spared and teachers are asked more."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The sizes of the steps of a search.

    Attributes:
        first: Rows that are run before the first round.
        look: Further rows per step of looking.
        wanted: Failing rows with which a round is content.
        trial: Failing rows on which an edit is tried.
        sentinels: Passing rows on which an edit that helps is tried as well.
        slots: Slots that are edited in one round. Their edits are tested together, so one more costs one call to the rewriter.
        passing: Passing rows on which a change has to show that it is needed.
    """

    first: int = 8
    look: int = 4
    wanted: int = 5
    trial: int = 6
    sentinels: int = 4
    slots: int = 4
    passing: int = 6

    @classmethod
    def for_rows_of(cls, calls: int) -> Pace:
        """The pace for a graph whose rows take so many calls."""
        return cls() if calls < DEAR else SPARING


SPARING = Pace(first=4, look=2, wanted=3, trial=4, sentinels=2, slots=8, passing=4)
