"""How often a claim is made where nothing is better, and how often where something is.

    python -m benchmarks.calibration [--seeds 600] [--draws 2000] [--plot docs/images/power.svg]

Three tables. The first two are about worlds in which every edit is useless: the test alone, looked at after every row, and the whole
optimisation (search, pruning, claim) with a critic and a rewriter that always propose something. The share of runs that claim a gain has to
stay under alpha. The third is about edits that help: the share of tests that prove it, by effect and by validation rows, and the
rows that it takes. An edit of effect 0.3 wins 0.34 of the rows and loses 0.04; rows that it does not reach are the same on both sides.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import fmean

from benchmarks.lines import Line, line_chart
from prompts_lang.optimize.evidence import ALPHA, Conclusion, PairedTest, claim_alpha
from prompts_lang.optimize.optimize import optimize
from prompts_lang.optimize.report import SlotStatus
from tests.optimize.latent_world import chain, job_of, world_of

LOSS = 0.04
"""Share of rows that even a good edit loses."""
EFFECTS = (0.1, 0.2, 0.3, 0.5, 0.7)
ROWS = (10, 15, 20, 30, 45, 60, 90, 120, 180, 240)
NULLS = ((0.02, 30), (0.1, 30), (0.3, 30), (0.1, 120), (0.3, 120), (0.5, 240))
"""Share of rows that a useless edit wins, and as many that it loses; and validation rows."""


def sequential(differences: Sequence[float], alpha: float) -> tuple[bool, int]:
    """Whether a test that is looked at after every row proves a gain, and the rows that it takes."""
    test = PairedTest(alpha)
    for used, difference in enumerate(differences, 1):
        test = test.with_rows([difference])
        conclusion = test.conclusion(len(differences) - used)
        if conclusion is not Conclusion.OPEN:
            return conclusion is Conclusion.PROVEN, used
    return False, len(differences)


def claimed(win: float, loss: float, rows: int, draws: int) -> tuple[float, float]:
    """The share of tests that claim, and the mean of the rows they take."""
    chance = Random(f"{win} {loss} {rows}")  # noqa: S311 - a simulation
    ends = [
        sequential(chance.choices((1.0, -1.0, 0.0), (win, loss, 1 - win - loss), k=rows), claim_alpha(0))
        for _ in range(draws)
    ]
    return fmean(proven for proven, _ in ends), fmean(used for _, used in ends)


async def false_claims(nodes: int, passing: float, seeds: int) -> tuple[int, float]:
    """How many optimisations of a world without anything to gain claim something, and the calls that they take on average."""
    claims, calls = 0, 0
    for seed in range(seeds):
        world = world_of(chain(nodes), seed=seed, null=passing, size=(24, 24, 0))
        report = await optimize(world, job_of(world, rounds=3), lambda _: None)
        claims += any(slot.status is SlotStatus.PROVEN for slot in report.slots)
        calls += report.calls
    return claims, calls / seeds


def power(draws: int) -> Mapping[float, Sequence[tuple[float, float]]]:
    """For every effect, the share of claims and the rows used, by validation rows."""
    return {effect: [claimed(effect + LOSS, LOSS, rows, draws) for rows in ROWS] for effect in EFFECTS}


def draw(curves: Mapping[float, Sequence[tuple[float, float]]], path: Path) -> None:
    """Writes the power curves as an SVG."""
    lines = [
        Line(f"effect {effect:+.1f}", [(rows, proven) for rows, (proven, _) in zip(ROWS, ends, strict=True)])
        for effect, ends in curves.items()
    ]
    lines.append(Line(f"no effect (alpha {ALPHA})", [(rows, claimed(LOSS, LOSS, rows, 2_000)[0]) for rows in ROWS]))
    title = "Share of tests that prove a gain"
    path.write_text(line_chart(title, "validation rows", "proven", lines, top=1.0), encoding="utf-8")


def main() -> None:
    """Prints the tables, and draws the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=600, help="optimisations without anything to gain, per world")
    parser.add_argument("--draws", type=int, default=2_000, help="tests per cell")
    parser.add_argument("--plot", type=Path, help="where to write the power curves, as an SVG")
    chosen = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores\n")

    print(f"The test alone, {chosen.draws} useless edits per line, alpha {ALPHA}")
    print("wins = losses   rows   claimed   rows used")
    for share, rows in NULLS:
        proven, used = claimed(share, share, rows, chosen.draws)
        print(f"{share:13.2f} {rows:6d} {proven:9.4f} {used:11.1f}")

    print(f"\nThe whole optimisation, {chosen.seeds} seeds per line, nothing to gain")
    print("nodes   passing   claimed   share   calls per run")
    for nodes, passing in ((1, 0.6), (2, 0.5), (1, 0.3)):
        claims, calls = asyncio.run(false_claims(nodes, passing, chosen.seeds))
        print(f"{nodes:5d} {passing:9.1f} {claims:9d} {claims / chosen.seeds:7.4f} {calls:15.1f}")

    print(f"\nPower at the level of the first claim ({claim_alpha(0):.3f}): share proven (rows used)")
    print("effect " + "".join(f"{rows:>12d}" for rows in ROWS))
    curves = power(chosen.draws)
    for effect, ends in curves.items():
        print(f"{effect:6.1f} " + "".join(f"{proven:6.2f} ({used:3.0f})" for proven, used in ends))
    if chosen.plot is not None:
        draw(curves, chosen.plot)


if __name__ == "__main__":
    main()
