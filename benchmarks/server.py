"""Measures the language server as an editor feels it, through stdio, beside servers of other languages on files of their own.

    python -m benchmarks.server                  all servers on files of 100, 1,000 and 10,000 lines
    python -m benchmarks.server --only prompts   one of them
    python -m benchmarks.server long             ours alone: memory over 10,000 edits, hover while an optimisation runs

Each figure is the median of what is said in `_REPEATS`, in milliseconds of wall time unless the heading says otherwise; the
servers take turns on one machine, in one run. A dash means that a server does not offer that. `jedi` looks at a document only
when nothing was typed for a second, so its time to diagnostics is that second. TOML is represented by tombi, because taplo
from PyPI ends at once when it is started as a language server, and from npm has none.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.server_client import Editor, Silent
from benchmarks.server_tools import server_command
from tests.properties.generated import lines_of_prompts

LINES = (100, 1_000, 10_000)
BURST = 200
_REPEATS = 30
_ENOUGH_SECONDS = 20.0


@dataclass(frozen=True)
class Contestant:
    """A server, and files of its language. `slip` is typed behind `place` and makes a mistake that it reports."""

    name: str
    language: str
    ending: str
    text: Callable[[int], str]
    place: str
    slip: str
    hover: str
    complete: str


def _python(lines: int) -> str:
    parts = ["import math", ""]
    for number in range(lines // 5):
        parts += [
            f"def area_{number}(radius: float) -> float:",
            f'    """Area {number}."""',
            "    factor = math.pi",
            "    return factor * radius**2",
            "",
        ]
    return "\n".join(parts) + "\n"


def _toml(lines: int) -> str:
    return "".join(f'[table_{number}]\nname = "n{number}"\nvalue = {number}\n\n' for number in range(lines // 4))


def _yaml(lines: int) -> str:
    return "".join(f"entry_{number}:\n  name: n{number}\n  value: {number}\n\n" for number in range(lines // 4))


def _prompts(lines: int) -> str:
    return lines_of_prompts(lines).decode()


CONTESTANTS = (
    Contestant(
        "prompts", "prompt-graph", "prompt", _prompts, "Question: {{question", "x", "query = shorten", "Question: {{"
    ),
    Contestant("ruff", "python", "py", _python, "return factor", "x", "return factor", "return fac"),
    Contestant("pyright", "python", "py", _python, "return factor", "x", "return factor", "return fac"),
    Contestant("jedi", "python", "py", _python, "return factor", ")", "return factor", "return fac"),
    Contestant("tombi", "toml", "toml", _toml, "value = ", "=", "nam", "nam"),
    Contestant("yaml", "yaml", "yaml", _yaml, "  name:", ":: [", "  nam", "  nam"),
)


@dataclass
class Figures:
    """What was measured of one server on one file. Times in milliseconds, memory in megabytes; None where it is not offered."""

    start: float | None = None
    keystrokes: list[float] = field(default_factory=list)
    hover: float | None = None
    completion: float | None = None
    delta: float | None = None
    burst: float | None = None
    processor: float | None = None
    megabytes: float | None = None


def measure(contestant: Contestant, lines: int) -> Figures:
    figures = Figures()
    text = contestant.text(lines)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        path = folder / f"main.{contestant.ending}"
        path.write_text(text)
        try:
            Editor(
                server_command(contestant.name), folder
            ).close()  # what is only ever done once: compiling, reading from disk
            editor = Editor(server_command(contestant.name), folder)
        except Silent as reason:
            print(f"{contestant.name} did not start: {reason}", file=sys.stderr)
            return figures
        try:
            _measure(editor, contestant, path.as_uri(), text, figures)
        except Silent as reason:
            print(f"{contestant.name} on {lines} lines: {reason}", file=sys.stderr)
        finally:
            editor.close()
    return figures


def _measure(editor: Editor, contestant: Contestant, uri: str, text: str, figures: Figures) -> None:
    editor.open(uri, contestant.language, text)
    editor.diagnostics()
    figures.start = 1000 * (time.perf_counter() - editor.started)
    known = _known(editor, contestant, *_place(text, contestant.place))
    line, column = _place(text, contestant.place)
    used = editor.processor_seconds
    figures.keystrokes = _repeat(lambda number: _keystroke(editor, contestant, line, column, known, number))
    count = len(figures.keystrokes)
    figures.processor = 1000 * (editor.processor_seconds - used) / count
    if count % 2:
        _keystroke(editor, contestant, line, column, known, count)
    offers = editor.offers
    if offers.get("hoverProvider"):
        at = _position(*_place(text, contestant.hover), back=1)
        figures.hover = _median(lambda _number: editor.about("hover", position=at))
    if offers.get("completionProvider"):
        at = _position(*_place(text, contestant.complete))
        figures.completion = _median(lambda _number: editor.about("completion", position=at))
    tokens = offers.get("semanticTokensProvider") or {}
    if isinstance(tokens.get("full"), dict) and tokens["full"].get("delta"):
        figures.delta = _delta(editor, contestant, line, column)
    figures.burst = _burst(editor, contestant, line, column, known)
    figures.megabytes = editor.megabytes


def _known(editor: Editor, contestant: Contestant, line: int, column: int) -> int:
    """How many diagnostics the document has by itself, after one slip and its correction, when all has been said."""
    editor.type(line, column, contestant.slip)
    editor.settled()
    editor.type(line, column, "", len(contestant.slip))
    return len(editor.settled())


def _keystroke(editor: Editor, contestant: Contestant, line: int, column: int, known: int, number: int) -> None:
    """A slip, and its correction the next time; each shows in the diagnostics."""
    slips = number % 2 == 0
    if slips:
        editor.type(line, column, contestant.slip)
    else:
        editor.type(line, column, "", len(contestant.slip))
    editor.diagnostics(lambda found: (len(found) > known) == slips)


def _delta(editor: Editor, contestant: Contestant, line: int, column: int) -> float:
    previous = editor.about("semanticTokens/full")["resultId"]
    found: list[float] = []
    for number in range(_REPEATS):
        editor.type(line, column, "" if number % 2 else contestant.slip, len(contestant.slip) if number % 2 else 0)
        # The edit itself is not what is measured here, so it is waited for.
        editor.about("foldingRange")
        started = time.perf_counter()
        previous = editor.about("semanticTokens/full/delta", previousResultId=previous)["resultId"]
        found.append(1000 * (time.perf_counter() - started))
    return statistics.median(found)


def _burst(editor: Editor, contestant: Contestant, line: int, column: int, known: int) -> float:
    """So many edits sent without waiting, up to the diagnostics of the last."""
    started = time.perf_counter()
    for number in range(BURST + 1):
        editor.type(line, column, "" if number % 2 else contestant.slip, len(contestant.slip) if number % 2 else 0)
    editor.diagnostics(lambda found: len(found) > known)
    took = 1000 * (time.perf_counter() - started)
    editor.type(line, column, "", len(contestant.slip))
    editor.diagnostics(lambda found: len(found) <= known)
    return took


def _repeat(action: Callable[[int], object]) -> list[float]:
    """How long an action takes, again and again; less often where it takes long."""
    found: list[float] = []
    begun = time.perf_counter()
    while len(found) < _REPEATS and (len(found) < 4 or time.perf_counter() - begun < _ENOUGH_SECONDS):
        started = time.perf_counter()
        action(len(found))
        found.append(1000 * (time.perf_counter() - started))
    return found


def _median(action: Callable[[int], object]) -> float:
    return statistics.median(_repeat(action))


def _place(text: str, words: str) -> tuple[int, int]:
    """The line in the middle of the file that has these words, and the column behind them."""
    start = text.index(words, len(text) // 2) + len(words)
    return text.count("\n", 0, start), start - text.rfind("\n", 0, start) - 1


def _position(line: int, column: int, back: int = 0) -> dict[str, int]:
    return {"line": line, "character": column - back}


# --- ours alone


def long_session() -> None:
    """Memory over 10,000 edits, and hover while an optimisation runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "multihop"
        shutil.copytree(Path("examples/multihop"), folder, ignore=shutil.ignore_patterns(".prompts"))
        path = folder / "multihop.prompt"
        text = path.read_text(encoding="utf-8")
        editor = Editor(server_command("prompts"), folder, {"trusted": True, "protocol": 1})
        editor.open(path.as_uri(), "prompt-graph", text)
        editor.settled()
        at = _position(*_place(text, "learn system"), back=1)
        idle = _repeat_for(10, lambda: editor.about("hover", position=at))
        command = {"command": "prompts.optimize", "arguments": [{"uri": path.as_uri()}]}
        editor.request("workspace/executeCommand", command)
        editor.notification("prompts/status", lambda status: status["state"] == "running")
        busy = _repeat_for(20, lambda: editor.about("hover", position=at))
        editor.request("workspace/executeCommand", {"command": "prompts.stop", "arguments": []})
        print("\nHover (ms)        median    p95")
        for label, found in (("idle", idle), ("while optimising", busy)):
            print(f"{label:17} {statistics.median(found):6.1f} {_p95(found):6.1f}")
        editor.close()
    contestant = CONTESTANTS[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        text = _prompts(1_000)
        editor = Editor(server_command("prompts"), folder)
        editor.open((folder / "main.prompt").as_uri(), "prompt-graph", text)
        line, column = _place(text, contestant.place)
        known = _known(editor, contestant, line, column)
        memory = [editor.megabytes]
        for number in range(10_000):
            _keystroke(editor, contestant, line, column, known, number)
            if number % 1000 == 999:
                memory.append(editor.megabytes)
        print(
            f"\nMemory over 10,000 edits of 1,000 lines (MB, after each 1,000): {', '.join(f'{one:.0f}' for one in memory)}"
        )
        editor.close()


def _repeat_for(seconds: float, action: Callable[[], object]) -> list[float]:
    found: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        started = time.perf_counter()
        action()
        found.append(1000 * (time.perf_counter() - started))
        time.sleep(0.02)
    return found


# --- the table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=["servers", "long"], default="servers")
    parser.add_argument("--only", choices=[contestant.name for contestant in CONTESTANTS], action="append")
    parser.add_argument("--lines", type=int, action="append")
    options = parser.parse_args(arguments)
    if options.what == "long":
        long_session()
        return
    print(
        "| lines | server | start | keystroke | p95 | hover | completion | tokens, delta | 200 edits | CPU a keystroke | MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for lines in options.lines or LINES:
        for contestant in CONTESTANTS:
            if options.only is None or contestant.name in options.only:
                found = measure(contestant, lines)
                print(f"| {lines:,} | {contestant.name} | {_row(found)} |", flush=True)


def _row(found: Figures) -> str:
    strokes = found.keystrokes
    values: list[Any] = [
        found.start,
        statistics.median(strokes) if strokes else None,
        _p95(strokes) if strokes else None,
        found.hover,
        found.completion,
        found.delta,
        found.burst,
        found.processor,
        found.megabytes,
    ]
    return " | ".join("-" if value is None else f"{value:.1f}" if value < 100 else f"{value:,.0f}" for value in values)


def _p95(found: Sequence[float]) -> float:
    return sorted(found)[min(len(found) - 1, round(0.95 * len(found)))]


if __name__ == "__main__":
    main()
