"""What will be optimised, and how: a user's wish completed from the file, before anything is opened or spent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prompts_lang.engine.objective import Objective, choose_objective
from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import UsageError
from prompts_lang.graph.load import Loaded, require_runnable
from prompts_lang.graph.model import Model, Optimization, Program, Slot, slots_of
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import apply_edits, place_of, slot_places
from prompts_lang.optimize.options import Options
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.write import canonical_text

LARGEST_SEED = 2**63 - 1
"""What a store keeps as a number."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks for beyond what the file says. None leaves it to the file."""

    graph: str | None = None
    budget: Budget | None = None
    rounds: int | None = None
    seed: int | None = None
    resume: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run: decided before anything is opened or spent."""

    loaded: Loaded
    program: Program
    objective: Objective
    critic: Model
    rewriter: Model
    budget: Budget
    options: Options
    resume: bool = True

    @property
    def slots(self) -> tuple[Slot, ...]:
        """What can be improved."""
        return slots_of(self.objective.graph)


def plan(loaded: Loaded, path: Path, wish: Wish) -> Plan:
    """Completes a wish from the file's optimize block.

    Raises:
        ProgramError: the file has errors.
        UsageError: there is no optimize block for the graph, or no budget.
    """
    program = require_runnable(loaded, path)
    objective = choose_objective(program, wish.graph)
    block = objective.optimization
    if block is None or block.critic is None or block.rewriter is None:
        hint = f"Add `optimize {objective.graph.name} on DATASET` with a metric, a critic, a rewriter and a budget."
        raise UsageError("The file does not say how to optimise this graph.", where=str(path), hint=hint)
    budget = wish.budget or Budget(calls=block.budget_calls, usd=block.budget_usd)
    if budget.calls is None and budget.usd is None:
        raise UsageError(
            "Without a budget nothing is optimised.", hint='Give `--budget "300 calls"`, or write `budget` in the file.'
        )
    return Plan(
        loaded,
        program,
        objective,
        block.critic,
        block.rewriter,
        budget,
        _options(loaded, program, objective, block, wish),
        wish.resume,
    )


def _options(loaded: Loaded, program: Program, objective: Objective, block: Optimization, wish: Wish) -> Options:
    seed = block.seed if wish.seed is None else wish.seed
    if abs(seed) > LARGEST_SEED:
        raise UsageError(f"The seed {seed} is too large.", hint=f"Take a number up to {LARGEST_SEED}.")
    return Options(
        seed=seed,
        rounds=block.rounds if wish.rounds is None else wish.rounds,
        reparses=_Reparsing(loaded.project, program.path, objective),
    )


@dataclass(frozen=True, slots=True)
class _Reparsing:
    """Whether a text, written into the file, gives the same graph with that text and nothing else changed."""

    project: Project
    path: Path
    objective: Objective

    def __call__(self, slot: Slot, text: str) -> bool:
        place = place_of(self.project, self.path, slot.id)
        if place is None:
            return False
        written = SyntaxFile.parse(apply_edits(place.meaning.syntax.text, [place.edit(text)]))
        if any(chunk.problems for chunk in written.chunks) or len(written.chunks) != len(place.meaning.syntax.chunks):
            return False
        before = place.meaning.syntax
        pairs = enumerate(zip(before.chunks, written.chunks, strict=True))
        others = (old.text == new.text for index, (old, new) in pairs if index != place.entry.index)
        if not all(others):
            return False
        trial = Project()
        trial.put(place.meaning.path, written)
        meaning = trial.meaning(place.meaning.path)
        found = None if meaning is None else slot_places(meaning).get(slot.id)
        return found is not None and found.section.text == canonical_text(text)
