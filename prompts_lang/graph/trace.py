"""Records what a computation looks up, so that its result can be reused for as long as the look-ups would give the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Reads:
    """What was looked up: the answer for each key that was asked for (None where there was none), and what was listed as a whole."""

    answers: Mapping[str, object]
    listed: Mapping[str, object] | None

    def hold_in(self, now: Mapping[str, object]) -> bool:
        """True where every look-up would have the same answer in `now`."""
        if self.listed is not None and self.listed is not now and tuple(self.listed) != tuple(now):
            return False
        return all(now.get(key) == answer for key, answer in self.answers.items())


class Traced(Mapping[str, V], Generic[V]):
    """A read-only view of a mapping that remembers every key that was asked for, and whether all keys were listed."""

    __slots__ = ("_answers", "_inner", "_listed")

    def __init__(self, inner: Mapping[str, V]) -> None:
        self._inner = inner
        self._answers: dict[str, object] = {}
        self._listed = False

    @property
    def reads(self) -> Reads:
        """What was looked up so far."""
        return Reads(self._answers, self._inner if self._listed else None)

    def __getitem__(self, key: str) -> V:
        self._answers[key] = self._inner.get(key)
        return self._inner[key]

    def __iter__(self) -> Iterator[str]:
        self._listed = True
        return iter(self._inner)

    def __len__(self) -> int:
        self._listed = True
        return len(self._inner)
