"""Edits as search and replace on the current text: small, exact, and refused where they are not clear.

A model sees every placeholder as an opaque mark, so it cannot rename one or take it for something to fill in; what it does to the marks
is for the static gate to judge. Nothing is repaired: an edit that cannot be applied exactly as it is written is no edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prompts_lang.graph.template import Placeholder, parse_template

_MARKS = (("⟦", "⟧"), ("⟪", "⟫"), ("⦃", "⦄"))
_ESCAPED = "\\{{"


class EditError(ValueError):
    """An edit that cannot be applied as written; the message says why."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Replace `search`, which must occur exactly once, by `replace`. An empty `search` appends a line."""

    search: str
    replace: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text whose placeholders are marks, and what the marks stand for."""

    text: str
    marks: Mapping[str, str]

    def unmasked(self, text: str) -> str:
        """The text with the placeholders back in place of their marks."""
        for mark, placeholder in self.marks.items():
            text = text.replace(mark, placeholder)
        return text


def mask(source: str) -> Masked:
    """Puts a mark such as `⟦1:question⟧` in place of every placeholder, with brackets that the text does not have."""
    opening, closing = next((pair for pair in _MARKS if pair[0] not in source and pair[1] not in source), _MARKS[0])
    while opening in source or closing in source:
        opening, closing = opening + _MARKS[0][0], closing + _MARKS[0][1]
    marks: dict[str, str] = {}
    pieces: list[str] = []
    position = 0
    for number, part in enumerate((part for part in parse_template(source).parts if isinstance(part, Placeholder)), 1):
        mark = f"{opening}{number}:{part.name}{closing}"
        marks[mark] = source[part.start : part.end]
        pieces += [source[position : part.start], mark]
        position = part.end
    return Masked("".join((*pieces, source[position:])), marks)


def apply_hunks(text: str, hunks: Sequence[Hunk]) -> str:
    """Applies hunks one after the other.

    Raises:
        EditError: there is none, or one is not found, is found more than once, or changes nothing.
    """
    if not hunks:
        raise EditError("the proposal has no edits")
    before = text
    for hunk in hunks:
        text = _applied(text, hunk)
    if text.strip() == before.strip():
        raise EditError("the edits change nothing")
    return text


def _applied(text: str, hunk: Hunk) -> str:
    if not hunk.search:
        joint = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{joint}{hunk.replace}"
    found = text.count(hunk.search)
    if found == 0:
        raise EditError(f"the words to replace are not in the text: {hunk.search[:60]!r}")
    if found > 1:
        raise EditError(f"the words to replace occur {found} times: {hunk.search[:60]!r}")
    return text.replace(hunk.search, hunk.replace)


def has_written_placeholder(before: str, after: str) -> bool:
    """Whether a model wrote a placeholder by itself instead of using its mark, or the two braces of one that counts as text.

    Both texts are masked. Braces that the author wrote as text may stay.
    """
    return bool(parse_template(after).placeholders) or after.count(_ESCAPED) > before.count(_ESCAPED)
