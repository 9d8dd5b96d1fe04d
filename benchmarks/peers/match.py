"""One contestant on one world: the endpoint served, the adapter run in its own environment, every adopted candidate judged by the truth.

The adapter runs until it ends by itself, until the first call past the budget, or until its time is up; what it had adopted by then counts.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.endpoint import Metered, metered
from benchmarks.peers.environments import prepare
from benchmarks.peers.truth import attainable, expected_score, starting_score
from benchmarks.peers.worlds import Arena

SHARE = 0.9
"""The share of the attainable gain at which a contestant counts as arrived."""
_GRACE = 3.0
"""Seconds that an adapter has to write its result after the budget has ended."""
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Arrival:
    """What had been used when the adopted texts first had 90 % of the attainable gain."""

    calls: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one match. Scores are shares of right rows; `true` is the expected score of the final texts on held-out rows.

    Attributes:
        claimed: The score that the tool names for its final texts; None where it makes no claim.
        arrival: None where the tool never got there.
        ended: `done`, `budget`, `time`, or `failed` with the adapter's last words in `complaint`.
        unparsed: Calls in which the world did not recognise what it was asked: 0 means that the adapter fits.
    """

    contestant: str
    world: str
    seed: int
    start: float
    attainable: float
    true: float
    claimed: float | None
    arrival: Arrival | None
    calls: int
    tokens: int
    seconds: float
    ended: str
    unparsed: int
    complaint: str = ""

    @property
    def share(self) -> float:
        """The share of the attainable gain that was reached; 1 where nothing is to be gained and nothing was lost."""
        room = self.attainable - self.start
        return (self.true - self.start) / room if room > 1e-9 else 1.0 + self.true - self.start


async def match(contestant: str, arena: Arena, *, budget: int, latency: float, seconds: float) -> Result:
    """Plays one match. `latency` is in seconds per call, `seconds` the most that the adapter may take."""
    prepared = await asyncio.to_thread(prepare, contestant)
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        async with metered(arena.world, budget=budget, latency=latency) as endpoint:
            _write_task(arena, endpoint.base, folder, budget)
            started = time.monotonic()
            ended, complaint = await _play(contestant, prepared.python, prepared.environ, folder, endpoint, seconds)
            taken = time.monotonic() - started
            return _judged(contestant, arena, _adopted(folder), endpoint, taken, ended, complaint)


def _write_task(arena: Arena, base: str, folder: Path, budget: int) -> None:
    (folder / "task.json").write_text(json.dumps(arena.task(base, folder, budget=budget)), encoding="utf-8")
    (folder / "line.prompt").write_text(arena.prompt_file(base, budget), encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in arena.labelled_rows())
    (folder / "rows.jsonl").write_text(rows, encoding="utf-8")


async def _play(
    contestant: str, python: Path, environ: Mapping[str, str], folder: Path, endpoint: Metered, seconds: float
) -> tuple[str, str]:
    """Runs the adapter to its end, that of the budget, or that of its time."""
    with (folder / "stderr").open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            python,
            _FOLDER / f"{contestant}_peer.py",
            folder / "task.json",
            folder / "adopted.jsonl",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=words,
            env={**_environment(), **environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": endpoint.base},
            cwd=folder,
            start_new_session=True,
        )
    end, budget = asyncio.create_task(process.wait()), asyncio.create_task(endpoint.exhausted.wait())
    done, _ = await asyncio.wait((end, budget), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if budget in done and end not in done:
        await asyncio.wait((end,), timeout=_GRACE)
    budget.cancel()
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await end
        return ("budget" if budget in done else "time"), ""
    if process.returncode == 0:
        return "done", ""
    said = (folder / "stderr").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return ("budget" if budget in done else "failed"), said[-1] if said else f"exit code {process.returncode}"


def _environment() -> Mapping[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def _adopted(folder: Path) -> Sequence[Mapping[str, Any]]:
    path = folder / "adopted.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _judged(
    contestant: str,
    arena: Arena,
    adopted: Sequence[Mapping[str, Any]],
    endpoint: Metered,
    taken: float,
    ended: str,
    complaint: str,
) -> Result:
    cases = [row["case"] for row in arena.rows["test"]]
    start = starting_score(arena.world, arena.starting_texts, cases)
    best = attainable(arena.world, cases)
    scores = [expected_score(arena.world, each["texts"], cases) for each in adopted]
    there = start + SHARE * (best - start)
    arrival = next(
        (
            Arrival(each["calls"], each["tokens"], each["seconds"])
            for each, score in zip(adopted, scores, strict=True)
            if score >= there and best > start
        ),
        None,
    )
    return Result(
        contestant,
        arena.name,
        arena.seed,
        start,
        best,
        scores[-1] if scores else start,
        adopted[-1]["claimed"] if adopted else None,
        arrival,
        endpoint.calls,
        endpoint.tokens,
        taken,
        ended,
        endpoint.service.stats["calls.unknown"],
        complaint,
    )
