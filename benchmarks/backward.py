"""What differentiation costs on graphs of ten to a thousand nodes: calls of the critic per failing row, and the size of its prompts.

    python -m benchmarks.backward [--seeds 5]

Layered random graphs, ten nodes wide, three inputs per node, every node learned, one of them defective. Three failing rows are
differentiated together, as the search does. Beside it stands what walking edge by edge would take (one call per learned text and per input
that leads to one, for every failing row), which is how the textual gradients of TextGrad and AdalFlow are computed. `named` is
the share of graphs in which the defective text got a message: the critic of this world picks the right suspect 70 % and names the fault
70 % of the times it could.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

from prompts_lang.autodiff.differentiate import differentiate
from prompts_lang.autodiff.tape import Case
from prompts_lang.graph.model import Graph, SlotId
from tests.optimize.latent_world import TEACHER, Dials, World, ancestors, layered, planted

SIZES = (5, 10, 30, 100, 300, 1_000)
EXEMPLARS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What one differentiation took. `longest` is in characters, `seconds` are those of the walk itself."""

    calls: int
    edges: int
    longest: int
    named: bool
    seconds: float


def edge_wise(graph: Graph) -> int:
    """Calls per failing row of a walk over edges: every learned text and every input that leads to one, and one for the loss."""
    reached = ancestors(graph)
    nodes = [node for node in graph.nodes if node.name in reached]
    return 1 + sum(len(node.inputs) - 1 + sum(section.learn for section in node.sections) for node in nodes)


async def measured(size: int, seed: int) -> Cost:
    """One graph with a planted defect, differentiated once."""
    graph = layered(size, seed=seed)
    world: World = planted(graph, seed=seed, share=1.0, dials=Dials(noise=0.0))
    (culprit,) = {name for needs in world.needs.values() for name in needs}
    outcomes = await world.measure(graph, world.splits.train[:EXEMPLARS])
    cases = [Case(each.run, 0.0, world.statement(each), world.scored_outputs()) for each in outcomes]
    world.asked.clear()
    started = time.perf_counter()
    found = await differentiate(graph, cases, world.teacher(TEACHER), lambda _: None)
    seconds = time.perf_counter() - started
    longest = max(len(message.content) for request in world.asked for message in request.messages)
    named = any(message.target == SlotId(graph.name, culprit, "system") for message in found)
    return Cost(len(world.asked), edge_wise(graph), longest, named, seconds)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="graphs per size")
    seeds = parser.parse_args().seeds
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {seeds} graphs per line\n")
    print("nodes   calls   per failing row   edge by edge   longest prompt   named   seconds")
    for size in SIZES:
        costs = [asyncio.run(measured(size, seed)) for seed in range(seeds)]
        calls = fmean(cost.calls for cost in costs)
        print(
            f"{size:5d} {calls:7.1f} {calls / EXEMPLARS:17.1f} {fmean(cost.edges for cost in costs):14.1f}"
            f" {max(cost.longest for cost in costs):14d} c {fmean(cost.named for cost in costs):7.2f}"
            f" {fmean(cost.seconds for cost in costs):9.3f}"
        )


if __name__ == "__main__":
    main()
