"""The built-in metrics: from an output and what was expected to a score from 0 to 1.

Their documentation stands in `graph.builtin_metrics`, which checks and the language reference are made from; a test holds the two tables
together. Where the expected value of a text is a list, its entries are alternatives and the best one counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.data.values import is_empty
from prompts_lang.data.words import folded, last_number, longest_common, overlap, words

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

Measure: TypeAlias = "Callable[[JsonValue, JsonValue], float]"

_OUTER = " \t\r\n.,;:!?\"'`()[]\u201c\u201d\u2018\u2019\u00ab\u00bb"
_CLOSE_ENOUGH = 1e-6
"""Relative difference of two numbers that count as equal: rounding in print, not in meaning."""


def exact(output: JsonValue, expected: JsonValue) -> float:
    """1 where both are equal; texts without regard to case and outer punctuation."""
    if isinstance(output, str) or isinstance(expected, str):
        return float(folded(output).strip(_OUTER) == folded(expected).strip(_OUTER))
    return float((type(output) is type(expected) and output == expected) or _same_number(output, expected))


def f1(output: JsonValue, expected: JsonValue) -> float:
    """Overlap of words."""
    return overlap(words(output), words(expected))


def rouge(output: JsonValue, expected: JsonValue) -> float:
    """Longest common subsequence of words."""
    return longest_common(words(output), words(expected))


def contains(output: JsonValue, expected: JsonValue) -> float:
    """1 where the output contains the expected text, or every text of an expected list."""
    wanted = expected if isinstance(expected, list) else [expected]
    text = folded(output)
    return float(all(folded(entry) in text for entry in wanted))


def number(output: JsonValue, expected: JsonValue) -> float:
    """1 where the last number of the output is the expected one."""
    given, wanted = last_number(output), last_number(expected)
    return float(given is not None and wanted is not None and math.isclose(given, wanted, rel_tol=_CLOSE_ENOUGH))


def close(output: JsonValue, expected: JsonValue) -> float:
    """1 minus the relative difference of the last number of the output to the expected one, at least 0."""
    given, wanted = last_number(output), last_number(expected)
    if given is None or wanted is None or not (math.isfinite(given) and math.isfinite(wanted)):
        return 0.0
    scale = max(abs(given), abs(wanted))
    return 1.0 if scale == 0 else max(0.0, 1 - abs(given - wanted) / scale)


def truth(output: JsonValue, _: JsonValue) -> float:
    """1 where the output is true, or not empty and not false."""
    return float(output is True or not (output is False or is_empty(output)))


def share(output: JsonValue, expected: JsonValue) -> float:
    """The share of the expected items that the output has."""
    wanted = expected if isinstance(expected, list) else [expected]
    given = {folded(entry) for entry in output} if isinstance(output, list) else {folded(output)}
    return sum(folded(entry) in given for entry in wanted) / len(wanted) if wanted else 1.0


def _same_number(output: JsonValue, expected: JsonValue) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (output, expected))
    return numbers and output == expected


def _best(measure: Measure) -> Measure:
    def best(output: JsonValue, expected: JsonValue) -> float:
        if isinstance(expected, list) and not isinstance(output, list) and expected:
            return max(measure(output, entry) for entry in expected)
        return measure(output, expected)

    return best


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "exact": _best(exact),
        "f1": _best(f1),
        "contains": contains,
        "number": _best(number),
        "close": _best(close),
        "truth": truth,
        "overlap": share,
        "rouge": _best(rouge),
    }
)
"""Every built-in metric by its name in the language."""
