"""Where a search stands: on a candidate, with what the training rows show of it, and with what is left to spend.

Invariant: `standing` is about `incumbent`; a change of one goes through `move`, which changes both.
"""

from __future__ import annotations

from prompts_lang.autodiff.chance import Chance
from prompts_lang.graph.model import Slot
from prompts_lang.optimize.board import Board, OutOfBudget
from prompts_lang.optimize.candidate import ORIGINAL, Candidate, Texts
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.purse import Purse
from prompts_lang.optimize.standing import Standing

LOOKS = 2
"""Steps of looking for more failing rows, once there are any."""
CONTENT = 40
"""Rows in a row without a failure after which a search is content, however many rows there are."""


class Position:
    """The state that the parts of a search share. `incumbent` is where it stands, `best` the last candidate that gained.

    Args:
        board: Where candidates are run.
        slots: The trainable texts.
        purse: How the budget is divided.
        options: What was asked for.
    """

    def __init__(self, board: Board, slots: tuple[Slot, ...], purse: Purse, options: Options) -> None:
        self.board = board
        self.slots = slots
        self.purse = purse
        self.options = options
        self.pace = Pace.for_rows_of(purse.row.calls)
        self.incumbent: Candidate = ORIGINAL
        self.best: Candidate = ORIGINAL
        rows = board.bench.splits.train
        self.standing = Standing(options.passing, list(self.chance("order").shuffled(rows, key=str)))

    @property
    def originals(self) -> Texts:
        """Every slot's text as it stands in the file."""
        return {slot.id: slot.text for slot in self.slots}

    def texts(self, candidate: Candidate) -> Texts:
        """Every slot's text in a candidate."""
        return {slot.id: candidate.text(slot.id, slot.text) for slot in self.slots}

    def chance(self, *name: object) -> Chance:
        """The randomness of one decision, by its name."""
        return Chance.of(self.options.seed, "search", *name)

    def afford(self, runs: int, calls: int) -> None:
        """Returns where executions of the graph and other calls fit the budget.

        Raises:
            OutOfBudget: They do not.
        """
        if not self.purse.affords(self.board.bench.remaining(), runs=runs, calls=calls):
            raise OutOfBudget

    def move(self, candidate: Candidate) -> None:
        """Goes on from a candidate; what was seen of its rows is what is known now."""
        self.incumbent = candidate
        self.standing.move(self.board.take_outcomes(candidate))

    async def look(self, count: int) -> None:
        """Runs the incumbent on further rows.

        Raises:
            OutOfBudget: They do not fit.
        """
        rows = self.standing.take(count)
        self.afford(len(rows), 0)
        self.standing.note(await self.board.measure(self.incumbent, rows))
        self.purse = self.purse.informed(self.board.bench.totals, self.board.runs)

    async def look_for_failures(self) -> None:
        """Looks at more rows: a few steps for more failing ones, many for the first; raises as `look` does."""
        steps = 0
        while not self.standing.is_exhausted and len(self.standing.failing) < (
            self.pace.wanted if steps < LOOKS else 1
        ):
            if self.standing.is_unbroken(CONTENT):
                return
            await self.look(self.pace.look)
            steps += 1
