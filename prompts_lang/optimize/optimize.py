"""The whole loop: bound, search, claim, report. What it tells on the way is a stream of events, the last of which is the report.

The search sees training rows only, the claim validation rows only, and the report test rows only; each is scored with the same bench and on
the same account. However the run ends (done, out of budget, cancelled, a failure of ours), it ends with a report of what was reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prompts_lang.autodiff.chance import Chance
from prompts_lang.engine.store.model import Purpose
from prompts_lang.errors import BudgetExceeded, PromptsError, UsageError
from prompts_lang.graph.model import Graph, Model, Slot, slots_of
from prompts_lang.optimize.bench import Bench
from prompts_lang.optimize.board import Board, OutOfBudget
from prompts_lang.optimize.bounds import upper_bound
from prompts_lang.optimize.candidate import ORIGINAL, Candidate
from prompts_lang.optimize.claim import Claim, prove
from prompts_lang.optimize.events import Sink
from prompts_lang.optimize.evidence import Conclusion, mean_interval
from prompts_lang.optimize.headroom import look_for_headroom
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.position import Position
from prompts_lang.optimize.purse import Purse
from prompts_lang.optimize.replay import StrongerModel
from prompts_lang.optimize.report import Measured, Report, SlotReport, SlotStatus, SplitSizes, Stopped, dollars
from prompts_lang.optimize.search import Ending, Search
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.optimize.targeted_gate import Trial, differences
from prompts_lang.optimize.teachers import Teachers
from prompts_lang.optimize.telling import Telling, finding_data


@dataclass(frozen=True, slots=True)
class Job:
    """What is optimised: the graph with its teachers."""

    graph: Graph
    critic: Model
    rewriter: Model
    options: Options = field(default_factory=Options)


async def optimize(bench: Bench, job: Job, sink: Sink) -> Report:
    """Optimises the slots of a graph. Events go to `sink` as they happen; the report is the last of them and is returned.

    A cancellation is answered with a report of what was reached, and then passes on.

    Raises:
        UsageError: there is nothing to learn or nothing to learn from.
        CancelledError: the task was cancelled.
    """
    slots = slots_of(job.graph)
    if not slots:
        raise UsageError(f"The graph {job.graph.name} has nothing to learn.", hint="Put `learn` before a section.")
    if not bench.splits.train:
        raise UsageError(
            "The dataset has no training rows.", hint="Give the train split a share, as in `split 40/30/30`."
        )
    return await _Optimization(bench, job, slots, sink).run()


class _Optimization:
    """One run, from its bound to its report."""

    def __init__(self, bench: Bench, job: Job, slots: tuple[Slot, ...], sink: Sink) -> None:
        self.bench, self.job, self.slots = bench, job, slots
        self.originals = {slot.id: slot.text for slot in slots}
        self.tell = Telling(sink, lambda: bench.totals, self.originals, self._values)
        self.board = Board(bench, job.graph, self.tell.warn)
        purse = Purse.divide(bench.splits, bench.remaining(), bench.row_bound(job.graph))
        self.position = Position(self.board, slots, purse, job.options)
        self.bound = upper_bound(bench, job.graph, slots, job.critic, job.rewriter, job.options)
        self.search = Search(
            self.position,
            Teachers(bench.teacher(job.critic), bench.teacher(job.rewriter)),
            StaticGate(
                tuple(text for row in bench.splits.train for text in bench.row_texts(row)), job.options.reparses
            ),
            StrongerModel(bench, job.critic),
            self.tell,
        )
        self.final: Candidate = ORIGINAL
        self.searched = False
        self.claim: Claim | None = None
        self.before: dict[str, float] = {}
        self.after: dict[str, float] = {}
        self.notes: list[str] = []

    async def run(self) -> Report:
        """Runs to the report, however it ends."""
        job = self.job
        self.tell.bound(self.bound)
        if maps := self.bench.row_bound(job.graph).maps:
            self.notes.append(
                f"The bound counts one item per list of {', '.join(maps)}; only a budget holds for longer ones."
            )
        try:
            stopped = await self._search()
            await self._claim()
            await self._measure()
        except (OutOfBudget, BudgetExceeded):
            stopped = Stopped.BUDGET
        except asyncio.CancelledError:
            self._report(Stopped.CANCELLED)
            raise
        except PromptsError as error:
            self.tell.warn(str(error))
            stopped = Stopped.ERROR
        return self._report(Stopped.CANCELLED if self.bench.stopping else stopped)

    # -- the three parts

    async def _search(self) -> Stopped:
        try:
            ending = await self.search.run()
        except BudgetExceeded:
            ending = Ending.BUDGET
        self.final, self.searched = self.position.best, True
        if ending is Ending.BUDGET:
            return Stopped.BUDGET
        if not self.search.accepted and await self._nothing_to_gain(ending):
            return Stopped.NO_HEADROOM
        return Stopped.ROUNDS if ending is Ending.ROUNDS else Stopped.DONE

    async def _nothing_to_gain(self, ending: Ending) -> bool:
        """Whether the fruitless search had anything to find. Told as an event either way."""
        standing = self.position.standing
        failing = standing.failing
        if not standing.seen:
            raise PromptsError(
                "Not one training row could be run and scored.", hint="See the warnings, or run `prompts eval`."
            )
        reason = f"all {len(standing.seen)} training rows score well already"
        is_open = False
        if failing or ending is Ending.ROUNDS:
            if self._affords_runs(2 * len(failing)):
                before = self.board.known(ORIGINAL, failing)
                found = await look_for_headroom(self.bench, self.job.graph, self.slots, self.job.critic, before)
                is_open, reason = found.open, found.reason
            else:
                is_open, reason = True, "there is no budget left to tell"
        self.tell.headroom(
            is_open=is_open, score=standing.mean, rows=len(standing.seen), failing=len(failing), reason=reason
        )
        return not is_open

    async def _claim(self) -> None:
        """Tests the candidate on validation rows. A candidate that does worse there is dropped."""
        rows = self._in_order(self.bench.splits.validation)
        if not self.final.slots:
            return
        if not rows:
            self.notes.append("There are no validation rows, so nothing is proven.")
            return
        self.tell.progress(0, len(rows), "testing the rewrite on unseen rows")
        reserved = 2 * self.position.purse.reserve.test
        self.claim = claim = await prove(
            self.board,
            self.final,
            rows,
            alpha=self.job.options.alpha,
            affords=lambda runs: self.position.purse.affords(
                self.bench.remaining(), runs=runs, calls=0, reserved=reserved
            ),
        )
        if not claim.rows:
            self.notes.append("Nothing was left of the budget to test the rewrite on unseen rows.")
            return
        trial = Trial((), (claim.effect,) * claim.rows)
        self.tell.gate(self.final, ORIGINAL, self.final.slots, "claim", claim.conclusion.value, trial)
        if claim.effect < 0:
            self.notes.append("The rewrite did worse than the original on validation rows, so it is not offered.")
            self.final = ORIGINAL

    async def _measure(self) -> None:
        """Scores the original and the candidate on the test rows, once: on all of them, or as many as the budget still pays for.

        What rows really cost is known only afterwards (replies are remembered, repairs are rare), so they are run in batches.
        """
        waiting = self._in_order(self.bench.splits.test)
        if not waiting:
            self.notes.append("There are no test rows, so no score before and after is reported.")
            return
        self.tell.progress(0, len(waiting), "measuring on held-out rows")
        sides = 2 if self.final.slots else 1
        cut_off = True
        try:
            while batch := waiting[: self._affordable(len(waiting), sides)]:
                waiting = waiting[len(batch) :]
                await self._measure_rows(batch)
            cut_off = bool(waiting)
        finally:
            self._tell_of_missing(cut_off=cut_off)

    async def _measure_rows(self, rows: Sequence[str]) -> None:
        """Scores both sides on rows. A row that could not be scored on one side counts on neither."""
        try:
            await self.board.scores(ORIGINAL, rows, Purpose.FORWARD)
            await self.board.scores(self.final, rows, Purpose.FORWARD)
        finally:
            before, after = (self.board.known(side, rows) for side in (ORIGINAL, self.final))
            for row in rows:
                if row in before and row in after:
                    self.before[row], self.after[row] = before[row], after[row]

    def _affordable(self, wanted: int, sides: int) -> int:
        """How many of the rows can be run on all sides with what is left."""
        return self.position.purse.rows(self.bench.remaining(), wanted, each=sides, reserved=0)

    def _tell_of_missing(self, *, cut_off: bool) -> None:
        wanted = len(self.bench.splits.test)
        missing = wanted - len(self.before)
        why = (
            "were not measured, because the budget or the run ended"
            if cut_off
            else "could not be run, and are left out before and after"
        )
        if missing:
            self.notes.append(f"{missing} of {wanted} test rows {why}.")

    # -- the report

    def _report(self, stopped: Stopped) -> Report:
        if not self.searched:
            self.final = self.position.best
        totals = self.bench.totals
        splits = self.bench.splits
        report = Report(
            seconds=self.tell.seconds,
            calls=totals.calls,
            graph=self.job.graph.name,
            stopped=stopped,
            cached=totals.cached,
            usd=None if totals.unpriced else dollars(totals.usd),
            tokens=totals.tokens_in + totals.tokens_out,
            bound=self.bound.bound,
            before=self._measured(self.before),
            after=self._measured(self.after),
            rows=SplitSizes(len(splits.train), len(splits.validation), len(splits.test)),
            slots=tuple(self._slot_report(slot) for slot in self.slots),
            findings=tuple(finding_data(note, self.originals) for note in self.search.notebook.notes),
            notes=tuple(self.notes),
        )
        self.tell.say(report)
        return report

    def _measured(self, scores: Mapping[str, float]) -> Measured | None:
        """Scores as values of the metric, which need not be better when they are higher."""
        return Measured.of([score if self.bench.maximize else 1 - score for score in scores.values()])

    def _slot_report(self, slot: Slot) -> SlotReport:
        text = self.final.text(slot.id, slot.text)
        if text == slot.text:
            return SlotReport(slot.id, SlotStatus.UNCHANGED, slot.text, slot.text, None, None)
        proven = self.claim is not None and self.claim.conclusion is Conclusion.PROVEN
        effect, interval = self._effect()
        return SlotReport(
            slot.id, SlotStatus.PROVEN if proven else SlotStatus.UNPROVEN, slot.text, text, effect, interval
        )

    def _effect(self) -> tuple[float | None, tuple[float, float] | None]:
        """The effect of the whole rewrite: on test rows, which nothing was chosen on, else as the claim's rows show it."""
        gains = differences(self.before, self.after, list(self.before))
        if gains:
            interval = mean_interval(gains, -1.0, 1.0)
            return sum(gains) / len(gains), (interval.low, interval.high)
        if self.claim is not None and self.claim.rows:
            return self.claim.effect, (self.claim.interval.low, self.claim.interval.high)
        return None, None

    # -- small things

    def _values(self, candidate: Candidate) -> Mapping[str, float]:
        return self.board.values(candidate)

    def _affords_runs(self, runs: int) -> bool:
        return self.position.purse.affords(self.bench.remaining(), runs=runs, calls=0)

    def _in_order(self, rows: Sequence[str]) -> tuple[str, ...]:
        """Held-out rows in an order of their own, which the search never chose."""
        return Chance.of(self.job.options.seed, "held out").shuffled(rows, key=str)
