"""Edits an example for a long time while it is optimised in the background, and watches what the server uses.

    python -m benchmarks.server_soak                 one hour
    python -m benchmarks.server_soak --minutes 3     shorter

Fails on an error message, on a server that ends, on memory that grows by more than 5 % after the first quarter, on open files
that become more, and on a process that outlives the server. The models are simulated, so it costs nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.server_client import Editor, Silent
from benchmarks.server_tools import server_command

SETTINGS = {"background": "onIdle", "backgroundIdle": 2, "backgroundBudget": "1000000 calls"}
WORDS = ("in one word", "step by step", "with care", "as a list", "{{question}}", "{{qestion}}")
ASKED = ("hover", "completion", "documentHighlight", "definition")
GROWTH = 0.05


def main(minutes: float, seed: int) -> int:
    """Edits for so many minutes; 1 where something that must hold does not."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "multihop"
        shutil.copytree(Path("examples/multihop"), folder, ignore=shutil.ignore_patterns(".prompts"))
        path = folder / "multihop.prompt"
        options = {"trusted": True, "protocol": 1, "settings": SETTINGS}
        editor = Editor(server_command("prompts"), folder, options)
        editor.open(path.as_uri(), "prompt-graph", path.read_text(encoding="utf-8"))
        problems, samples, family = _edit(editor, chance, 60 * minutes)
        editor.close()
        time.sleep(2)
        left = [process for process in family if Path(f"/proc/{process}").exists()]
    warm = samples[len(samples) // 4 :]
    quarter = max(len(warm) // 4, 1)
    first, last = (statistics.median(one[0] for one in part) for part in (warm[:quarter], warm[-quarter:]))
    open_files = [one[1] for one in warm]
    print(
        f"{len(samples)} samples; memory {first:.1f} -> {last:.1f} MB; open files {min(open_files)} to {max(open_files)}"
    )
    if last > first * (1 + GROWTH):
        problems.append(f"memory grew by {100 * (last / first - 1):.1f} %")
    if max(open_files[-quarter:]) > max(open_files[:quarter]) + 2:
        problems.append("open files became more")
    if left:
        problems.append(f"processes outlived the server: {left}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _edit(editor: Editor, chance: random.Random, seconds: float) -> tuple[list[str], list[tuple[float, int]], set[int]]:
    """Types, asks and pauses; gives what went wrong, memory and open files now and then, and every process that was seen."""
    problems: list[str] = []
    samples: list[tuple[float, int]] = []
    family: set[int] = set()
    jobs = edits = 0
    texts = [number for number, line in enumerate(editor.lines) if line.startswith("    ") and line.strip()]
    begun = sampled = time.monotonic()
    while time.monotonic() - begun < seconds:
        line, word = chance.choice(texts), chance.choice(WORDS)
        column = len(editor.lines[line])
        for number, character in enumerate(word):
            editor.type(line, column + number, character)
        position = {"line": line, "character": chance.randrange(column)}
        try:
            editor.about(chance.choice(ASKED), position=position)
            editor.type(line, column, "", len(word))
            editor.about("documentSymbol")
        except Silent as reason:
            problems.append(str(reason))
            break
        edits += len(word) + 1
        # A text that is new each time, since the background looks at no text twice.
        line = texts[edits % 3]
        kept = editor.lines[line].partition(" (")[0]
        editor.type(line, len(kept), f" ({edits})", len(editor.lines[line]) - len(kept))
        # Now and then a person stops to think, and the optimisation begins.
        for message in editor.listen(chance.choice((0.1, 0.2, 0.4, 6.0))):
            jobs += _is_done(message)
            if message.get("method") == "window/showMessage" and message["params"]["type"] == 1:
                problems.append(message["params"]["message"])
        if time.monotonic() - sampled >= 1:
            sampled = time.monotonic()
            family.update(editor.family())
            samples.append((editor.own_megabytes, editor.descriptors))
    print(f"{edits:,} edits, {jobs} optimisations ended, {len(family) - 1} child processes seen")
    return problems, samples, family - {os.getpid()}


def _is_done(message: dict[str, Any]) -> bool:
    return message.get("method") == "prompts/status" and message["params"]["state"] == "done"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    raise SystemExit(main(arguments.minutes, arguments.seed))
