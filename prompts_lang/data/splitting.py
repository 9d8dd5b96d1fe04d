"""Puts rows into the train, validation and test split, by nothing but their ids.

A row's place must not depend on the other rows: adding, removing or sorting rows may move none of those that stay. Plain hashing
does that, but on small sets it comes out lopsided: of 60 rows, a share of 30 % gets 18 ± 3.5. Most ids are numbered, though, and
numbers can be placed without that noise: the number times the golden ratio, modulo one, fills the unit interval evenly whatever the
range of numbers (Knuth, The Art of Computer Programming 3, 6.4, "Fibonacci hashing"), and since the ratio is irrational no period of
the data, such as every third row being hard, lines up with it. So `q-001` … `q-060` come out at 24 / 18 / 18, give or take one. Ids
without a number are hashed.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

from prompts_lang.graph.model import SplitByRatio

_TURN = 2**64
_GOLDEN = 11400714819323198485
"""2^64 divided by the golden ratio, made odd."""

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>[0-9]{1,18})", re.DOTALL)


class Split(StrEnum):
    """The three parts of a dataset. Nothing in an optimisation looks at the test rows before the end."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def split_of(row_id: str, ratio: SplitByRatio) -> Split:
    """The split of a row. The same id and ratio always give the same split."""
    whole = ratio.train + ratio.validation + ratio.test
    place = _place(row_id) * whole
    if place < ratio.train * _TURN:
        return Split.TRAIN
    return Split.VALIDATION if place < (ratio.train + ratio.validation) * _TURN else Split.TEST


def _place(row_id: str) -> int:
    """Where the id falls on a circle of 2^64 places."""
    numbered = _NUMBERED.fullmatch(row_id)
    if numbered is None:
        return _hash(row_id)
    return (_hash(numbered["stem"]) + int(numbered["number"]) * _GOLDEN) % _TURN


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
