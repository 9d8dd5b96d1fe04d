"""Tidying: goes through the changes of the best candidate and takes back those that bring nothing, as far as the budget goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.blame import Blame
from prompts_lang.optimize.candidate import ORIGINAL
from prompts_lang.optimize.changes import Change
from prompts_lang.optimize.position import Position
from prompts_lang.optimize.prune import Ground, Pruning

TIDIES = 4
"""How often a search takes back what brings nothing."""


@dataclass(slots=True)
class Tidying:
    """Prunes the best candidate in portions that the budget is likely to pay for."""

    position: Position
    blame: Blame
    pruning: Pruning
    _times: int = 0

    async def tidy(self, number: int) -> bool:
        """Takes back changes of the best candidate that bring nothing. Returns whether any went.

        Raises:
            OutOfBudget: Rows that have to be looked at first do not fit.
        """
        position = self.position
        before = position.best
        if not position.options.prune or self._times >= TIDIES or not self.pruning.untried(before):
            return False
        self._times += 1
        tried: set[tuple[SlotId, str]] = set()
        while changes := self._affordable([each for each in self._doubtful_first() if each.key not in tried]):
            if position.incumbent != position.best:
                position.move(position.best)
                await position.look_for_failures()
            tried.update(change.key for change in changes)
            pruned = await self.pruning.prune(position.best, changes, self._ground(number))
            for slot, rows in pruned.proofs.items():
                self.blame.prove([slot], rows)
            if pruned.candidate != position.best:
                position.best = pruned.candidate
                position.move(position.best)
        return position.best != before

    def _doubtful_first(self) -> Sequence[Change]:
        """The changes that have not shown that they are needed; those that no critique had asked for come first."""
        asks_for = self.blame.notebook.asks_for
        return sorted(self.pruning.untried(self.position.best), key=lambda change: asks_for(change.slot, change.words))

    def _affordable(self, changes: Sequence[Change]) -> Sequence[Change]:
        """As many of the changes as the budget is likely to have room for trying."""
        position = self.position
        left = position.board.bench.remaining()
        runs = position.purse.likely_runs(left, self.pruning.runs_at_most(changes))
        return changes[: self.pruning.changes_within(runs)]

    def _ground(self, number: int) -> Ground:
        """The rows to prune on. For a change, those that its slot was blamed for come first, then those that were mended, then others."""
        position = self.position
        solved = position.chance(number, "prune").shuffled(position.standing.passing, key=str)
        before = position.board.known(ORIGINAL, solved)
        mended = [row for row in solved if before.get(row, 1.0) < position.options.passing]

        def passing(change: Change) -> Sequence[str]:
            blamed = self.blame.notebook.rows_about(change.slot, change.words)
            ranked = (*(row for row in blamed if row in solved), *mended, *solved)
            return tuple(dict.fromkeys(ranked))

        return Ground(position.standing.failing, passing)
