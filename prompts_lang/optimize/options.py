"""What a caller may decide about an optimisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prompts_lang.graph.model import Slot
from prompts_lang.optimize.evidence import ALPHA


def _reparses(_: Slot, __: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one run. Budgets belong to the account of the bench, which enforces them.

    Attributes:
        seed: Decides every random choice; equal seeds on equal texts give equal runs.
        rounds: Rounds of differentiating and editing, at most.
        patience: Rounds in a row without an accepted edit after which the search ends.
        alpha: The chance that the run claims a gain where there is none.
        passing: The score from which on a row counts as good.
        prune: Whether texts that bring nothing are taken back before the claim.
        reparses: Says whether a text can stand in its slot's file without changing the graph around it.
    """

    seed: int = 0
    rounds: int = 8
    patience: int = 3
    alpha: float = ALPHA
    passing: float = 0.9
    prune: bool = True
    reparses: Callable[[Slot, str], bool] = _reparses
