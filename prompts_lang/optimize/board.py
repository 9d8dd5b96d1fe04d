"""The scoreboard of a search: every score that was paid for, by candidate and row, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prompts_lang.engine.store.model import Purpose
from prompts_lang.engine.values import ProblemKind
from prompts_lang.graph.model import Graph
from prompts_lang.optimize.bench import Bench, Outcome
from prompts_lang.optimize.candidate import Candidate

_ENDINGS = frozenset({ProblemKind.BUDGET, ProblemKind.CANCELLED})


class OutOfBudget(Exception):  # noqa: N818  a decision of ours, not a failure
    """What comes next does not fit the budget, or the run was asked to stop. It ends with what it has."""


@dataclass(slots=True)
class Board:
    """Measures candidates and remembers the scores. Of the runs, which are large, it keeps those of the current round."""

    bench: Bench
    graph: Graph
    warn: Callable[[str], None]
    runs: int = 0
    _warned: set[str] = field(default_factory=set[str])
    _outcomes: dict[str, dict[str, Outcome]] = field(default_factory=dict[str, "dict[str, Outcome]"])
    _scores: dict[str, dict[str, float]] = field(default_factory=dict[str, "dict[str, float]"])

    async def measure(
        self, candidate: Candidate, rows: Sequence[str], purpose: Purpose = Purpose.FORWARD
    ) -> tuple[Outcome, ...]:
        """Runs a candidate on rows. Rows that could not be scored have no value and are not remembered.

        Raises:
            OutOfBudget: a row was not run because the budget is used up or the run is to stop.
        """
        outcomes = await self.bench.measure(candidate.on(self.graph), rows, purpose=purpose)
        self.runs += len(outcomes)
        scores = self._scores.setdefault(candidate.id, {})
        kept = self._outcomes.setdefault(candidate.id, {})
        for outcome in outcomes:
            if outcome.value is not None:
                kept[outcome.row] = outcome
                scores[outcome.row] = min(max(outcome.value, 0.0), 1.0)
            else:
                self._warn(outcome)
        if any(_ended(outcome) for outcome in outcomes):
            raise OutOfBudget
        return outcomes

    async def scores(
        self, candidate: Candidate, rows: Sequence[str], purpose: Purpose = Purpose.FORWARD
    ) -> Mapping[str, float]:
        """The scores of a candidate on rows; only those that are not known yet are run."""
        known = self._scores.get(candidate.id, {})
        missing = [row for row in rows if row not in known]
        if missing:
            await self.measure(candidate, missing, purpose)
        return self.known(candidate, rows)

    def known(self, candidate: Candidate, rows: Iterable[str]) -> dict[str, float]:
        """The scores that are known already."""
        scores = self._scores.get(candidate.id, {})
        return {row: scores[row] for row in rows if row in scores}

    def values(self, candidate: Candidate) -> Mapping[str, float]:
        """What the metric says of a candidate, on every row that has been run: lower is better where that is what the metric asks for."""
        scores = self._scores.get(candidate.id, {})
        return {row: score if self.bench.maximize else 1 - score for row, score in scores.items()}

    def take_outcomes(self, candidate: Candidate) -> tuple[Outcome, ...]:
        """The runs of a candidate since the last call, in order of their rows' first run; the runs of all others are forgotten."""
        taken = tuple(self._outcomes.get(candidate.id, {}).values())
        self._outcomes.clear()
        return taken

    def _warn(self, outcome: Outcome) -> None:
        """Tells why a row has no score, once for every reason."""
        problem = outcome.score.problem or outcome.run.problem
        if problem is not None and problem.kind not in _ENDINGS and problem.message not in self._warned:
            self._warned.add(problem.message)
            self.warn(f"Row {outcome.row} could not be run and is left out: {problem.message}")


def _ended(outcome: Outcome) -> bool:
    problems = (outcome.run.problem, outcome.score.problem)
    return any(problem is not None and problem.kind in _ENDINGS for problem in problems)
