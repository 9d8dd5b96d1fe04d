"""Counter-based chance: every draw is a hash of what it is for, so order, threads and restarts change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws for one request. The same key and the same labels always give the same draw."""

    key: str

    @classmethod
    def of(cls, *parts: object) -> Chance:
        """A source of draws whose key is a hash of the parts."""
        return cls(_digest("\x1f".join(map(str, parts))).hex())

    def draw(self, *labels: object) -> float:
        """A number in [0, 1)."""
        digest = _digest("\x1f".join((self.key, *map(str, labels))))
        return int.from_bytes(digest[:7]) / 2**56

    def hit(self, probability: float, *labels: object) -> bool:
        """True with the given probability; exactly never at 0 and always at 1."""
        return self.draw(*labels) < probability

    def pick(self, items: Sequence[Item], *labels: object) -> Item:
        """One of the items, all equally likely. The sequence must not be empty."""
        return items[int(self.draw(*labels) * len(items))]

    def shuffled(self, items: Sequence[Item], *labels: object) -> tuple[Item, ...]:
        """The items in an order of their own."""
        order = sorted(range(len(items)), key=lambda index: self.draw(*labels, index))
        return tuple(items[index] for index in order)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
