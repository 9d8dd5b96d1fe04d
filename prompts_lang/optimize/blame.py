"""Blame: why rows fail and which slots answer for it. The critic is asked first, replay settles what the critic leaves open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from prompts_lang.autodiff.ask import Teacher
from prompts_lang.autodiff.cluster import cluster, exemplars
from prompts_lang.autodiff.differentiate import calls_at_most, differentiate
from prompts_lang.autodiff.message import Gradient
from prompts_lang.autodiff.tape import Case
from prompts_lang.engine.executor import side_by_side
from prompts_lang.graph.model import LlmBody, SlotId
from prompts_lang.optimize.notebook import Note, Notebook
from prompts_lang.optimize.position import Position
from prompts_lang.optimize.replay import Replay, runs_at_most
from prompts_lang.optimize.select import Responsibility, choose
from prompts_lang.optimize.telling import Telling

GROUPS = 3
"""Groups of exemplars per round. Each is one more opinion of the critic, at a fraction of what running rows costs."""
MILD = 2
"""Rounds without a gain after which mild blame is followed too, beside blame that says it is the cause."""


@dataclass(slots=True)
class Blame:
    """What is known about each slot's responsibility, and how to learn more. Notes go into the notebook."""

    position: Position
    notebook: Notebook
    critic: Teacher
    replay: Replay
    tell: Telling
    _responsibility: dict[SlotId, Responsibility] = field(default_factory=dict[SlotId, Responsibility])

    async def ask(self, number: int, draw: int) -> tuple[Note, ...]:
        """Asks why rows fail. A critic that fails is reported, and the round goes on with what is known.

        Args:
            number: The round.
            draw: Rounds since the last gain: the critic is asked anew, and more thoroughly.

        Raises:
            OutOfBudget: The critic's calls do not fit.
        """
        position = self.position
        failing = position.standing.failing
        feedback = {row: position.standing.outcome(row).score.feedback for row in failing}
        groups = exemplars(
            cluster([self._case(row) for row in failing], feedback), GROUPS, position.chance(number, "groups")
        )
        graph = position.incumbent.on(position.board.graph)
        position.afford(position.pace.trial, sum(calls_at_most(graph, group) for group in groups))

        async def differentiated(group: Sequence[Case]) -> Sequence[Gradient]:
            return await differentiate(graph, group, self.critic, self.tell.warn, replica=draw, thorough=draw > 0)

        answers = await side_by_side(groups, differentiated, at_once=GROUPS)
        for note in self.notebook.add([gradient for gradients in answers for gradient in gradients]):
            self.tell.finding(note)
        return self.notebook.open(failing, mild=draw >= MILD)

    async def verify(self, notes: Sequence[Note]) -> None:
        """Finds out by replay which of several blamed slots are to blame.

        Raises:
            OutOfBudget: The replays do not fit.
        """
        position = self.position
        weights = {slot.id: sum(note.weight for note in notes if note.slot == slot.id) for slot in position.slots}
        blamed = sorted(
            (slot for slot in position.slots if weights[slot.id]), key=lambda slot: (-weights[slot.id], slot.id)
        )
        if len(blamed) < 2:
            return
        suspects = [slot for slot in blamed if isinstance(slot.node.body, LlmBody)][: position.pace.slots]
        rows = [row for row in position.standing.failing if any(row in note.rows for note in notes)]
        position.afford(runs_at_most(len(suspects)), 0)
        graph = position.incumbent.on(position.board.graph)
        shown = await self.replay.verify(graph, suspects, position.standing.values(rows))
        for slot, flips in shown.items():
            self._learn(slot, helped=len(flips.proven), failed=len(flips.cleared))
            self.prove([slot], flips.proven)

    def choose(self, notes: Sequence[Note], number: int) -> tuple[SlotId, ...]:
        """The slots to edit in a round."""
        position = self.position
        return choose(notes, self._responsibility, position.chance(number, "slots"), position.pace.slots)

    def learn(self, chosen: Sequence[SlotId], *, gained: bool) -> None:
        """Takes in how the edits of the chosen slots did."""
        for slot in chosen:
            self._learn(slot, helped=1.0 if gained else 0.0, failed=0.0 if gained else 0.5)

    def prove(self, slots: Sequence[SlotId], rows: Collection[str]) -> None:
        """An intervention on these slots alone has changed how these rows do: their blame is proven."""
        for note in self.notebook.verify(slots, rows):
            self.tell.finding(note)

    def _learn(self, slot: SlotId, *, helped: float, failed: float) -> None:
        known = self._responsibility.get(slot, Responsibility())
        self._responsibility[slot] = known.after(helped=helped, failed=failed)

    def _case(self, row: str) -> Case:
        outcome, bench = self.position.standing.outcome(row), self.position.board.bench
        return Case(
            outcome.run, outcome.value or 0.0, bench.statement(outcome), bench.scored_outputs(), bench.gold(row)
        )
