"""Which graph is meant, and what it is measured by, where a user named only a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from prompts_lang.errors import UsageError
from prompts_lang.graph.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.graph.model import Dataset, Graph, Metric, Optimization, Program

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Objective:
    """A graph with the rows and the metric that it is measured by, and its `optimize` block, if it has one."""

    graph: Graph
    dataset: Dataset
    metric: Metric
    maximize: bool = True
    optimization: Optimization | None = None


def choose_graph(program: Program, name: str | None = None) -> Graph:
    """The graph of that name; without a name, the one that the first `optimize` block is about, or else the only graph of the file.

    Raises:
        UsageError: There is no such graph, or a name is needed.
    """
    own = {graph.name: graph for graph in program.graphs.values() if graph.file == program.path}
    if name is not None:
        return _named(program.graphs, name, "graph", program)
    if program.optimizations:
        return program.graphs[program.optimizations[0].graph]
    candidates = own or dict(program.graphs)
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    if not candidates:
        raise UsageError("The file declares no graph.", where=str(program.path), hint="Add one: `graph NAME(…) -> …`.")
    raise UsageError(
        f"The file has several graphs: {', '.join(candidates)}.",
        where=str(program.path),
        hint=f"Say which, as in {program.path.name}:{next(iter(candidates))}.",
    )


def choose_dataset(program: Program, graph: Graph, name: str | None = None) -> Dataset:
    """The rows for a graph: the dataset of that name, else that of its `optimize` block, else the only one there is.

    Raises:
        UsageError: A name is unknown, or one is needed.
    """
    block = program.optimization(graph.name)
    return _chosen(program.datasets, name or (block.dataset if block else None), "dataset", graph, program)


def choose_objective(
    program: Program, graph: str | None = None, *, dataset: str | None = None, metric: str | None = None
) -> Objective:
    """What a graph is measured by: the names given, else its `optimize` block, else the only dataset and metric there are.

    Raises:
        UsageError: A name is unknown, or one is needed.
    """
    chosen = choose_graph(program, graph)
    block = program.optimization(chosen.name)
    rows = choose_dataset(program, chosen, dataset)
    by = _chosen(program.metrics, metric or (block.metric if block else None), "metric", chosen, program)
    maximize = block.maximize if block is not None and by.name == block.metric else True
    return Objective(chosen, rows, by, maximize, block)


def _chosen(known: Mapping[str, T], name: str | None, what: str, graph: Graph, program: Program) -> T:
    if name is not None:
        return _named(known, name, what, program)
    if len(known) == 1:
        return next(iter(known.values()))
    said = f"has no {what}" if not known else f"has several {what}s: {', '.join(known)}"
    raise UsageError(
        f"The file {said}, so graph '{graph.name}' cannot be measured.",
        where=str(program.path),
        hint=f"Declare what it is measured by: `optimize {graph.name} on DATASET` with `maximize METRIC`.",
    )


def _named(known: Mapping[str, T], name: str, what: str, program: Program) -> T:
    if name in known:
        return known[name]
    if meant := did_you_mean(name, known):
        hint = f"Did you mean '{meant}'?"
    else:
        hint = f"It has: {', '.join(known)}." if known else f"It has no {what} at all."
    raise UsageError(f"The file has no {what} '{name}'.", where=str(program.path), hint=hint)
