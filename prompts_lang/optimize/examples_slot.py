"""Few-shot examples: the candidates are rows that the graph already solves, chosen by their effect and not by their looks."""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.autodiff.chance import Chance
from prompts_lang.graph.model import Examples, Slot

DRAWS = 2
"""Choices of rows that are tried in one round."""


def example_choices(slot: Slot, current: str, solved: Sequence[str], chance: Chance) -> tuple[str, ...]:
    """Texts for an examples slot: row ids, one a line, `at_most` of them.

    A choice keeps the rows that stand there already and adds solved ones, so that examples accumulate as they prove useful; when the slot
    is full, one row is exchanged.
    """
    if not isinstance(slot.section, Examples):
        raise TypeError(f"{slot.id} is a text, not a choice of examples")
    standing = [line.strip() for line in current.splitlines() if line.strip()]
    fresh = [row for row in solved if row not in standing]
    choices: list[str] = []
    for draw in range(DRAWS):
        order = chance.at(draw).shuffled(fresh, key=str)
        full = len(standing) >= slot.section.at_most
        rows = [*(standing[1:] if full else standing), *order][: slot.section.at_most]
        if order and rows:
            choices.append("\n".join(rows))
    return tuple(dict.fromkeys(choice for choice in choices if choice != current))
