"""The most that one row can cost, read off the static graph before anything is spent.

Loops count with their bound; a call counts as its graph. Nodes with `when` count as if they ran. How long the list of an `each` will be is
not in the graph, so maps count per item, and `maps` says which they are: with `items` of them per list the bound is exact.

Invariant: a row never makes more calls than `calls`, as long as no list is longer than `items` and no attempt fails; with failing attempts
never more than `attempts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.engine.structured import is_plain
from prompts_lang.graph.model import CallBody, JudgeMetric, LlmBody, graphs_of

if TYPE_CHECKING:
    from prompts_lang.graph.model import Graph, Metric, Model, Node

MaxCost: TypeAlias = "Callable[[Model], Decimal | None]"
"""The most that one call of a model can cost in US dollars; None where its price is unknown."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bound:
    """An upper bound.

    Attributes:
        calls: Calls of models, one attempt each; the one repair of a reply that does not fit is counted.
        attempts: The same with every retry and every fallback.
        usd: What the attempts can cost in US dollars; None where a price is unknown.
        maps: The nodes with `each`, as `graph/node`, that the bound takes at `items` items.
    """

    calls: int = 0
    attempts: int = 0
    usd: Decimal | None = ZERO
    maps: tuple[str, ...] = ()

    def __add__(self, other: Bound) -> Bound:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        maps = self.maps + tuple(name for name in other.maps if name not in self.maps)
        return Bound(self.calls + other.calls, self.attempts + other.attempts, usd, maps)

    def times(self, count: int) -> Bound:
        """The bound of `count` such things."""
        usd = None if self.usd is None else self.usd * count
        return Bound(self.calls * count, self.attempts * count, usd, self.maps)


def free(_: Model) -> Decimal | None:
    """A `MaxCost` for counting calls alone."""
    return ZERO


def row_bound(graph: Graph, metric: Metric | None = None, *, max_cost: MaxCost = free, items: int = 1) -> Bound:
    """The bound of one row, its scoring by `metric` included. Takes time linear in the graph, whatever its depth."""
    done: dict[tuple[Path, str], Bound] = {}
    for part in reversed(graphs_of(graph)):
        total = Bound()
        for node in part.nodes:
            bound = _node_bound(node, done, max_cost)
            if node.each is not None and bound.calls:
                bound = replace(bound.times(items), maps=(f"{part.name}/{node.name}", *bound.maps))
            total += bound
        done[part.file, part.name] = total
    total = done[graph.file, graph.name]
    if metric is not None and isinstance(metric.body, JudgeMetric):
        total += _model_bound(metric.body.model, max_cost, repaired=True)
    return total


def _node_bound(node: Node, done: dict[tuple[Path, str], Bound], max_cost: MaxCost) -> Bound:
    match node.body:
        case LlmBody(model=model):
            return _model_bound(model, max_cost, repaired=not is_plain(node.outputs))
        case CallBody(graph=graph, repeat=repeat):
            return done[graph.file, graph.name].times(1 if repeat is None else repeat.at_most)
        case _:
            return Bound()


def _model_bound(model: Model, max_cost: MaxCost, *, repaired: bool) -> Bound:
    attempts, usd = 0, ZERO
    asked: Model | None = model
    known = True
    while asked is not None:
        price = max_cost(asked)
        known = known and price is not None
        attempts += 1 + asked.retries
        usd += (price or ZERO) * (1 + asked.retries)
        asked = asked.fallback
    replies = 2 if repaired and model.retries else 1
    return Bound(replies, attempts * replies, usd * replies if known else None)
