"""Counter-based chance: a draw is a hash of what it is for, so neither order, concurrency nor a resume changes a result.

There is no stream and no state. `Chance.of(seed, "round", 3)` is the same source of draws in every process.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Chance:
    """A source of draws with a name. Equal names give equal draws."""

    name: tuple[str, ...]

    @classmethod
    def of(cls, *name: object) -> Chance:
        """A source named by the parts, in order."""
        return cls(tuple(map(str, name)))

    def at(self, *name: object) -> Chance:
        """A source below this one."""
        return Chance((*self.name, *map(str, name)))

    def uniform(self, *counter: object) -> float:
        """A number in the open interval (0, 1)."""
        text = "\x1f".join((*self.name, *map(str, counter)))
        number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest())
        return (number + 0.5) / 2**56

    def normal(self, *counter: object) -> float:
        """A draw from the standard normal distribution."""
        return NormalDist().inv_cdf(self.uniform(*counter))

    def beta(self, a: float, b: float) -> float:
        """A draw from Beta(a, b), for a and b of at least 1."""
        first, second = self.at("a").gamma(a), self.at("b").gamma(b)
        return first / (first + second)

    def gamma(self, shape: float) -> float:
        """A draw from Gamma(shape, 1) by the method of Marsaglia and Tsang (2000), for a shape of at least 1."""
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        for attempt in itertools.count():
            x = self.normal(attempt, "x")
            v = (1 + c * x) ** 3
            if v > 0 and math.log(self.uniform(attempt, "u")) < x * x / 2 + d - d * v + d * math.log(v):
                return d * v
        raise AssertionError("itertools.count does not end")

    def shuffled(self, items: Sequence[Item], key: Callable[[Item], object]) -> tuple[Item, ...]:
        """The items in an order that depends on their keys alone, not on the order in which they are given."""
        return tuple(sorted(items, key=lambda item: (self.uniform(key(item)), str(key(item)))))
