"""The words of properties and sections, as far as reading depends on them.

The grammar takes any word for a property, and what each one means stands in the table of the graph layer. But whether a line that is out
of place was meant as a property or as text shows in its word alone. A test holds the two to each other.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

PROPERTY_WORDS: Final = frozenset(
    {
        "assistant",
        "base",
        "budget",
        "case",
        "concurrency",
        "critic",
        "each",
        "else",
        "ensure",
        "examples",
        "expect",
        "frequency_penalty",
        "from",
        "frozen",
        "history",
        "id",
        "index",
        "key",
        "max_tokens",
        "maximize",
        "memory",
        "minimize",
        "model",
        "network",
        "presence_penalty",
        "price",
        "python",
        "query",
        "reasoning_effort",
        "repeat",
        "retry",
        "rewriter",
        "rounds",
        "rubric",
        "run",
        "seed",
        "split",
        "stop",
        "system",
        "temperature",
        "text",
        "timeout",
        "top",
        "top_p",
        "user",
        "when",
    }
)
"""Every word that some declaration takes at column 2."""


TEXT_WORDS: Final = frozenset({"assistant", "python", "query", "rubric", "system", "user"})
"""Those of them that start a text."""

LEARNED_WORDS: Final = TEXT_WORDS - {"python", "rubric"} | {"examples"}
"""Those that `learn` may stand before."""


def resembles_property(word: str) -> bool:
    """Whether a word starts a property, or may be meant to."""
    return word in PROPERTY_WORDS or bool(get_close_matches(word.lower(), PROPERTY_WORDS, n=1, cutoff=0.75))
