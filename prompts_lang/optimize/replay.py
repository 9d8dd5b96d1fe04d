"""Verifies blame by replay: a better output in a suspect's place, and everything that descends from it run again.

The better output is that of a stronger model with the very same texts. All suspects are replaced together first, since a row often fails
for more than one reason: where that does not mend the row, nothing is learnt about any of them. Where it does, each suspect is put back
alone: a row that fails again without its correction proves that suspect's blame, and one that does not clears it.

Language models name the right agent about half of the time (Who&When, arXiv 2505.00212), so what they claim is weak evidence and what a
replay shows is strong evidence. Both go into the same posterior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prompts_lang.engine.store.model import Purpose
from prompts_lang.graph.model import Graph, LlmBody, Model, Slot, SlotId
from prompts_lang.graph.substitute import with_model_at
from prompts_lang.optimize.bench import Bench
from prompts_lang.optimize.targeted_gate import NOISE

ROWS = 2
"""Failing rows that are replayed."""


@dataclass(frozen=True, slots=True)
class Flips:
    """What replaying has shown of a slot's node: the rows that fail again without its correction, and those that do not need it."""

    proven: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()


class Replay(Protocol):
    """Whoever can tell by an intervention which of several suspects are to blame."""

    async def verify(
        self, graph: Graph, suspects: Sequence[Slot], before: Mapping[str, float]
    ) -> Mapping[SlotId, Flips]:
        """Tries the suspects on failing rows, given with the scores that they have now.

        Raises:
            BudgetExceeded: nothing more can be paid for.
        """
        ...


@dataclass(frozen=True, slots=True)
class StrongerModel:
    """Corrects outputs by asking a stronger model for them. Searches have no model: their queries stay as they are."""

    bench: Bench
    model: Model

    async def verify(
        self, graph: Graph, suspects: Sequence[Slot], before: Mapping[str, float]
    ) -> Mapping[SlotId, Flips]:
        """Tries the suspects on failing rows (see `Replay`)."""
        slots = [slot for slot in suspects if isinstance(slot.node.body, LlmBody)]
        nodes = tuple(dict.fromkeys((slot.id.graph, slot.id.node) for slot in slots))
        rows = list(before)[:ROWS]
        if not nodes or not rows:
            return {}
        together = await self._scores(graph, nodes, rows)
        mended = [row for row in rows if together.get(row, 0.0) > before[row] + NOISE]
        if not mended:
            return {}
        lost: dict[tuple[str, str], set[str]] = {nodes[0]: set(mended)} if len(nodes) == 1 else {}
        for node in nodes if len(nodes) > 1 else ():
            others = await self._scores(graph, [other for other in nodes if other != node], mended)
            lost[node] = {row for row in mended if others.get(row, 1.0) < together[row] - NOISE}
        return {
            slot.id: Flips(
                tuple(row for row in mended if row in lost[slot.id.graph, slot.id.node]),
                tuple(row for row in mended if row not in lost[slot.id.graph, slot.id.node]),
            )
            for slot in slots
        }

    async def _scores(self, graph: Graph, nodes: Sequence[tuple[str, str]], rows: Sequence[str]) -> Mapping[str, float]:
        corrected = with_model_at(graph, set(nodes), self.model)
        outcomes = await self.bench.measure(corrected, rows, purpose=Purpose.REPLAY)
        return {outcome.row: outcome.value for outcome in outcomes if outcome.value is not None}


def runs_at_most(suspects: int) -> int:
    """The most executions that one verification takes."""
    return ROWS * (1 + suspects)
