"""Puts messages together: said once, worst first, bounded, and the same whatever order they arrived in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prompts_lang.autodiff.message import Gradient, Proof, Verdict

SEVERITY = {Verdict.CAUSES: 0, Verdict.CONTRIBUTES: 1, Verdict.UNKNOWN: 2, Verdict.NONE: 3}
_TRUST = {Proof.FREE: 0, Proof.REPLAYED: 1, Proof.CLAIMED: 2}
_NOT_WORDS = re.compile(r"[\W_]+")


def normalised(text: str) -> str:
    """The words of a text in lower case, without punctuation: equal for texts that say the same in the same words."""
    return _NOT_WORDS.sub(" ", text).strip().lower()


def in_order(gradients: Iterable[Gradient]) -> tuple[Gradient, ...]:
    """The messages in their one order, each once: by row, event (iterations in order), target, severity and words."""
    return tuple(sorted(set(gradients), key=_order))


def most_telling(gradients: Sequence[Gradient], at_most: int) -> tuple[Gradient, ...]:
    """The few messages to show: what was proven before what was claimed, the worse before the milder, nothing said twice.

    Contradicting messages are kept side by side, each with its sender, and never averaged.
    """
    ranked = sorted(gradients, key=lambda each: (_TRUST[each.proof], SEVERITY[each.verdict], _order(each)))
    kept: dict[str, Gradient] = {}
    for gradient in ranked:
        kept.setdefault(normalised(gradient.critique), gradient)
    return tuple(kept.values())[:at_most]


def _order(gradient: Gradient) -> tuple[object, ...]:
    return (
        gradient.row,
        gradient.event,
        str(gradient.target),
        SEVERITY[gradient.verdict],
        _TRUST[gradient.proof],
        gradient.critique,
        gradient.quote,
        gradient.score,
    )
