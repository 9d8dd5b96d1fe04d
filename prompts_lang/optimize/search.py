"""The search: rounds of looking, differentiating, proposing and trying, on training rows alone.

A round looks at a few more rows, asks the critic why some fail, has every blamed text rewritten from all open critiques, and tries the new
texts *together*: a row often fails for reasons in several nodes, and mending one of them does not show in its score. The search accepts
what it expects to help; whether anything may be claimed is decided elsewhere, on rows that are not seen here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from prompts_lang.autodiff.blocks import shown
from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.cluster import cluster, exemplars
from prompts_lang.autodiff.differentiate import calls_at_most, differentiate
from prompts_lang.autodiff.message import Gradient
from prompts_lang.autodiff.tape import Case
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.values import Values
from prompts_lang.graph.model import Examples, LlmBody, Slot, SlotId
from prompts_lang.optimize.board import Board, OutOfBudget
from prompts_lang.optimize.candidate import ORIGINAL, Candidate, Texts
from prompts_lang.optimize.changes import Change, changes_of, without_all
from prompts_lang.optimize.examples_slot import example_choices
from prompts_lang.optimize.notebook import Note, Notebook
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.propose import Brief, Kept, Proposal, propose
from prompts_lang.optimize.prune import Ground, Pruning
from prompts_lang.optimize.purse import Purse
from prompts_lang.optimize.replay import Replay, runs_at_most
from prompts_lang.optimize.select import Responsibility, choose
from prompts_lang.optimize.standing import Standing
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.optimize.teachers import Teachers
from prompts_lang.optimize.telling import Telling
from prompts_lang.optimize.trials import Attempt, Trials, sets_of

LOOKS = 2
"""Steps of a round in which it looks for more failing rows, once it has any."""
CONTENT = 40
"""Rows in a row without a failure after which a search is content, however many rows there are."""
GROUPS = 3
"""Groups of exemplars per round. Each is one more opinion of the critic, at a fraction of what running rows costs."""
MILD = 2
"""Rounds without a gain after which mild blame is followed too, beside blame that says it is the cause."""
PATIENT = 0.3
"""Share of failing rows from which on the full patience is spent. What little fails below it is mostly noise."""
LEVEL_ROWS = 3
"""Failing rows from which on a set that changes nothing yet may be half of a mend."""
TIDIES = 4
"""How often a search takes back what brings nothing."""
_BRIEF = 300
"""Characters of a value in a reminder of what works."""


class Ending(StrEnum):
    """Why a search ended."""

    DONE = "done"
    BUDGET = "budget"
    ROUNDS = "rounds"
    STUCK = "stuck"


@dataclass(slots=True)
class Search:
    """The state of a search. `incumbent` is where it stands, `best` the last candidate that gained."""

    board: Board
    slots: tuple[Slot, ...]
    teachers: Teachers
    options: Options
    purse: Purse
    gate: StaticGate
    replay: Replay
    tell: Telling
    notebook: Notebook = field(default_factory=Notebook)
    incumbent: Candidate = ORIGINAL
    best: Candidate = ORIGINAL
    accepted: int = 0
    pace: Pace = field(init=False)
    standing: Standing = field(init=False)
    _trials: Trials = field(init=False)
    _responsibility: dict[SlotId, Responsibility] = field(default_factory=dict[SlotId, Responsibility])
    _pruning: Pruning = field(init=False)
    _draw: int = 0
    _tidies: int = 0
    _fruitless: float = 0.0

    def __post_init__(self) -> None:
        rows = self.board.bench.splits.train
        self.pace = Pace.for_rows_of(self.purse.row.calls)
        self.standing = Standing(self.options.passing, list(self._chance("order").shuffled(rows, key=str)))
        originals = {slot.id: slot.text for slot in self.slots}
        self._trials = Trials(self.board, self.slots, originals, self.tell, self.pace, self._afford)
        self._pruning = Pruning(self.board, self.slots, originals, self.tell, self.pace)

    async def run(self) -> Ending:
        """Searches until nothing fails any more, nothing helps any more, or the rounds or the budget end."""
        try:
            return await self._run()
        except OutOfBudget:
            return Ending.BUDGET

    async def _run(self) -> Ending:
        await self._look(self.pace.first)
        for number in range(self.options.rounds):
            await self._look_for_failures()
            failing = len(self.standing.failing)
            if not failing:
                if await self._tidy(number):
                    continue
                return Ending.DONE
            self.tell.progress(number, self.options.rounds, f"round {number + 1}: {failing} failing rows")
            if await self._is_fruitless(number) and not await self._tidy(number):
                return Ending.STUCK
        await self._tidy(self.options.rounds)
        return Ending.ROUNDS

    def texts(self, candidate: Candidate) -> Texts:
        """Every slot's text in a candidate."""
        return {slot.id: candidate.text(slot.id, slot.text) for slot in self.slots}

    # -- looking

    async def _look(self, count: int) -> None:
        rows = self.standing.take(count)
        self._afford(len(rows), 0)
        self.standing.note(await self.board.measure(self.incumbent, rows))
        self.purse = self.purse.informed(self.board.bench.totals, self.board.runs)

    async def _look_for_failures(self) -> None:
        """Looks at more rows: a few steps for more failing ones, many for the first."""
        steps = 0
        while not self.standing.is_exhausted and len(self.standing.failing) < (
            self.pace.wanted if steps < LOOKS else 1
        ):
            if self.standing.is_unbroken(CONTENT):
                return
            await self._look(self.pace.look)
            steps += 1

    # -- a round

    async def _is_fruitless(self, number: int) -> bool:
        """Makes a round. True where the rounds since the last gain have used up the patience.

        A round that went level counts half, for it may prepare a gain; one in which teachers did not answer says nothing.
        """
        warnings, incumbent = self.tell.warnings, self.incumbent
        gained = await self._round(number)
        moved = self.incumbent != incumbent
        self._draw = 0 if gained else self._draw + 1
        self._fruitless = 0.0 if gained else self._fruitless + (0.5 if moved else self.tell.warnings == warnings)
        patience = math.ceil(self.options.patience * min(1.0, self.standing.failing_share / PATIENT))
        return self._fruitless >= patience

    async def _round(self, number: int) -> bool:
        """One round. Returns whether anything was gained."""
        if await self._try_without_unasked(number):
            return True
        notes = await self._differentiate(number)
        await self._verify(notes)
        chosen = choose(notes, self._responsibility, self._chance(number, "slots"), self.pace.slots)
        proposals = await self._propose(chosen, notes, number)
        level = len(self.standing.failing) >= LEVEL_ROWS
        gained = await self._try(sets_of(proposals), self._chance(number, "trial"), level=level)
        for slot in chosen:
            known = self._responsibility.get(slot, Responsibility())
            self._responsibility[slot] = known.after(helped=1) if gained else known.after(failed=0.5)
        return await self._try_examples(notes, number) or gained

    async def _differentiate(self, number: int) -> tuple[Note, ...]:
        """Asks why rows fail. A critic that fails is reported, and the round goes on with what is known."""
        failing = self.standing.failing
        feedback = {row: self.standing.outcome(row).score.feedback for row in failing}
        groups = exemplars(
            cluster([self._case(row) for row in failing], feedback), GROUPS, self._chance(number, "groups")
        )
        graph = self.incumbent.on(self.board.graph)
        self._afford(self.pace.trial, sum(calls_at_most(graph, group) for group in groups))

        async def ask(group: Sequence[Case]) -> Sequence[Gradient]:
            critic, warn = self.teachers.critic, self.tell.warn
            return await differentiate(graph, group, critic, warn, replica=self._draw, thorough=self._draw > 0)

        answers = await side_by_side(groups, ask, at_once=GROUPS)
        found = [gradient for gradients in answers for gradient in gradients]
        for note in self.notebook.add(found):
            self.tell.finding(note)
        return self.notebook.open(failing, mild=self._draw >= MILD)

    async def _verify(self, notes: Sequence[Note]) -> None:
        """After a round in vain, when several slots are blamed: finds out by replay which of them are to blame."""
        weights = {slot.id: sum(note.weight for note in notes if note.slot == slot.id) for slot in self.slots}
        blamed = sorted(
            (slot for slot in self.slots if weights[slot.id]), key=lambda slot: (-weights[slot.id], slot.id)
        )
        suspects = [slot for slot in blamed if isinstance(slot.node.body, LlmBody)][: self.pace.slots]
        if not self._draw or len(blamed) < 2:
            return
        rows = [row for row in self.standing.failing if any(row in note.rows for note in notes)]
        self._afford(runs_at_most(len(suspects)), 0)
        shown = await self.replay.verify(self.incumbent.on(self.board.graph), suspects, self.standing.values(rows))
        for slot, flips in shown.items():
            known = self._responsibility.get(slot, Responsibility())
            self._responsibility[slot] = known.after(helped=len(flips.proven), failed=len(flips.cleared))
            for note in self.notebook.verify([slot], flips.proven):
                self.tell.finding(note)

    async def _propose(self, chosen: Sequence[SlotId], notes: Sequence[Note], number: int) -> tuple[Proposal, ...]:
        """Has the chosen texts rewritten, and puts every proposal through the static gate."""
        slots = [slot for slot in self.slots if slot.id in chosen and not isinstance(slot.section, Examples)]
        self._afford(self.pace.trial, 2 * len(slots))
        texts = self.texts(self.incumbent)
        briefs = [self._brief(slot, texts, notes, number) for slot in slots]

        async def ask(brief: Brief) -> tuple[Proposal, ...]:
            return await propose(brief, self.teachers.rewriter, self.tell.warn, self._draw)

        answers = await side_by_side(briefs, ask, at_once=max(len(briefs), 1))
        checked: list[Proposal] = []
        for brief, proposals in zip(briefs, answers, strict=True):
            passed: list[str] = []
            for proposal in proposals:
                reason = proposal.rejected or self.gate.objection(brief.slot, brief.current, proposal.text, passed)
                self.tell.proposal(proposal, reason)
                if reason is None:
                    passed.append(proposal.text)
                    checked.append(proposal)
        return tuple(checked)

    async def _try(self, variants: Sequence[tuple[Proposal, ...]], chance: Chance, *, level: bool) -> bool:
        """Tries sets of proposals and goes on from the best, if it is good enough. Returns whether it gained."""
        attempt = await self._trials.best_of(self.incumbent, variants, self.standing, chance)
        if attempt is None or not (attempt.gains or level):
            return False
        before = set(self.standing.failing)
        self._go_on_from(attempt.candidate)
        if attempt.gains:
            self._accept(attempt, before.intersection(self.standing.solved))
        return attempt.gains

    def _accept(self, attempt: Attempt, mended: set[str]) -> None:
        """Makes a candidate the best so far. Where it changes one slot alone, the rows that it mended prove that slot's blame."""
        before, after = self.texts(self.best), self.texts(attempt.candidate)
        changed = [slot for slot in after if after[slot] != before[slot]]
        self.best = attempt.candidate
        self.accepted += 1
        for note in self.notebook.verify(changed if len(changed) == 1 else (), mended):
            self.tell.finding(note)
        self.tell.accepted(after)

    async def _try_without_unasked(self, number: int) -> bool:
        """When much fails: tries to do without what rewrites have brought in although no critique had asked for it."""
        if len(self.standing.failing) < self.pace.wanted:
            return False
        without: dict[SlotId, str] = {}
        for slot in self.slots:
            text = self.incumbent.text(slot.id, slot.text)
            changes = changes_of(slot, text)
            unasked = [change for change in changes if not self.notebook.asks_for(slot.id, change.words)]
            if unasked:
                without[slot.id] = without_all(slot, text, unasked)
        proposals = tuple(Proposal(slot, text, "") for slot, text in without.items())
        return bool(proposals) and await self._try([proposals], self._chance(number, "unasked"), level=False)

    async def _tidy(self, number: int) -> bool:
        """Takes back changes of the best candidate that bring nothing, as far as the budget goes. Returns whether any went."""
        before = self.best
        if not self.options.prune or self._tidies >= TIDIES or not self._pruning.untried(before):
            return False
        self._tidies += 1
        tried: set[tuple[SlotId, str]] = set()
        while changes := self._affordable([each for each in self._doubtful_first() if each.key not in tried]):
            if self.incumbent != self.best:
                self._go_on_from(self.best)
                await self._look_for_failures()
            tried.update(change.key for change in changes)
            pruned = await self._pruning.prune(self.best, changes, self._ground(number))
            for slot, rows in pruned.proofs.items():
                for note in self.notebook.verify([slot], rows):
                    self.tell.finding(note)
            if pruned.candidate != self.best:
                self.best = pruned.candidate
                self._go_on_from(self.best)
        if self.best == before:
            return False
        self.tell.accepted(self.texts(self.best))
        return True

    def _doubtful_first(self) -> Sequence[Change]:
        """The changes that have not shown that they are needed; those that no critique had asked for come first."""
        return sorted(
            self._pruning.untried(self.best), key=lambda change: self.notebook.asks_for(change.slot, change.words)
        )

    def _affordable(self, changes: Sequence[Change]) -> Sequence[Change]:
        """As many of the changes as the budget is likely to have room for trying."""
        runs = self.purse.likely_runs(self.board.bench.remaining(), self._pruning.runs_at_most(changes))
        return changes[: self._pruning.changes_within(runs)]

    def _go_on_from(self, candidate: Candidate) -> None:
        self.incumbent = candidate
        self.standing.move(self.board.take_outcomes(candidate))

    def _ground(self, number: int) -> Ground:
        """The rows to prune on. For a change, those that its slot was blamed for come first, then those that were mended, then others."""
        chance = self._chance(number, "prune")
        solved = chance.shuffled(self.standing.passing, key=str)
        before = self.board.known(ORIGINAL, solved)
        mended = [row for row in solved if before.get(row, 1.0) < self.options.passing]

        def passing(change: Change) -> Sequence[str]:
            blamed = self.notebook.rows_about(change.slot, change.words)
            ranked = (*(row for row in blamed if row in solved), *mended, *solved)
            return tuple(dict.fromkeys(ranked))

        return Ground(self.standing.failing, passing)

    async def _try_examples(self, notes: Sequence[Note], number: int) -> bool:
        """Tries rows as examples of the nodes that are blamed."""
        blamed = {(note.slot.graph, note.slot.node) for note in notes}
        gained = False
        for slot in self.slots:
            if (
                not isinstance(slot.section, Examples)
                or (slot.id.graph, slot.id.node) not in blamed
                or not self.standing.failing
            ):
                continue
            chance = self._chance(number, "examples", slot.id)
            failed = self.board.bench.example_rows(slot, self.standing.failing)
            solved = self.board.bench.example_rows(slot, self.standing.solved)
            choices = example_choices(slot, self.texts(self.incumbent)[slot.id], failed, solved, chance)
            variants = [(Proposal(slot.id, choice, ""),) for choice in choices]
            for (proposal,) in variants:
                self.tell.proposal(proposal, None)
            gained = await self._try(variants, chance, level=False) or gained
        return gained

    # -- what is shown and asked

    def _case(self, row: str) -> Case:
        outcome, bench = self.standing.outcome(row), self.board.bench
        return Case(
            outcome.run, outcome.value or 0.0, bench.statement(outcome), bench.scored_outputs(), bench.gold(row)
        )

    def _brief(self, slot: Slot, texts: Texts, notes: Sequence[Note], number: int) -> Brief:
        own = [note for note in notes if note.slot == slot.id]
        kept: list[Kept] = []
        for row in self._chance(number, "kept", slot.id).shuffled(self.standing.passing, key=str)[:2]:
            events = self.standing.outcome(row).run.events
            here = (event for event in events if (event.graph, event.node) == (slot.id.graph, slot.id.node))
            kept += [Kept(_briefly(event.inputs), _briefly(event.outputs)) for event in list(here)[:1]]
        return Brief(slot, texts[slot.id], own, tuple(self._trials.ideas.get(slot.id, ())), tuple(kept), texts)

    # -- small things

    def _afford(self, runs: int, calls: int) -> None:
        if not self.purse.affords(self.board.bench.remaining(), runs=runs, calls=calls):
            raise OutOfBudget

    def _chance(self, *name: object) -> Chance:
        return Chance.of(self.options.seed, "search", *name)


def _briefly(values: Values) -> str:
    """Values by name, one a line, short enough to be shown as a reminder."""
    return "\n".join(f"{name}: {shown(value, _BRIEF)}" for name, value in values.items())
