"""Records what a computation looks up, so that its result can be reused for as long as the look-ups would give the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class Traced(Mapping[str, V], Generic[V]):
    """A read-only view of a mapping that remembers every key that was asked for, and whether all keys were listed."""

    __slots__ = ("_inner", "listed", "read")

    def __init__(self, inner: Mapping[str, V]) -> None:
        self._inner = inner
        self.read: dict[str, V | None] = {}
        self.listed = False

    def __getitem__(self, key: str) -> V:
        self.read[key] = self._inner.get(key)
        return self._inner[key]

    def __iter__(self) -> Iterator[str]:
        self.listed = True
        return iter(self._inner)

    def __len__(self) -> int:
        self.listed = True
        return len(self._inner)


def still_holds(reads: Mapping[str, object], before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """True where every look-up that `reads` recorded in `before` would have the same answer in `now`."""
    if before is now:
        return True
    if not isinstance(reads, Traced):
        return False
    if reads.listed and list(before) != list(now):
        return False
    return all(now.get(key) == value for key, value in reads.read.items())
