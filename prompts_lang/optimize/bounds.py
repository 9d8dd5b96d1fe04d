"""The most that a run can cost, known before anything is spent: the graph is static, and every part of the loop has a fixed size."""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.autodiff.ask import ATTEMPTS
from prompts_lang.autodiff.skeleton import LARGE, SUSPECTS
from prompts_lang.graph.model import CallBody, Examples, Graph, Kind, Slot
from prompts_lang.optimize import headroom, prune
from prompts_lang.optimize.bench import Bench, Bound
from prompts_lang.optimize.events import Bounds
from prompts_lang.optimize.examples_slot import DRAWS
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.purse import Purse
from prompts_lang.optimize.search import FIRST_LOOK, GROUPS, UNDO_LINES
from prompts_lang.optimize.select import SLOTS_PER_ROUND
from prompts_lang.optimize.targeted_gate import SENTINELS, TRIAL_ROWS
from prompts_lang.optimize.trials import SCREEN_ROWS, VARIANTS


def upper_bound(bench: Bench, graph: Graph, slots: Sequence[Slot], options: Options, purse: Purse) -> Bounds:
    """The bound of a run: its parts at their largest, or the budget where that is smaller.

    Retries after a provider's error are not part of it; the account counts them and holds the budget against them.
    """
    row = bench.row_bound(graph)
    runs, calls = _largest(bench, graph, slots, options, purse)
    budget = bench.remaining()
    whole = runs * row.calls + calls
    money = None if row.usd is None else _money(row, runs, calls)
    if budget.usd is not None:
        money = float(budget.usd) if money is None else min(money, float(budget.usd))
    return Bounds(whole if budget.calls is None else min(whole, budget.calls), money)


def _largest(bench: Bench, graph: Graph, slots: Sequence[Slot], options: Options, purse: Purse) -> tuple[int, int]:
    """Executions of the graph, and calls to critic and rewriter."""
    train = len(bench.splits.train)
    texts = sum(not isinstance(slot.section, Examples) for slot in slots)
    examples = len(slots) - texts
    tries = VARIANTS + examples * DRAWS
    trial = min(TRIAL_ROWS, train) * tries + 2 * min(SENTINELS, train) * tries
    undo = UNDO_LINES * SCREEN_ROWS + UNDO_LINES * (TRIAL_ROWS + 2 * SENTINELS)
    looks = max(FIRST_LOOK, train) + options.rounds * train
    judged = _judged(graph)
    differentiate = GROUPS * ATTEMPTS * (judged if judged < LARGE else 1 + SUSPECTS)
    rewrite = ATTEMPTS * min(SLOTS_PER_ROUND, texts)
    runs = looks + options.rounds * (trial + undo) + 2 * headroom.ROWS + prune.ROWS * len(slots) + purse.reserve.runs
    return runs, options.rounds * (differentiate + rewrite)


def _judged(graph: Graph) -> int:
    """Places of the graph, unfolded, that the critic may be asked about. Counting stops where the skeleton takes over."""
    count, pending = 0, [graph]
    while pending and count < LARGE:
        for node in pending.pop().nodes:
            if isinstance(node.body, CallBody):
                pending.append(node.body.graph)
            elif node.kind in (Kind.LLM, Kind.RETRIEVE):
                count += 1
    return count


def _money(row: Bound, runs: int, calls: int) -> float:
    """Money in proportion to calls: a teacher's call is taken to cost as much as a row."""
    return (row.usd or 0.0) * (runs + calls)
