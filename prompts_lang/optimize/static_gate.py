"""The gate that costs nothing: what must hold of a rewrite before anything is spent on trying it.

A rewrite that fails is rejected with the reason, never repaired: a repaired text is one that nobody proposed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prompts_lang.engine.provider.redact import holds_key
from prompts_lang.graph.model import Slot
from prompts_lang.graph.template import parse_template
from prompts_lang.text.normalise import unseen

GROWTH = 2_000
"""Characters by which a text may grow in one run, beside doubling: long prompts cost on every call and crowd out the data."""
NEAR = 0.9
"""Similarity of two changes, by their runs of words, from which on the second counts as tried before."""
COPIED_WORDS = 8
"""Length of a run of words that a rewrite may not take from a training row. A letter of a script without spaces is half a word."""
_SHINGLE = 5

_LEAKS = (
    re.compile(r"</?(?:current-text|feedback|failed-idea|loss|downstream|peer|must-keep)-[0-9a-f]{6,}", re.IGNORECASE),
    re.compile(r"<{3,}|>{3,}|```json", re.IGNORECASE),
    re.compile(r"\"(?:proposals|edits|search|replace|idea)\"\s*:"),
    re.compile(
        r"\bthe (?:critic|rewriter|optimi[sz]er) (?:said|says|suggests)|\b(?:previous proposal|failed idea)s?\b",
        re.IGNORECASE,
    ),
    re.compile(r"[⟦⟧⟪⟫⦃⦄]"),
)
"""Traces of the rewriter's own prompt. They never belong into a text of the graph."""
_CHAT_FORMAT = re.compile(
    r"<\|\w+\|>|<\uff5c[^\s<>]+\uff5c>|<</?SYS>>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>|<[be]os>",
    re.MULTILINE,
)
"""What ends a message and begins another one in the formats that models are trained on. An endpoint may take it for just that."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, the Japanese syllables and the Chinese characters: without spaces, a sentence would be one word."""
_LETTER = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class StaticGate:
    """What a rewrite is measured against.

    `data` are texts of training rows; `reparses` says whether a text can stand in its file without changing the graph around it.
    """

    data: Sequence[str] = ()
    reparses: Callable[[Slot, str], bool] = lambda _slot, _text: True
    _copied: frozenset[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_copied", frozenset(run for text in self.data for run in _runs(_words(text))))

    def objection(self, slot: Slot, current: str, text: str, earlier: Iterable[str] = ()) -> str | None:
        """Why the text may not take the place of `current` in the slot, or None. `earlier` are other texts that were tried there."""
        original = slot.text
        if not text.strip():
            return "the text is empty"
        if parse_template(text).keys != parse_template(original).keys:
            return "the placeholders are not the same as before"
        if len(text) > max(2 * len(original), len(original) + GROWTH):
            return f"the text is too long: {len(text)} characters"
        if hidden := unseen(text) - unseen(original):
            # Some of them a file would not hold, so that another text would be written than was tried.
            return f"the text has a character that cannot be seen: U+{ord(min(hidden)):04X}"
        if _CHAT_FORMAT.search(text) and not _CHAT_FORMAT.search(original):
            return "the text has a mark that ends a message in the format of a model"
        if holds_key(text) and not holds_key(original):
            return "the text has something that looks like a key"
        if any(pattern.search(text) and not pattern.search(original) for pattern in _LEAKS):
            return "words of the rewriter's own prompt leaked into the text"
        if _cut_off(text) and not _cut_off(original):
            return "the text ends in the middle of a sentence"
        if copied := self._copy(text, original):
            return f"words of a training row are copied into the text: {copied!r}"
        if _words(text) == _words(current) or any(similarity(current, text, other) >= NEAR for other in earlier):
            return "the text is nearly the same as one that was tried before"
        if not self.reparses(slot, text):
            return "the text would change the graph around it"
        return None

    def _copy(self, text: str, original: str) -> str | None:
        own = set(_runs(_words(original)))
        return next((" ".join(run) for run in _runs(_words(text)) if run in self._copied and run not in own), None)


def similarity(current: str, left: str, right: str) -> float:
    """How much two rewrites of a text change the same: the Jaccard index of the runs of words that each adds or takes away."""
    start = set(_grams(_words(current), _SHINGLE))
    ours, theirs = (set(_grams(_words(text), _SHINGLE)) ^ start for text in (left, right))
    union = ours | theirs
    # Texts of a few words have no runs at all.
    return len(ours & theirs) / len(union) if union else float(_words(left) == _words(right))


def _cut_off(text: str) -> bool:
    """Whether a text stops where no writer would: on a joining word, a comma or an open bracket."""
    last = text.rstrip()[-40:].lower()
    return last.endswith((",", "(", "[", "…", "...")) or bool(
        re.search(r"\b(?:and|or|the|a|an|of|to|with|that|because)$", last)
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every run of words that is just long enough to count as copied."""
    weights = [0.5 if _LETTER.fullmatch(word) else 1.0 for word in words]
    end, weight = 0, 0.0
    for start in range(len(words)):
        while weight < COPIED_WORDS and end < len(words):
            weight += weights[end]
            end += 1
        if weight < COPIED_WORDS:
            return
        yield tuple(words[start:end])
        weight -= weights[start]


def _grams(words: Sequence[str], length: int) -> Iterable[tuple[str, ...]]:
    return (tuple(words[start : start + length]) for start in range(len(words) - length + 1))
