"""Trying sets of texts on training rows, and deciding where the search goes on from.

A set that wins back score on failing rows without harm to others is a gain. A set that changes nothing yet may still be half of a mend:
rows often fail for several reasons at once. The search may go on from it, level, but nothing is accepted before it gains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from prompts_lang.autodiff.chance import Chance
from prompts_lang.graph.model import Examples, Slot, SlotId
from prompts_lang.optimize.board import Board
from prompts_lang.optimize.candidate import Candidate, Texts
from prompts_lang.optimize.merge import merge
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.propose import Proposal
from prompts_lang.optimize.standing import Standing
from prompts_lang.optimize.targeted_gate import Trial, differences
from prompts_lang.optimize.telling import Telling

VARIANTS = 3
"""Sets of proposals that are tried in one round, at most."""

WORTH_PARTING = 2.0
"""Score that a set has to win on failing rows for its texts to be tried one by one where together they do harm."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A set of proposals and how it did. `gains` is false where it is level: no better, no worse."""

    candidate: Candidate
    proposals: tuple[Proposal, ...]
    trial: Trial
    gains: bool

    @property
    def slots(self) -> tuple[SlotId, ...]:
        """The slots that it gives new texts."""
        return tuple(proposal.slot for proposal in self.proposals)


@dataclass(slots=True)
class Trials:
    """Tries candidates against the incumbent's standing. Every candidate is tried once in a run."""

    board: Board
    slots: tuple[Slot, ...]
    originals: Texts
    tell: Telling
    pace: Pace
    afford: Callable[[int, int], None]
    ideas: dict[SlotId, list[str]] = field(default_factory=dict[SlotId, "list[str]"])
    _tried: set[str] = field(default_factory=set[str])

    async def best_of(
        self, incumbent: Candidate, variants: Sequence[tuple[Proposal, ...]], standing: Standing, chance: Chance
    ) -> Attempt | None:
        """Tries sets of proposals until one clearly gains. Returns the best gain, else the first set that is level, else nothing.

        Raises:
            OutOfBudget: the next trial does not fit.
        """
        attempts: list[Attempt] = []
        for proposals in variants:
            candidate = incumbent.changed({each.slot: each.text for each in proposals}, self.originals)
            if candidate.id in self._tried or candidate == incumbent:
                continue
            self._tried.add(candidate.id)
            trial = await self._on_failing(incumbent, candidate, standing, chance)
            if trial.gain < 0 or not trial.failing:
                self._reject(incumbent, candidate, proposals, "loses", trial)
                continue
            attempts.append(Attempt(candidate, proposals, trial, gains=trial.gain > 0))
            if trial.is_clear:
                break
        attempts.sort(key=lambda each: -each.trial.gain)
        for attempt in attempts:
            if checked := await self._on_passing(incumbent, attempt, standing, chance):
                return checked
        if attempts and attempts[0].trial.gain >= WORTH_PARTING and len(attempts[0].proposals) > 1:
            return await self._apart(incumbent, attempts[0].proposals, standing, chance)
        return None

    async def _apart(
        self, incumbent: Candidate, proposals: Sequence[Proposal], standing: Standing, chance: Chance
    ) -> Attempt | None:
        """Tries the texts of a set that does harm one by one. Those that do none by themselves are merged and tried once more."""
        merged, kept = incumbent, tuple[Proposal, ...]()
        for proposal in proposals:
            alone = incumbent.changed({proposal.slot: proposal.text}, self.originals)
            attempt = await self._try(incumbent, alone, (proposal,), standing, chance)
            if attempt is not None and (both := merge(incumbent, merged, alone)) is not None:
                merged, kept = both, (*kept, proposal)
        return None if not kept else await self._try(incumbent, merged, kept, standing, chance)

    async def _try(
        self,
        incumbent: Candidate,
        candidate: Candidate,
        proposals: tuple[Proposal, ...],
        standing: Standing,
        chance: Chance,
    ) -> Attempt | None:
        """One candidate on rows that fail, and where nothing is lost there, on rows that passed."""
        trial = await self._on_failing(incumbent, candidate, standing, chance)
        if trial.gain < 0 or not trial.failing:
            return None
        attempt = Attempt(candidate, proposals, trial, gains=trial.gain > 0)
        return await self._on_passing(incumbent, attempt, standing, chance)

    async def _on_failing(
        self, incumbent: Candidate, candidate: Candidate, standing: Standing, chance: Chance
    ) -> Trial:
        """What a candidate wins on rows that fail with the incumbent. Only what descends from its new texts is run."""
        rows = self._some(candidate, standing.failing, self.pace.trial, chance.at("failing"))
        again = self.board.bench.edit_bound(self.board.graph, _differing(incumbent, candidate))
        self.afford(0, len(rows) * again.calls)
        after = await self.board.scores(candidate, rows)
        return Trial(differences(standing.values(rows), after, rows), lost=standing.lost(rows))

    async def _on_passing(
        self, incumbent: Candidate, attempt: Attempt, standing: Standing, chance: Chance
    ) -> Attempt | None:
        """Tries an attempt on rows that passed. A level one may not lose anything there."""
        rows = self._some(attempt.candidate, standing.passing, self.pace.sentinels, chance.at("sentinels"))
        self.afford(len(rows), 0)
        after = await self.board.scores(attempt.candidate, rows)
        before = standing.values([row for row in rows if row in after])
        before = {**before, **await self._up_to_date(incumbent, before, after, standing)}
        trial = replace(attempt.trial, sentinels=differences(before, after, rows))
        helps = trial.expected_gain(standing.failing_share) > 0
        if attempt.gains and helps:
            self.tell.gate(attempt.candidate, incumbent, attempt.slots, "targeted", "passed", trial)
            return Attempt(attempt.candidate, attempt.proposals, trial, gains=True)
        if not attempt.gains and not trial.harm:
            self.tell.gate(attempt.candidate, incumbent, attempt.slots, "targeted", "level", trial)
            return Attempt(attempt.candidate, attempt.proposals, trial, gains=False)
        self._reject(incumbent, attempt.candidate, attempt.proposals, "harms passing rows", trial)
        return None

    async def _up_to_date(
        self, incumbent: Candidate, before: Mapping[str, float], after: Mapping[str, float], standing: Standing
    ) -> Mapping[str, float]:
        """The incumbent's own scores on rows that seem lost but were last seen with earlier texts: it may have lost them itself."""
        doubtful = [row for row in before if after[row] < before[row] and standing.is_stale(row)]
        self.afford(len(doubtful), 0)
        standing.note(await self.board.measure(incumbent, doubtful))
        return standing.values(doubtful)

    def _some(self, candidate: Candidate, rows: Sequence[str], at_most: int, chance: Chance) -> tuple[str, ...]:
        """Some of the rows. A row says nothing about a prompt that shows its answer."""
        shown = self._shown_as_examples(candidate)
        return chance.shuffled([row for row in rows if row not in shown], key=str)[:at_most]

    def _reject(
        self, incumbent: Candidate, candidate: Candidate, proposals: Sequence[Proposal], outcome: str, trial: Trial
    ) -> None:
        """Tells of a failed attempt. An idea is known to have failed only where it was tried alone."""
        slots = [proposal.slot for proposal in proposals]
        self.tell.gate(candidate, incumbent, slots, "targeted", outcome, trial)
        if len(proposals) == 1 and proposals[0].idea:
            self.ideas.setdefault(proposals[0].slot, []).append(proposals[0].idea)

    def _shown_as_examples(self, candidate: Candidate) -> set[str]:
        texts = (candidate.text(slot.id, slot.text) for slot in self.slots if isinstance(slot.section, Examples))
        return {line.strip() for text in texts for line in text.splitlines()}


def _differing(left: Candidate, right: Candidate) -> tuple[SlotId, ...]:
    """The slots in which two candidates have different texts."""
    ours, theirs = dict(left.texts), dict(right.texts)
    return tuple(slot for slot in sorted({*ours, *theirs}) if ours.get(slot) != theirs.get(slot))


def sets_of(proposals: Sequence[Proposal]) -> list[tuple[Proposal, ...]]:
    """Sets of proposals, one per slot: all first ones, all second ones, and so on; where a slot has no more, its first."""
    by_slot: dict[SlotId, list[Proposal]] = {}
    for proposal in proposals:
        by_slot.setdefault(proposal.slot, []).append(proposal)
    depth = min(VARIANTS, max(map(len, by_slot.values()), default=0))
    return [
        tuple(each[number] if number < len(each) else each[0] for each in by_slot.values()) for number in range(depth)
    ]
