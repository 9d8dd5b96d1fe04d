"""The search: rounds of looking, differentiating, proposing and trying, on training rows alone.

A round looks at a few more rows, asks the critic why some fail, has every blamed text rewritten from all open critiques, and tries the new
texts *together*: a row often fails for reasons in several nodes, and mending one of them does not show in its score. The search accepts
what it expects to help; whether anything may be claimed is decided elsewhere, on rows that are not seen here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from prompts_lang.autodiff.blocks import shown
from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.cluster import cluster, exemplars
from prompts_lang.autodiff.differentiate import calls_at_most, differentiate
from prompts_lang.autodiff.message import Gradient
from prompts_lang.autodiff.tape import Case
from prompts_lang.engine.values import Values
from prompts_lang.graph.model import Examples, Slot, SlotId
from prompts_lang.optimize.bench import Outcome
from prompts_lang.optimize.board import Board, OutOfBudget
from prompts_lang.optimize.candidate import ORIGINAL, Candidate, Texts
from prompts_lang.optimize.examples_slot import example_choices
from prompts_lang.optimize.notebook import Note, Notebook
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.propose import Brief, Kept, Proposal, propose
from prompts_lang.optimize.purse import Purse
from prompts_lang.optimize.select import Responsibility, choose
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.optimize.targeted_gate import SENTINELS, TRIAL_ROWS, Trial, differences
from prompts_lang.optimize.teachers import Teachers
from prompts_lang.optimize.telling import Telling

FIRST_LOOK = 8
"""Rows that are run before the first round."""
LOOK = 4
"""Further rows per step, until enough of them fail."""
WANTED = 5
"""Failing rows with which a round is content."""
GROUPS = 3
"""Groups of exemplars per round. Each is one more opinion of the critic, at a fraction of what running rows costs."""
VARIANTS = 3
"""Sets of proposals that are tried in one round, at most."""


_BRIEF = 300
"""Characters of a value in a reminder."""


class Ending(StrEnum):
    """Why a search ended."""

    DONE = "done"
    BUDGET = "budget"
    ROUNDS = "rounds"
    STUCK = "stuck"


@dataclass(slots=True)
class Search:
    """The state of a search: where it stands, and what it knows. It belongs to one run."""

    board: Board
    slots: tuple[Slot, ...]
    teachers: Teachers
    options: Options
    purse: Purse
    gate: StaticGate
    tell: Telling
    incumbent: Candidate = ORIGINAL
    notebook: Notebook = field(default_factory=Notebook)
    accepted: int = 0
    _latest: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    _stale: set[str] = field(default_factory=set[str])
    _fresh: list[str] = field(default_factory=list[str])
    _tried: dict[SlotId, list[str]] = field(default_factory=dict[SlotId, "list[str]"])
    _ideas: dict[SlotId, list[str]] = field(default_factory=dict[SlotId, "list[str]"])
    _responsibility: dict[SlotId, Responsibility] = field(default_factory=dict[SlotId, Responsibility])
    _idle: int = 0

    def __post_init__(self) -> None:
        rows = self.board.bench.splits.train
        self._fresh = list(self._chance("order").shuffled(rows, key=str))

    async def run(self) -> Ending:
        """Searches until nothing fails any more, nothing helps any more, or the rounds or the budget end."""
        try:
            await self.look(FIRST_LOOK)
            for number in range(self.options.rounds):
                await self._look_for_failures()
                if not self.failing:
                    return Ending.DONE
                self.tell.progress(number, self.options.rounds, f"round {number + 1}: {len(self.failing)} failing rows")
                self._idle = 0 if await self._round(number) else self._idle + 1
                if self._idle >= self.options.patience:
                    return Ending.STUCK
        except OutOfBudget:
            return Ending.BUDGET
        return Ending.ROUNDS

    # -- what is known

    @property
    def seen(self) -> tuple[str, ...]:
        """The rows that were looked at, in order."""
        return tuple(self._latest)

    @property
    def failing(self) -> tuple[str, ...]:
        """The rows that fail with the texts of the incumbent, in order of their looking."""
        return tuple(row for row, outcome in self._latest.items() if row not in self._stale and self._fails(outcome))

    @property
    def failing_share(self) -> float:
        """The share of failing rows among those looked at, as last seen, from a uniform prior."""
        failing = sum(self._fails(outcome) for outcome in self._latest.values())
        return (failing + 1) / (len(self._latest) + 2)

    def mean_score(self) -> float:
        """The mean score of the rows looked at, as last seen."""
        values = [outcome.value for outcome in self._latest.values() if outcome.value is not None]
        return sum(values) / len(values) if values else 0.0

    def texts(self, candidate: Candidate) -> Texts:
        """Every slot's text in a candidate."""
        return {slot.id: candidate.text(slot.id, slot.text) for slot in self.slots}

    def _fails(self, outcome: Outcome) -> bool:
        return outcome.value is not None and outcome.value < self.options.passing

    def _chance(self, *name: object) -> Chance:
        return Chance.of(self.options.seed, "search", *name)

    # -- looking

    async def look(self, count: int) -> None:
        """Runs the incumbent on rows: those whose score is out of date first, then rows never looked at."""
        outdated = [row for row in self._latest if row in self._stale and self._fails(self._latest[row])]
        rows = [*outdated, *self._fresh][:count]
        if not rows:
            return
        self._afford(runs=len(rows), calls=0)
        self._fresh = [row for row in self._fresh if row not in rows]
        self._note(await self.board.measure(self.incumbent, rows))
        self.purse = self.purse.informed(self.board.bench.totals, self.board.runs)

    async def _look_for_failures(self) -> None:
        while len(self.failing) < WANTED and (
            self._fresh or any(self._fails(self._latest[row]) for row in self._stale)
        ):
            await self.look(LOOK)

    def _note(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.value is not None:
                self._latest[outcome.row] = outcome
                self._stale.discard(outcome.row)

    def _afford(self, *, runs: int, calls: int) -> None:
        if not self.purse.affords(self.board.bench.remaining(), runs=runs, calls=calls):
            raise OutOfBudget

    # -- a round

    async def _round(self, number: int) -> bool:
        """One round. Returns whether an edit was accepted."""
        notes = await self._differentiate(number)
        chosen = choose(notes, self._responsibility, self._chance(number, "slots"))
        proposals = await self._propose(chosen, notes, number)
        variants = self._variants(proposals)
        accepted = await self._try_all(variants, number)
        for slot in chosen:
            known = self._responsibility.get(slot, Responsibility())
            self._responsibility[slot] = known.after(helped=1) if accepted else known.after(failed=1)
        return await self._try_examples(notes, number) or accepted

    async def _differentiate(self, number: int) -> tuple[Note, ...]:
        """Asks why rows fail. A critic that fails is reported, and the round goes on with what is known."""
        feedback = {row: self._latest[row].score.feedback for row in self.failing}
        cases = [self._case(self._latest[row]) for row in self.failing]
        groups = exemplars(cluster(cases, feedback), GROUPS, self._chance(number, "exemplars"))
        graph = self.incumbent.on(self.board.graph)
        self._afford(runs=TRIAL_ROWS, calls=sum(calls_at_most(graph, group) for group in groups))
        found: list[Gradient] = []
        for gradients in await asyncio.gather(
            *(differentiate(graph, group, self.teachers.critic, self.tell.warn, replica=self._idle) for group in groups)
        ):
            found.extend(gradients)
        for note in self.notebook.add(found):
            self.tell.finding(note)
        return self.notebook.open(self.failing)

    def _case(self, outcome: Outcome) -> Case:
        bench = self.board.bench
        return Case(outcome.run, outcome.value or 0.0, bench.statement(outcome), bench.scored_outputs())

    async def _propose(self, chosen: Sequence[SlotId], notes: Sequence[Note], number: int) -> tuple[Proposal, ...]:
        """Has the chosen texts rewritten, and puts every proposal through the static gate."""
        slots = [slot for slot in self.slots if slot.id in chosen and not isinstance(slot.section, Examples)]
        self._afford(runs=TRIAL_ROWS, calls=2 * len(slots))
        texts = self.texts(self.incumbent)
        briefs = [
            Brief(
                slot,
                texts[slot.id],
                [note for note in notes if note.slot == slot.id],
                self._ideas.get(slot.id, ()),
                self._kept(slot, number),
                texts,
            )
            for slot in slots
        ]
        asked = await asyncio.gather(
            *(propose(brief, self.teachers.rewriter, self.tell.warn, self._idle) for brief in briefs)
        )
        checked: list[Proposal] = []
        for brief, proposals in zip(briefs, asked, strict=True):
            for proposal in proposals:
                tried = self._tried.setdefault(proposal.slot, [])
                reason = proposal.rejected or self.gate.objection(brief.slot, brief.current, proposal.text, tried)
                self.tell.proposal(proposal, reason)
                if reason is None:
                    tried.append(proposal.text)
                    checked.append(proposal)
        return tuple(checked)

    def _kept(self, slot: Slot, number: int) -> tuple[Kept, ...]:
        """Up to two executions of the slot's node in runs that scored well."""
        good = [row for row in self._latest if not self._fails(self._latest[row])]
        kept: list[Kept] = []
        for row in self._chance(number, "kept", slot.id).shuffled(good, key=str)[:2]:
            for event in self._latest[row].run.events:
                if (event.graph, event.node) == (slot.id.graph, slot.id.node):
                    kept.append(Kept(_briefly(event.inputs), _briefly(event.outputs)))
                    break
        return tuple(kept)

    def _variants(self, proposals: Sequence[Proposal]) -> list[list[Proposal]]:
        """Sets of proposals, one per slot: all first ones, all second ones, and so on; where a slot has no more, its first."""
        by_slot: dict[SlotId, list[Proposal]] = {}
        for proposal in proposals:
            by_slot.setdefault(proposal.slot, []).append(proposal)
        depth = min(VARIANTS, max(map(len, by_slot.values()), default=0))
        return [
            [each[number] if number < len(each) else each[0] for each in by_slot.values()] for number in range(depth)
        ]

    # -- trying

    async def _try_all(self, variants: Sequence[Sequence[Proposal]], number: int) -> bool:
        """Tries sets of proposals until one clearly helps, then checks the best on rows that passed."""
        ranked: list[tuple[float, int, Candidate, Trial]] = []
        for index, variant in enumerate(variants):
            candidate = self.incumbent.changed(
                {proposal.slot: proposal.text for proposal in variant}, self.texts(ORIGINAL)
            )
            trial, lost = await self._on_failing(candidate, number)
            if trial.gain > 0:
                ranked.append((-trial.gain, index, candidate, trial))
            else:
                self._reject(variant, trial)
            if trial.is_clear(lost):
                break
        for _, index, candidate, trial in sorted(ranked, key=lambda each: each[:2]):
            if await self._on_passing(candidate, trial, number, [proposal.slot for proposal in variants[index]]):
                return True
            self._remember_ideas(variants[index])
        return False

    async def _on_failing(self, candidate: Candidate, number: int) -> tuple[Trial, float]:
        excluded = self._shown_as_examples(candidate)
        failing = [row for row in self.failing if row not in excluded]
        rows = self._chance(number, "trial").shuffled(failing, key=str)[:TRIAL_ROWS]
        self._afford(runs=len(rows), calls=0)
        before = self._values(rows)
        after = dict(await self.board.scores(candidate, rows))
        lost = sum(1 - before[row] for row in rows)
        return Trial(differences(before, after, rows)), lost

    async def _on_passing(self, candidate: Candidate, trial: Trial, number: int, slots: Sequence[SlotId]) -> bool:
        excluded = self._shown_as_examples(candidate)
        passing = [row for row in self._latest if row not in excluded and not self._fails(self._latest[row])]
        rows = self._chance(number, "sentinels").shuffled(passing, key=str)[:SENTINELS]
        self._afford(runs=len(rows), calls=0)
        after = dict(await self.board.scores(candidate, rows))
        whole = Trial(trial.failing, differences(self._values(rows), after, rows))
        helps = whole.expected_gain(self.failing_share) > 0
        self.tell.gate(slots, "targeted", "passed" if helps else "harms passing rows", whole)
        if helps:
            self._accept(candidate, slots)
        return helps

    def _accept(self, candidate: Candidate, slots: Sequence[SlotId]) -> None:
        """Goes on from a candidate. Rows that it was tried on are up to date, all others are to be looked at again."""
        before = set(self.failing)
        self.incumbent = candidate
        self.accepted += 1
        self._stale = set(self._latest)
        tried = self.board.take_outcomes(candidate)
        self._note(tried)
        mended = before.intersection(outcome.row for outcome in tried).difference(self.failing)
        for note in self.notebook.verify(slots, mended):
            self.tell.finding(note)
        self.tell.accepted(self.texts(candidate))

    def _reject(self, variant: Sequence[Proposal], trial: Trial) -> None:
        self.tell.gate([proposal.slot for proposal in variant], "targeted", "no net gain", trial)
        self._remember_ideas(variant)

    def _remember_ideas(self, variant: Sequence[Proposal]) -> None:
        for proposal in variant:
            ideas = self._ideas.setdefault(proposal.slot, [])
            if proposal.idea and proposal.idea not in ideas:
                ideas.append(proposal.idea)

    async def _try_examples(self, notes: Sequence[Note], number: int) -> bool:
        """Tries solved rows as examples of the nodes that are blamed."""
        blamed = {(note.slot.graph, note.slot.node) for note in notes}
        accepted = False
        for slot in self.slots:
            if (
                not isinstance(slot.section, Examples)
                or (slot.id.graph, slot.id.node) not in blamed
                or not self.failing
            ):
                continue
            solved = [row for row in self._latest if row not in self._stale and not self._fails(self._latest[row])]
            current = self.incumbent.text(slot.id, slot.text)
            choices = example_choices(slot, current, solved, self._chance(number, "examples", slot.id))
            variants = [
                [Proposal(slot.id, choice, "other examples")]
                for choice in choices
                if choice not in self._tried.get(slot.id, ())
            ]
            self._tried.setdefault(slot.id, []).extend(choices)
            for variant in variants:
                self.tell.proposal(variant[0], None)
            accepted = await self._try_all(variants, number) or accepted
        return accepted

    def _shown_as_examples(self, candidate: Candidate) -> set[str]:
        """Rows that stand in a prompt as examples. A row says nothing about a prompt that shows its answer."""
        return {
            line.strip()
            for slot in self.slots
            if isinstance(slot.section, Examples)
            for line in candidate.text(slot.id, slot.text).splitlines()
        }

    def _values(self, rows: Sequence[str]) -> dict[str, float]:
        return {row: value for row in rows if (value := self._latest[row].value) is not None}


def _briefly(values: Values) -> str:
    """Values by name, one a line, short enough to be shown as a reminder."""
    return "\n".join(f"{name}: {shown(value, _BRIEF)}" for name, value in values.items())
