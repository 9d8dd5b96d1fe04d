"""The search: rounds of looking, differentiating, proposing and trying, on training rows alone.

A round looks at a few more rows, asks the critic why some fail, has every blamed text rewritten from all open critiques, and tries the new
texts *together*: a row often fails for reasons in several nodes, and mending one of them does not show in its score. The search accepts
what it expects to help; whether anything may be claimed is decided elsewhere, on rows that are not seen here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from prompts_lang.autodiff.chance import Chance
from prompts_lang.graph.model import Examples, SlotId
from prompts_lang.optimize.blame import Blame
from prompts_lang.optimize.board import OutOfBudget
from prompts_lang.optimize.changes import changes_of, without_all
from prompts_lang.optimize.examples_slot import example_choices
from prompts_lang.optimize.notebook import Note, Notebook
from prompts_lang.optimize.position import Position
from prompts_lang.optimize.propose import Proposal
from prompts_lang.optimize.prune import Pruning
from prompts_lang.optimize.replay import Replay
from prompts_lang.optimize.rewriting import Rewriting
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.optimize.teachers import Teachers
from prompts_lang.optimize.telling import Telling
from prompts_lang.optimize.tidying import Tidying
from prompts_lang.optimize.trials import Attempt, Trials, sets_of

PATIENT = 0.3
"""Share of failing rows from which on the full patience is spent. What little fails below it is mostly noise."""
LEVEL_ROWS = 3
"""Failing rows from which on a set that changes nothing yet may be half of a mend."""


class Ending(StrEnum):
    """Why a search ended."""

    DONE = "done"
    BUDGET = "budget"
    ROUNDS = "rounds"
    STUCK = "stuck"


class Search:
    """Walks from the texts of the file to better ones.

    Args:
        position: Where to start. `position.best` is what was reached, at any time.
        teachers: Whom to ask.
        gate: What no text may do.
        replay: How blame is verified.
        tell: Who is told what happens.
    """

    def __init__(self, position: Position, teachers: Teachers, gate: StaticGate, replay: Replay, tell: Telling) -> None:
        board, slots, pace, originals = position.board, position.slots, position.pace, position.originals
        self.position = position
        self.notebook = Notebook()
        self.accepted = 0
        self._tell = tell
        self._blame = Blame(position, self.notebook, teachers.critic, replay, tell)
        self._trials = Trials(board, slots, originals, tell, pace, position.afford)
        self._rewriting = Rewriting(position, self._trials, teachers.rewriter, gate, tell)
        self._tidying = Tidying(position, self._blame, Pruning(board, slots, originals, tell, pace))
        self._draw = 0
        self._fruitless = 0.0

    async def run(self) -> Ending:
        """Searches until nothing fails any more, nothing helps any more, or the rounds or the budget end."""
        try:
            return await self._run()
        except OutOfBudget:
            return Ending.BUDGET

    async def _run(self) -> Ending:
        position, rounds = self.position, self.position.options.rounds
        await position.look(position.pace.first)
        for number in range(rounds):
            await position.look_for_failures()
            failing = len(position.standing.failing)
            if not failing:
                if await self._tidy(number):
                    continue
                return Ending.DONE
            self._tell.progress(number, rounds, f"round {number + 1}: {failing} failing rows")
            if await self._is_fruitless(number) and not await self._tidy(number):
                return Ending.STUCK
        await self._tidy(rounds)
        return Ending.ROUNDS

    async def _is_fruitless(self, number: int) -> bool:
        """Makes a round. True where the rounds since the last gain have used up the patience.

        A round that went level counts half, for it may prepare a gain; one in which teachers did not answer says nothing.
        """
        warnings, incumbent = self._tell.warnings, self.position.incumbent
        gained = await self._round(number)
        moved = self.position.incumbent != incumbent
        self._draw = 0 if gained else self._draw + 1
        self._fruitless = 0.0 if gained else self._fruitless + (0.5 if moved else self._tell.warnings == warnings)
        share = min(1.0, self.position.standing.failing_share / PATIENT)
        return self._fruitless >= math.ceil(self.position.options.patience * share)

    async def _round(self, number: int) -> bool:
        """One round. Returns whether anything was gained."""
        if await self._try_without_unasked(number):
            return True
        notes = await self._blame.ask(number, self._draw)
        if self._draw:
            await self._blame.verify(notes)
        chosen = self._blame.choose(notes, number)
        proposals = await self._rewriting.propose(chosen, notes, number, self._draw)
        level = len(self.position.standing.failing) >= LEVEL_ROWS
        gained = await self._try(sets_of(proposals), self.position.chance(number, "trial"), level=level)
        self._blame.learn(chosen, gained=gained)
        return await self._try_examples(notes, number) or gained

    async def _try(self, variants: Sequence[tuple[Proposal, ...]], chance: Chance, *, level: bool) -> bool:
        """Tries sets of proposals and goes on from the best, if it is good enough. Returns whether it gained."""
        position = self.position
        attempt = await self._trials.best_of(position.incumbent, variants, position.standing, chance)
        if attempt is None or not (attempt.gains or level):
            return False
        before = set(position.standing.failing)
        position.move(attempt.candidate)
        if attempt.gains:
            self._accept(attempt, before.intersection(position.standing.solved))
        return attempt.gains

    def _accept(self, attempt: Attempt, mended: set[str]) -> None:
        """Makes a candidate the best so far. Where it changes one slot alone, the rows that it mended prove that slot's blame."""
        before, after = self.position.texts(self.position.best), self.position.texts(attempt.candidate)
        changed = [slot for slot in after if after[slot] != before[slot]]
        self.position.best = attempt.candidate
        self.accepted += 1
        self._blame.prove(changed if len(changed) == 1 else (), mended)
        self._tell.accepted(after)

    async def _tidy(self, number: int) -> bool:
        """Takes back what brings nothing. Returns whether there was anything."""
        if not await self._tidying.tidy(number):
            return False
        self._tell.accepted(self.position.texts(self.position.best))
        return True

    async def _try_without_unasked(self, number: int) -> bool:
        """When much fails: tries to do without what rewrites have brought in although no critique had asked for it."""
        position = self.position
        if len(position.standing.failing) < position.pace.wanted:
            return False
        without: dict[SlotId, str] = {}
        for slot in position.slots:
            text = position.incumbent.text(slot.id, slot.text)
            changes = changes_of(slot, text)
            unasked = [change for change in changes if not self.notebook.asks_for(slot.id, change.words)]
            if unasked:
                without[slot.id] = without_all(slot, text, unasked)
        proposals = tuple(Proposal(slot, text, "") for slot, text in without.items())
        return bool(proposals) and await self._try([proposals], position.chance(number, "unasked"), level=False)

    async def _try_examples(self, notes: Sequence[Note], number: int) -> bool:
        """Tries rows as examples of the nodes that are blamed."""
        position, bench = self.position, self.position.board.bench
        blamed = {(note.slot.graph, note.slot.node) for note in notes}
        gained = False
        for slot in position.slots:
            if (
                not isinstance(slot.section, Examples)
                or (slot.id.graph, slot.id.node) not in blamed
                or not position.standing.failing
            ):
                continue
            chance = position.chance(number, "examples", slot.id)
            failed = bench.example_rows(slot, position.standing.failing)
            solved = bench.example_rows(slot, position.standing.solved)
            current = position.texts(position.incumbent)[slot.id]
            choices = example_choices(slot, current, failed, solved, chance)
            variants = [(Proposal(slot.id, choice, ""),) for choice in choices]
            for (proposal,) in variants:
                self._tell.proposal(proposal, None)
            gained = await self._try(variants, chance, level=False) or gained
        return gained
