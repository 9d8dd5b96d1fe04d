"""Is there anything to gain? Answered with evidence, and only where the search has found nothing.

A study of 72 optimiser runs (arXiv 2604.14585) found gains only where the model could do better than it did by default. The
question is asked late on purpose: an early test on a few rows would stop runs that can gain. "No headroom" needs failing rows that
neither a stronger model nor a plain demand for the right form turns around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompts_lang.engine.store.model import Purpose
from prompts_lang.graph.model import Examples, Graph, LlmBody, Model, Slot, graphs_of
from prompts_lang.graph.substitute import with_models
from prompts_lang.optimize.bench import Bench
from prompts_lang.optimize.candidate import Candidate, Texts

ROWS = 4
"""Failing rows to try. Fewer say nothing."""
_NOTICEABLE = 0.1
_FORM = "Give the result alone, in exactly the form that is asked for, without any other words."


@dataclass(frozen=True, slots=True)
class Headroom:
    """Whether some other way of running the rows scored higher, and which."""

    open: bool
    reason: str


async def look_for_headroom(
    bench: Bench, graph: Graph, slots: Sequence[Slot], stronger: Model, before: dict[str, float]
) -> Headroom:
    """Runs failing rows with a stronger model in every node, and with a plain demand for the right form in every text.

    Raises:
        BudgetExceeded: nothing more can be paid for.
    """
    rows = list(before)[:ROWS]
    if len(rows) < ROWS:
        return Headroom(open=True, reason=f"only {len(rows)} rows fail, which is too few to tell")
    others = {"a stronger model": with_model(graph, stronger), "a demand for the right form": _with_form(graph, slots)}
    for what, other in others.items():
        outcomes = await bench.measure(other, rows, purpose=Purpose.HEADROOM)
        gains = [outcome.value - before[outcome.row] for outcome in outcomes if outcome.value is not None]
        if len(gains) < len(rows):
            return Headroom(open=True, reason=f"{what} could not be run on all rows")
        if better := sum(gain > _NOTICEABLE for gain in gains):
            return Headroom(open=True, reason=f"{what} does better on {better} of {len(rows)} failing rows")
    return Headroom(
        open=False, reason=f"neither a stronger model nor a demand for the right form helps on {len(rows)} failing rows"
    )


def with_model(graph: Graph, model: Model) -> Graph:
    """The graph with one model in every node."""
    names = {node.body.model.name for part in graphs_of(graph) for node in part.nodes if isinstance(node.body, LlmBody)}
    return with_models(graph, dict.fromkeys(sorted(names), model))


def _with_form(graph: Graph, slots: Sequence[Slot]) -> Graph:
    texts: Texts = {
        slot.id: f"{slot.text}\n{_FORM}"
        for slot in slots
        if isinstance(slot.node.body, LlmBody) and not isinstance(slot.section, Examples)
    }
    return Candidate.of(texts, {slot.id: slot.text for slot in slots}).on(graph)
