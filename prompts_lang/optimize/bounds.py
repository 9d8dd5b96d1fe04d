"""The most that a run can cost, known before anything is spent: the graph is static, and every part of the loop has a fixed size.

Invariant: a run never makes more calls, and never costs more, as long as no list of an `each` is longer than one item. Retries after a
provider's errors are counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.autodiff.ask import ATTEMPTS
from prompts_lang.autodiff.skeleton import LARGE, SUSPECTS
from prompts_lang.graph.model import CallBody, Examples, Graph, Kind, Model, Slot
from prompts_lang.optimize import headroom, replay
from prompts_lang.optimize.bench import Bench
from prompts_lang.optimize.blame import GROUPS
from prompts_lang.optimize.events import BoundKnown, Bounds
from prompts_lang.optimize.examples_slot import DRAWS
from prompts_lang.optimize.options import Options
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.position import CONTENT
from prompts_lang.optimize.prune import CHANGES, runs_at_most
from prompts_lang.optimize.tidying import TIDIES
from prompts_lang.optimize.trials import VARIANTS


def upper_bound(
    bench: Bench, graph: Graph, slots: Sequence[Slot], critic: Model, rewriter: Model, options: Options
) -> BoundKnown:
    """What a run can cost at most, as its first event: its parts at their largest, or the budget where that is smaller."""
    row = bench.row_bound(graph)
    texts = sum(not isinstance(slot.section, Examples) for slot in slots)
    pace = Pace.for_rows_of(row.calls)
    judged = _judged(graph)
    questions = GROUPS * (judged if judged < LARGE else 1 + SUSPECTS)
    total = (
        row.times(_runs(bench, pace, texts, len(slots) - texts, options))
        + bench.row_bound(headroom.with_model(graph, critic)).times(
            headroom.ROWS + options.rounds * replay.runs_at_most(min(pace.slots, texts))
        )
        + bench.call_bound(critic).times(options.rounds * ATTEMPTS * questions)
        + bench.call_bound(rewriter).times(options.rounds * ATTEMPTS * min(pace.slots, texts))
    )
    budget = bench.remaining()
    calls = total.attempts if budget.calls is None else min(total.attempts, budget.calls)
    dearest = bench.dearest_attempt(graph, critic, rewriter)
    amounts = (total.usd, budget.usd, None if dearest is None else calls * dearest)
    usd = min((amount for amount in amounts if amount is not None), default=None)
    return BoundKnown(
        bound=Bounds(calls, None if usd is None else float(usd)),
        unpriced=bench.unpriced_models(graph, critic, rewriter),
        by_budget=usd is not None and usd == budget.usd,
    )


def _runs(bench: Bench, pace: Pace, texts: int, examples: int, options: Options) -> int:
    """Executions of the graph with its own models."""
    splits = bench.splits
    train = len(splits.train)
    looks = train + options.rounds * min(train, CONTENT + pace.look)
    tries = VARIANTS * bool(texts) + examples * DRAWS + 1
    apart = min(pace.slots, texts) + 1 if texts > 1 else 0
    trial = (tries + apart) * (min(pace.trial, train) + 2 * min(pace.sentinels, train))
    held_out = 2 * (len(splits.validation) + len(splits.test))
    return looks + options.rounds * trial + TIDIES * runs_at_most(CHANGES, pace) + headroom.ROWS + held_out


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
