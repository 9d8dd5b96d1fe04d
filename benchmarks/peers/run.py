"""Prompts beside other optimisers on the same simulated worlds: same rows, same budget, one endpoint, one truth.

    python -m benchmarks.peers.run [--worlds single chain …] [--contestants prompts gepa …] [--seeds 3] [--json results.jsonl]

Every contestant starts from the same texts and speaks to the same OpenAI-compatible endpoint, which counts calls and tokens and answers
nothing past the budget. The score of the texts that a contestant adopts is computed from the world's hidden rules, not drawn, on rows that
nobody searched on. Peers are installed from the package index on first use, each in an environment of its own.

Columns, as averages over seeds: `start` and `best` are the true scores of the starting texts and of texts that state every hidden rule;
`true` is that of the final texts; `claim - true` is what the tool's own score of its final texts exceeds it by; `there` counts the seeds
that reached 90 % of the attainable gain, `calls` and `tokens` are the medians that it took those, `all calls` what the whole run used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

from benchmarks.peers.match import Arrival, Result, match
from benchmarks.peers.worlds import FIRST_TABLE, SETTINGS, arena

CONTESTANTS = ("prompts", "gepa", "textgrad", "trace", "adalflow")
TITLES = {
    "prompts": "Prompts",
    "gepa": "DSPy GEPA",
    "textgrad": "TextGrad",
    "trace": "Trace (OptoPrime)",
    "adalflow": "AdalFlow",
}


async def play(options: argparse.Namespace) -> Sequence[Result]:
    """All matches that are asked for, one after another, so that nobody's time is another's load; without those in the file."""
    played = {(each.world, each.seed, each.contestant): each for each in recorded(options.json)}
    results: list[Result] = []
    for world in options.worlds:
        for seed in range(options.seeds or SETTINGS[world].seeds):
            for contestant in options.contestants:
                result = played.get((world, seed, contestant))
                if result is None:
                    result = await match(
                        contestant,
                        arena(world, seed),
                        budget=options.budget or SETTINGS[world].budget,
                        latency=options.latency,
                        seconds=options.seconds,
                    )
                    print(_progress(result), flush=True)
                    record(options.json, result)
                results.append(result)
    return results


def recorded(path: Path | None) -> Sequence[Result]:
    """The results that a file holds; none where there is no file."""
    if path is None or not path.exists():
        return ()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Result(**{**line, "arrival": line["arrival"] and Arrival(**line["arrival"])}) for line in lines]


def record(path: Path | None, result: Result) -> None:
    """Adds a result to a file, where there is one."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")


def _progress(result: Result) -> str:
    there = "-" if result.arrival is None else f"{result.arrival.calls} calls"
    return (
        f"{result.world} {result.seed} {result.contestant}: {result.start:.2f} -> {result.true:.2f} of {result.attainable:.2f},"
        f" claimed {_score(result.claimed)}, there after {there}, {result.calls} calls, {result.seconds:.0f} s,"
        f" {result.ended} {result.complaint}".rstrip()
    )


def table(results: Iterable[Result]) -> str:
    """The results as a Markdown table: one line per world and contestant."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.world, result.contestant), []).append(result)
    head = "| world | contestant | start | best | true | claim - true | there | calls | tokens | all calls | seconds |"
    lines = [head, "|---|---|" + "---:|" * 9]
    for (world, contestant), group in groups.items():
        arrivals = [result.arrival for result in group if result.arrival is not None]
        claims = [result.claimed - result.true for result in group if result.claimed is not None]
        nothing_to_gain = all(result.attainable - result.start < 1e-9 for result in group)
        cells = (
            SETTINGS[world].title,
            TITLES[contestant],
            f"{fmean(result.start for result in group):.2f}",
            f"{fmean(result.attainable for result in group):.2f}",
            f"{fmean(result.true for result in group):.2f}",
            f"{fmean(claims):+.2f}" if claims else "no claim",
            "-" if nothing_to_gain else f"{len(arrivals)} of {len(group)}",
            f"{median(arrival.calls for arrival in arrivals):,.0f}" if arrivals else "-",
            f"{median(arrival.tokens for arrival in arrivals):,.0f}" if arrivals else "-",
            f"{median(result.calls for result in group):,.0f}",
            f"{median(result.seconds for result in group):.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _score(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.2f}"


def main() -> None:
    """Plays the matches and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", nargs="+", choices=SETTINGS, default=FIRST_TABLE)
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=CONTESTANTS)
    parser.add_argument("--seeds", type=int, help="worlds of each kind (by default 3)")
    parser.add_argument(
        "--budget", type=int, help="calls that a contestant may make (by default 1,500 or 3,000, by world)"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per call")
    parser.add_argument(
        "--seconds", type=float, default=240.0, help="the most that one contestant may take on one world"
    )
    parser.add_argument(
        "--json", type=Path, help="a file to which results are added; what it holds is not played again"
    )
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores\n")
    results = asyncio.run(play(options))
    print(f"\n{table(results)}")


if __name__ == "__main__":
    main()
