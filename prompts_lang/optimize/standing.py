"""How the training rows stand with the texts of the incumbent: what was seen last, what is out of date, what was never looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prompts_lang.optimize.bench import Outcome


@dataclass(slots=True)
class Standing:
    """The state of the training rows. `fresh` are those never run, in the order in which they will be.

    When the incumbent changes, rows become out of date: a row that failed has to be run again before it counts as failing, one that
    passed still counts as passing.
    """

    passing_score: float
    fresh: list[str]
    _latest: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    _stale: set[str] = field(default_factory=set[str])

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Enters what was seen with the incumbent's texts. Rows that could not be scored tell nothing."""
        for outcome in outcomes:
            if outcome.value is not None:
                self._latest[outcome.row] = outcome
                self._stale.discard(outcome.row)

    def move(self, outcomes: Iterable[Outcome]) -> None:
        """The incumbent has changed, and these are its first outcomes."""
        self._stale = set(self._latest)
        self.note(outcomes)

    def take(self, count: int) -> tuple[str, ...]:
        """The rows to look at next: failing ones that are out of date, then fresh ones. Fresh rows are given out once."""
        outdated = [row for row in self._latest if row in self._stale and self.fails(row)]
        rows = [*outdated, *self.fresh][:count]
        self.fresh = [row for row in self.fresh if row not in rows]
        return tuple(rows)

    def is_stale(self, row: str) -> bool:
        """Whether a row was last looked at with earlier texts."""
        return row in self._stale

    @property
    def is_exhausted(self) -> bool:
        """Whether there is no row left whose look could bring news."""
        return not self.fresh and not any(self.fails(row) for row in self._stale)

    def is_unbroken(self, rows: int) -> bool:
        """Whether so many rows have passed with the incumbent's texts and none has failed."""
        return not self.failing and len(self.solved) >= rows

    @property
    def seen(self) -> tuple[str, ...]:
        """The rows that were looked at, in order."""
        return tuple(self._latest)

    @property
    def failing(self) -> tuple[str, ...]:
        """The rows that fail with the incumbent's texts, in order of their first look."""
        return tuple(row for row in self._latest if row not in self._stale and self.fails(row))

    @property
    def passing(self) -> tuple[str, ...]:
        """The rows that passed when they were last looked at."""
        return tuple(row for row in self._latest if not self.fails(row))

    @property
    def solved(self) -> tuple[str, ...]:
        """The rows that pass with the incumbent's texts."""
        return tuple(row for row in self.passing if row not in self._stale)

    @property
    def failing_share(self) -> float:
        """The share of failing rows, as last seen, from a uniform prior."""
        return (len(self._latest) - len(self.passing) + 1) / (len(self._latest) + 2)

    @property
    def mean(self) -> float:
        """The mean score, as last seen; 0 without any row."""
        values = self.values(self.seen).values()
        return sum(values) / len(values) if values else 0.0

    def outcome(self, row: str) -> Outcome:
        """What was seen last of a row."""
        return self._latest[row]

    def values(self, rows: Sequence[str]) -> dict[str, float]:
        """The scores last seen."""
        return {row: value for row in rows if (value := self._latest[row].value) is not None}

    def lost(self, rows: Sequence[str]) -> float:
        """The score that these rows, as last seen, fall short of."""
        return sum(1 - value for value in self.values(rows).values())

    def fails(self, row: str) -> bool:
        """Whether a row fell short when it was last looked at."""
        value = self._latest[row].value
        return value is not None and value < self.passing_score
