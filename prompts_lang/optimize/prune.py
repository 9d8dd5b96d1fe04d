"""Takes back what brings nothing: a rewrite has passengers, sentences that came in together with those that helped.

Each change is taken back alone. On rows that pass, that may lose them: then the change is needed, and each row that is lost proves the
blame of its slot by an intervention. Otherwise it goes: a smaller rewrite is easier to review, and claims no more than it does. On rows
that fail, it may help: then the change does harm. Rows that the blame was about come first, since they are the ones
that a needed change cannot be without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prompts_lang.engine.executor import side_by_side
from prompts_lang.graph.model import Slot, SlotId
from prompts_lang.optimize.board import Board
from prompts_lang.optimize.candidate import Candidate
from prompts_lang.optimize.changes import Change, changes_of, without_all
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.targeted_gate import NOISE, Trial, differences
from prompts_lang.optimize.telling import Telling

CHANGES = 12
"""Changes that are taken back on trial at once, at most."""
FAILING_ROWS = 3
"""Failing rows on which a change may show that it does harm."""
_STEP = 2
"""Passing rows that are run side by side."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The rows that a candidate stands on. `passing` gives the rows to try for a change, the most telling first."""

    failing: Sequence[str]
    passing: Callable[[Change], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Pruned:
    """The candidate that is left, and for each slot the rows that are lost without one of its changes."""

    candidate: Candidate
    proofs: Mapping[SlotId, tuple[str, ...]]


@dataclass(slots=True)
class Pruning:
    """Prunes candidates. A change that was found to be needed is not tried again."""

    board: Board
    slots: Sequence[Slot]
    originals: Mapping[SlotId, str]
    tell: Telling
    pace: Pace
    _needed: set[tuple[SlotId, str]] = field(default_factory=set[tuple[SlotId, str]])

    def untried(self, candidate: Candidate) -> tuple[Change, ...]:
        """The changes of a candidate that have not shown yet that they are needed."""
        found = (change for slot in self.slots for change in changes_of(slot, candidate.text(slot.id, slot.text)))
        return tuple(change for change in found if change.key not in self._needed)[:CHANGES]

    def runs_at_most(self, changes: Sequence[Change]) -> int:
        """The most executions that pruning takes."""
        return runs_at_most(len(changes), self.pace)

    def changes_within(self, runs: int) -> int:
        """How many changes can likely be tried with so many executions: with the changes, most rows have been run before."""
        return max(0, runs // (FAILING_ROWS + self.pace.passing) - 2)

    async def prune(self, candidate: Candidate, changes: Sequence[Change], ground: Ground) -> Pruned:
        """The candidate without those of the changes that none of the rows needs.

        Changes are judged one by one and side by side. What is taken back together is tested together once.

        Raises:
            OutOfBudget: the budget was used up on the way.
        """
        harm = await self._harm(candidate, changes, ground)

        async def judge(index: int) -> Trial:
            return await self._without(candidate, changes[index], ground, harm[index])

        trials = await side_by_side(range(len(changes)), judge, at_once=max(len(changes), 1))
        proofs: dict[SlotId, tuple[str, ...]] = {}
        superfluous: list[Change] = []
        for change, trial in zip(changes, trials, strict=True):
            does_harm = _does_harm(trial)
            if _lost(trial) and not does_harm:
                self._needed.add(change.key)
                shown = self._lost_rows(candidate, change, ground)
                proofs[change.slot] = (*proofs.get(change.slot, ()), *shown)
                self._tell(candidate, change, "needed", trial)
            elif does_harm or len(trial.sentinels) >= self.pace.passing:
                superfluous.append(change)
                self._tell(candidate, change, "harmful" if does_harm else "not needed", trial)
        left = await self._taken_back(candidate, superfluous, ground)
        if left != candidate and any(map(_does_harm, trials)):
            self._needed.clear()  # what does harm may have lost the rows by which others seemed to be needed
        return Pruned(left, proofs)

    def _tell(self, candidate: Candidate, change: Change, outcome: str, trial: Trial) -> None:
        self.tell.gate(self._other(candidate, change), candidate, [change.slot], "prune", outcome, trial)

    async def _harm(
        self, candidate: Candidate, changes: Sequence[Change], ground: Ground
    ) -> Sequence[tuple[float, ...]]:
        """What taking back each change wins on failing rows, beyond what taking back any change does.

        Every new text draws the rows anew that fail by chance. A row that passes without most of the changes says nothing about one.
        """
        rows = ground.failing[:FAILING_ROWS]
        if len(rows) < FAILING_ROWS:
            return [()] * len(changes)
        before = await self.board.scores(candidate, rows)

        async def gains(change: Change) -> Mapping[str, float]:
            after = await self.board.scores(self._other(candidate, change), rows)
            return {row: after[row] - before[row] for row in rows if row in after and row in before}

        found = await side_by_side(changes, gains, at_once=max(len(changes), 1))
        telling = [row for row in rows if 2 * sum(each.get(row, 0.0) > NOISE for each in found) <= len(changes)]
        return [tuple(each.get(row, 0.0) for row in telling) for each in found]

    async def _without(self, candidate: Candidate, change: Change, ground: Ground, harm: tuple[float, ...]) -> Trial:
        """How the rows do without a change: passing ones until one is lost, or two where the failing ones speak against it."""
        trial = Trial(harm)
        rows = ground.passing(change)[: self.pace.passing]
        for start in range(0, len(rows), _STEP):
            seen = await self._differences(candidate, self._other(candidate, change), rows[start : start + _STEP])
            trial = Trial(harm, (*trial.sentinels, *seen))
            if _lost(trial) and not _does_harm(trial):
                break
        return trial

    def _other(self, candidate: Candidate, change: Change) -> Candidate:
        return candidate.changed({change.slot: change.without}, self.originals)

    async def _differences(self, candidate: Candidate, other: Candidate, rows: Sequence[str]) -> tuple[float, ...]:
        before = await self.board.scores(candidate, rows)
        return differences(before, await self.board.scores(other, rows), rows)

    def _lost_rows(self, candidate: Candidate, change: Change, ground: Ground) -> Iterable[str]:
        rows = ground.passing(change)[: self.pace.passing]
        before, after = self.board.known(candidate, rows), self.board.known(self._other(candidate, change), rows)
        return (row for row in rows if row in before and row in after and after[row] < before[row] - NOISE)

    async def _taken_back(self, candidate: Candidate, changes: Sequence[Change], ground: Ground) -> Candidate:
        """The candidate without several changes; where rows are lost without all of them, which say the same, only without the first."""
        texts = {
            slot.id: without_all(
                slot, candidate.text(slot.id, slot.text), [each for each in changes if each.slot == slot.id]
            )
            for slot in self.slots
        }
        without = candidate.changed(texts, self.originals)
        if len(changes) < 2:
            return without
        rows = tuple(dict.fromkeys(row for change in changes for row in ground.passing(change)))[: self.pace.passing]
        failing = await self._differences(candidate, without, ground.failing[:FAILING_ROWS])
        passing = await self._differences(candidate, without, rows)
        if _lost(Trial(failing, passing)) > _won(Trial(failing, passing)):
            return self._other(candidate, changes[0])
        return without


def runs_at_most(changes: int, pace: Pace) -> int:
    """The most executions that pruning so many changes takes: each on its rows, with it and without it, and all of them together."""
    return (2 * changes + 2) * (FAILING_ROWS + pace.passing)


def _does_harm(trial: Trial) -> bool:
    """Whether more is won without a change than chance would explain."""
    return _won(trial) >= _lost(trial) + 2


def _won(trial: Trial) -> int:
    return sum(difference > NOISE for difference in (*trial.failing, *trial.sentinels))


def _lost(trial: Trial) -> int:
    return sum(difference < -NOISE for difference in (*trial.failing, *trial.sentinels))
