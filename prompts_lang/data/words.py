"""Texts made comparable, and measures of how much two of them share."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prompts_lang.data.values import text_of

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?")

LONGEST_COMPARED = 2000
"""Words of each text that `longest_common` looks at: it takes time in the product of both lengths."""


def folded(value: JsonValue) -> str:
    """The value as text without regard to case, composition of characters and runs of spaces."""
    return " ".join(unicodedata.normalize("NFKC", text_of(value)).casefold().split())


def words(value: JsonValue) -> list[str]:
    """The words of a text as SQuAD compares them: without case, punctuation and English articles (Rajpurkar 2016, arXiv 1606.05250)."""
    return _ARTICLES.sub(" ", folded(value).translate(_PUNCTUATION)).split()


def overlap(given: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 of two bags of words: 1 where they are equal, 0 where they share nothing."""
    if not given or not wanted:
        return float(list(given) == list(wanted))
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted))


def longest_common(given: Sequence[str], wanted: Sequence[str]) -> float:
    """ROUGE-L: F1 of the longest common subsequence of words (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries")."""
    first, second = given[:LONGEST_COMPARED], wanted[:LONGEST_COMPARED]
    if not first or not second:
        return float(not given and not wanted)
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for place, other in enumerate(second, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return 2 * row[-1] / (len(first) + len(second))


def last_number(value: JsonValue) -> float | None:
    """The value itself where it is a number, else the last number in its text; None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = [match for match in _NUMBER.findall(text_of(value)) if any(character.isdigit() for character in match)]
    return float(found[-1].replace(",", "")) if found else None
