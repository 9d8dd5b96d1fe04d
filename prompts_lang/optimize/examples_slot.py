"""Few-shot examples: the candidates are rows that say what a node should answer, chosen by their effect and not by their looks.

Rows that the graph fails teach what it does not know yet; rows that it solves show the form of an answer. Both are tried.
"""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.autodiff.chance import Chance
from prompts_lang.graph.model import Examples, Slot

DRAWS = 2
"""Choices of rows that are tried in one round."""


def example_choices(
    slot: Slot, current: str, failed: Sequence[str], solved: Sequence[str], chance: Chance
) -> tuple[str, ...]:
    """Texts for an examples slot: row ids, one a line, `at_most` of them. The first choice adds failed rows, the second solved ones.

    A choice keeps the rows that stand there already, so that examples accumulate as they prove useful; when the slot is full, one row is
    exchanged.
    """
    if not isinstance(slot.section, Examples):
        raise TypeError(f"{slot.id} is a text, not a choice of examples")
    standing = [line.strip() for line in current.splitlines() if line.strip()]
    choices: list[str] = []
    for draw in range(DRAWS):
        groups = (failed, solved) if draw % 2 == 0 else (solved, failed)
        mixed = [row for group in groups for row in chance.at(draw).shuffled(group, key=str)]
        order = [row for row in mixed if row not in standing]
        full = len(standing) >= slot.section.at_most
        rows = [*(standing[1:] if full else standing), *order][: slot.section.at_most]
        if order and rows:
            choices.append("\n".join(rows))
    return tuple(dict.fromkeys(choice for choice in choices if choice != current))
