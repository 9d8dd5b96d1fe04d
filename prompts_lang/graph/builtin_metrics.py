"""The built-in metrics by name, with their documentation. The engine computes them; this table explains and checks them."""

from __future__ import annotations

_ALONE = frozenset({"truth"})
"""Metrics of one value; all others compare an output with what was expected."""


def metric_arity(name: str) -> int | None:
    """How many values a built-in metric takes; None where there is no such metric."""
    if name not in BUILTIN_METRICS:
        return None
    return 1 if name in _ALONE else 2


BUILTIN_METRICS: dict[str, str] = {
    "exact": "1 where output and expectation are equal after trimming (texts: case and outer punctuation aside), else 0.",
    "f1": "Overlap of words between output and expectation, from 0 to 1, as in SQuAD; articles, case and punctuation aside.",
    "contains": "1 where the output contains the expected text (or every text of an expected list), case aside, else 0.",
    "number": "1 where the last number in the output equals the expected one within a relative 1e-6, else 0.",
    "close": "1 minus the relative difference of the last number in the output to the expected one, never below 0.",
    "truth": "1 where the output is true (or a non-empty value that is not false), else 0; takes no expectation.",
    "overlap": "Share of the expected list's items that the output list has, from 0 to 1.",
    "rouge": "ROUGE-L: longest common subsequence of words of output and expectation, from 0 to 1; for longer texts.",
}
