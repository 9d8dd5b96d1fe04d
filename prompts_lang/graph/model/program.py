"""What a file means as a whole: its graphs, how they are scored, and what is to be optimised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from prompts_lang.graph.model.nodes import Graph
from prompts_lang.graph.model.resources import Dataset, FunctionReference, Model
from prompts_lang.graph.template import Template


@dataclass(frozen=True, slots=True)
class BuiltinMetric:
    """A metric of the built-in table, by name (`exact`, `f1`, `contains`…)."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionMetric:
    """A function `score(output, expected) -> number or {"score": number, "feedback": text}`, run in the sandbox."""

    function: FunctionReference


@dataclass(frozen=True, slots=True)
class JudgeMetric:
    """A model that scores by a rubric, from 0 to 1."""

    model: Model
    rubric: Template


@dataclass(frozen=True, slots=True)
class Metric:
    """`metric NAME(inputs) = …`. Each input is an output of the graph, a column of the dataset, or `expected` (the expect column)."""

    name: str
    inputs: tuple[str, ...]
    body: BuiltinMetric | FunctionMetric | JudgeMetric


@dataclass(frozen=True, slots=True)
class Optimization:
    """`optimize GRAPH on DATASET`. `budget_usd` is in US dollars; either budget may be None (not both, when it is run)."""

    graph: str
    dataset: str
    metric: str
    maximize: bool = True
    critic: Model | None = None
    rewriter: Model | None = None
    budget_usd: Decimal | None = None
    budget_calls: int | None = None
    rounds: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that can be run from one file: its own declarations and those it uses from other files, by name."""

    path: Path
    graphs: Mapping[str, Graph]
    datasets: Mapping[str, Dataset] = field(default_factory=dict[str, Dataset])
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    optimizations: tuple[Optimization, ...] = ()

    def optimization(self, graph: str) -> Optimization | None:
        """The first optimize block for that graph."""
        return next((block for block in self.optimizations if block.graph == graph), None)
