"""The most that one row can cost, read off the static graph before anything is spent.

Loops count with their bound; a call counts as its graph. Nodes with `when` count as if they ran. How long the list of an `each` will be is
not in the graph, so maps count per item, and `maps` says which they are: with `items` of them per list the bound is exact.

Invariant: a row never makes more calls than `calls`, as long as no list is longer than `items` and no attempt fails; with failing attempts
never more than `attempts`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.provider.prices import dearest_call
from prompts_lang.engine.structured import is_plain
from prompts_lang.errors import UsageError
from prompts_lang.graph.model import (
    CallBody,
    Corpus,
    JudgeMetric,
    LlmBody,
    Model,
    RetrieveBody,
    graphs_of,
    operands_of,
)

if TYPE_CHECKING:
    from prompts_lang.engine.session import Session
    from prompts_lang.graph.model import Graph, Metric, Node

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


async def dearest_calls(session: Session) -> MaxCost:
    """The most that a call of a model can cost, by the price table of a session."""
    await session.backend.prepare()
    environ = session.services.environ

    def max_cost(model: Model) -> Decimal | None:
        spec = model_spec(replace(model, fallback=None), environ)
        return dearest_call(spec, session.backend.price(spec), session.backend.limits(spec))

    return max_cost


async def require_prices(session: Session, models: Iterable[Model]) -> None:
    """Makes sure that a budget in money can be held.

    Raises:
        UsageError: The price of one of the models, or of a fallback, is not known.
    """
    await session.backend.prepare()
    for model in models:
        asked: Model | None = model
        while asked is not None:
            if session.backend.price(model_spec(replace(asked, fallback=None), session.services.environ)) is None:
                raise UsageError(
                    f"The price of the model {asked.name} ({asked.id}) is not known, so a budget in money cannot be held.",
                    hint="Declare its `price`, or give the budget in calls.",
                )
            asked = asked.fallback


def models_of(graph: Graph, metric: Metric | None = None) -> tuple[Model, ...]:
    """The models that running and scoring the graph may ask, each once, in order of appearance."""
    found: dict[Model, None] = {}
    for part in graphs_of(graph):
        for node in part.nodes:
            match node.body:
                case LlmBody(model=model) | RetrieveBody(corpus=Corpus(embedding=Model() as model)):
                    found[model] = None
                case _:
                    pass
    if metric is not None and isinstance(metric.body, JudgeMetric):
        found[metric.body.model] = None
    return tuple(found)


def row_bound(
    graph: Graph,
    metric: Metric | None = None,
    *,
    max_cost: MaxCost = free,
    items: int = 1,
    changed: Collection[tuple[str, str]] | None = None,
) -> Bound:
    """The bound of one row, its scoring by `metric` included. Takes time linear in the graph, whatever its depth.

    Args:
        graph: The graph.
        metric: Scores the row; only a judge costs.
        max_cost: Prices.
        items: How long the list of an `each` is taken to be.
        changed: Nodes, by graph and name, whose texts differ from those of a run that is remembered: then only they and what descends
            from them are counted, since everything else comes from the memo.
    """
    done: dict[tuple[Path, str], _Part] = {}
    for part in reversed(graphs_of(graph)):
        done[part.file, part.name] = _part_bound(part, done, max_cost, items, changed)
    found = done[graph.file, graph.name]
    total = found.whole if changed is None else found.rerun
    if metric is not None and isinstance(metric.body, JudgeMetric) and (changed is None or found.is_changed):
        total += call_bound(metric.body.model, max_cost, repaired=True)
    return total


def call_bound(model: Model, max_cost: MaxCost = free, *, repaired: bool = False) -> Bound:
    """The bound of one question to a model, with its retries and fallbacks; `repaired` counts a second question about a misfit."""
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


@dataclass(frozen=True, slots=True)
class _Part:
    """The bounds of a graph that is called: of all its nodes, and of those that have to run again although its inputs are the same."""

    whole: Bound
    rerun: Bound
    is_changed: bool


def _part_bound(
    part: Graph,
    done: dict[tuple[Path, str], _Part],
    max_cost: MaxCost,
    items: int,
    changed: Collection[tuple[str, str]] | None,
) -> _Part:
    whole, rerun = Bound(), Bound()
    affected: set[str] = set()
    for node in part.nodes:
        called = done[node.body.graph.file, node.body.graph.name] if isinstance(node.body, CallBody) else None
        bound = _times(part, node, _node_bound(node, called, max_cost), items)
        whole += bound
        inside = called is not None and called.is_changed
        if any(source in affected for source in _read_by(node)) or (part.name, node.name) in (changed or ()):
            rerun += bound
        elif inside and isinstance(node.body, CallBody):
            rerun += bound if node.body.repeat else _times(part, node, called.rerun if called else Bound(), items)
        else:
            continue
        affected.add(node.name)
    return _Part(whole, rerun, bool(affected))


def _times(part: Graph, node: Node, bound: Bound, items: int) -> Bound:
    if node.each is None or not bound.calls:
        return bound
    return replace(bound.times(items), maps=(f"{part.name}/{node.name}", *bound.maps))


def _read_by(node: Node) -> Iterator[str | None]:
    """The nodes that a node reads, by its inputs, its list, or its condition."""
    for entry in node.inputs:
        yield from (reference.node for reference in entry.source.alternatives)
    if node.each is not None:
        yield from (reference.node for reference in node.each.source.alternatives)
    if node.when is not None:
        yield from (reference.node for reference in operands_of(node.when))


def _node_bound(node: Node, called: _Part | None, max_cost: MaxCost) -> Bound:
    match node.body:
        case LlmBody(model=model):
            return call_bound(model, max_cost, repaired=not is_plain(node.outputs))
        case RetrieveBody(corpus=Corpus(embedding=Model() as model)):
            return call_bound(model, max_cost)
        case CallBody(repeat=repeat) if called is not None:
            return called.whole.times(1 if repeat is None else repeat.at_most)
        case _:
            return Bound()
