"""Measures the language: how far a mistake spreads, whether incremental equals full, and what analysis costs.

    python -m benchmarks.language             everything that takes minutes
    python -m benchmarks.language sizes       files of 100 to 10,000 lines: analysis, and again after one character
    python -m benchmarks.language servers     the same through stdio, beside tombi (TOML) and ruff (Python) on files of their own
    python -m benchmarks.language commands    one file checked from the command line, beside taplo (TOML) and ruff (Python)
    python -m benchmarks.language imports     100 files that use each other
    python -m benchmarks.language mutations   slips and hostile rewrites, over all example files
    python -m benchmarks.language garbage     1 MB of everything that could keep a reader busy
    python -m benchmarks.language edits       100,000 random edits, each compared with a fresh reading; takes an hour

Times in one process are processor time, in milliseconds, so that other work on the machine counts little; times of servers are wall time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stdio_client import StdioClient
from benchmarks.tools import tool
from prompts_lang.analysis.static import StaticChecks
from prompts_lang.features.formatting import format_file
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.syntax.write import canonical_text, replace_section_text
from prompts_lang.text import Document, Span
from tests.properties.damage import Damage, Patient
from tests.properties.garbage import GARBAGE
from tests.properties.generated import layered_project, lines_of_prompts
from tests.properties.hostile import HOSTILE_TEXTS
from tests.properties.mutations import STRAY, Mutation, deletions, half_lines, stray_ends
from tests.properties.sources import FILES
from tests.properties.walk import EditWalk

_LINES = (100, 1_000, 10_000)
_PATH = Path("/benchmark/main.prompt")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurements that are asked for; 1 where one of their aims is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.language", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("what", nargs="?", choices=[*_MEASURES, "edits"])
    parser.add_argument("--count", type=int, default=100_000, help="how many random edits")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many processes make them")
    options = parser.parse_args(arguments)
    if options.what == "edits":
        return _edits(options.count, options.processes)
    measures = list(_MEASURES.values()) if options.what is None else [_MEASURES[options.what]]
    return max(measure() for measure in measures)


# --- what analysis costs


@dataclass(slots=True)
class _Editor:
    """A file as an editor's process holds it."""

    document: Document
    syntax: SyntaxFile
    project: Project
    checks: StaticChecks

    @classmethod
    def open(cls, text: bytes) -> _Editor:
        """Reads the file and checks it."""
        project = Project(dict[Path, bytes]().get)
        editor = cls(Document.of(text), SyntaxFile.parse(text), project, StaticChecks(project))
        editor.check()
        return editor

    def type(self, place: int, character: bytes, replaced: int = 0) -> None:
        """Edits the file and checks it."""
        span = Span(place, place + replaced)
        self.document = self.document.edit(span, character)
        self.syntax = self.syntax.edit(span, character)
        self.check()

    def check(self) -> None:
        """Brings the diagnostics up to date."""
        self.project.put(_PATH, self.syntax)
        self.checks.problems(_PATH)


def _sizes() -> int:
    print("\nAnalysis of one file, and again after one character (ms of processor time, median)\n")
    _row("lines", "bytes", "from nothing", "in a text", "in a name", "in a property")
    _row("---", "---", "---", "---", "---", "---")
    costs: list[list[float]] = []
    for lines in _LINES:
        text = lines_of_prompts(lines)
        full = _median(lambda text=text: _Editor.open(text), 5 if lines > 1_000 else 15)
        editor = _Editor.open(text)
        places = (b"Drop filler", b"llm shorten", b"model student\n  learn")
        edits = [_keystroke(editor, text.rindex(words) + 6) for words in places]
        costs.append(edits)
        _row(str(text.count(b"\n")), f"{len(text):,}", f"{full:,.1f}", *(f"{edit:.2f}" for edit in edits))
    ratios = [last / first for first, last in zip(costs[0], costs[-1], strict=True)]
    _row("", "", "10,000 : 100", *(f"{ratio:.1f}" for ratio in ratios))
    return max(
        _aim(
            "a keystroke in a text or a property of 10,000 lines costs at most 5 times one in 100",
            max(ratios[0], ratios[2]) <= 5,
        ),
        _aim("and so does one in a name that others refer to", ratios[1] <= 5),
    )


def _keystroke(editor: _Editor, place: int) -> float:
    """The cost of typing one character and of deleting it again, as their median."""
    states: Iterator[int] = iter(range(10**9))

    def stroke() -> None:
        if next(states) % 2:
            editor.type(place, b"", 1)
        else:
            editor.type(place, b"x")

    return _median(stroke, 60)


@dataclass(frozen=True, slots=True)
class _Server:
    """A language server, files of its language by their number of lines, and the words that a stray bracket is typed in front of."""

    name: str
    language: str
    suffix: str
    command: Callable[[], list[str]]
    source: Callable[[int], bytes]
    words: str
    takes_whole_texts: bool = False


def _servers() -> int:
    servers = (
        _Server(
            "prompts",
            "prompt-graph",
            "prompt",
            lambda: [sys.executable, "-m", "prompts_server", "--stdio"],
            lines_of_prompts,
            "student",
        ),
        _Server("tombi", "toml", "toml", lambda: [str(tool("tombi")), "lsp"], _lines_of_toml, "temperature", True),
        _Server("ruff", "python", "py", lambda: [str(tool("ruff")), "server"], _lines_of_python, "name ="),
    )
    print(
        "\nThrough stdio, ms of wall time: open to first diagnostics; and a stray `(` in the middle to its diagnostic (median of 30)\n"
    )
    _row("server", "language", "lines", "open", "keystroke")
    _row("---", "---", "---", "---", "---")
    with tempfile.TemporaryDirectory() as folder:
        for server in servers:
            for lines in _LINES:
                first, stroke = _through_stdio(server, Path(folder), server.source(lines).decode())
                _row(server.name, server.language, str(lines), f"{first:,.0f}", f"{stroke:.1f}")
    return 0


def _through_stdio(server: _Server, folder: Path, text: str) -> tuple[float, float]:
    path = folder / f"main.{server.suffix}"
    path.write_text(text, encoding="utf-8")
    place = text.index(server.words, len(text) // 2)
    line, character = text.count("\n", 0, place), place - text.rindex("\n", 0, place) - 1
    broken = f"{text[:place]}({text[place:]}"
    with StdioClient(server.command(), folder, os.environ) as client:
        start = time.perf_counter()
        client.open(path.as_uri(), server.language, text)
        first = time.perf_counter() - start
        strokes: list[float] = []
        for number in range(30):
            undo = number % 2
            start = time.perf_counter()
            if server.takes_whole_texts:
                client.type_in_full(path.as_uri(), number + 2, text if undo else broken)
            else:
                client.type(path.as_uri(), number + 2, line, character, "" if undo else "(", undo)
            strokes.append(time.perf_counter() - start)
    return first * 1e3, statistics.median(strokes) * 1e3


def _commands() -> int:
    print(
        "\nOne file checked from the command line, beyond what a file of one line takes (ms of wall time, best of 5)\n"
    )
    _row("command", "language", "start", *(f"{lines:,} lines" for lines in _LINES))
    _row("---", "---", "---", *["---"] * len(_LINES))
    for name, command, suffix, source in (
        (
            "prompts check",
            [sys.executable, "-c", "from prompts_lang.cli import main; main()", "check"],
            "prompt",
            lines_of_prompts,
        ),
        ("taplo lint", [str(tool("taplo")), "lint"], "toml", _lines_of_toml),
        ("ruff check", [str(tool("ruff")), "check", "--no-cache"], "py", _lines_of_python),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"main.{suffix}"
            costs: list[float] = []
            for text in (b"# Nothing.\n", *map(source, _LINES)):
                path.write_bytes(text)
                costs.append(min(_process([*command, str(path)], path.parent) for _ in range(5)))
        start, *rest = costs
        _row(name, suffix, f"{start:.0f}", *(f"{max(cost - start, 0):.0f}" for cost in rest))
    return 0


def _process(command: Sequence[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return (time.perf_counter() - start) * 1e3


def _lines_of_toml(lines: int) -> bytes:
    table = '[[node]]\nname = "reply{0}"\nmodel = "student"\ninputs = ["question", "query{0}"]\ntemperature = 0.{0}\n\n'
    return "".join(table.format(number) for number in range(lines // 6)).encode()


def _lines_of_python(lines: int) -> bytes:
    function = 'def reply{0}(question: str, query: str) -> str:\n    name = "reply{0}"\n    return f"{{name}} {{question}} {{query}}"\n\n\n'
    return "".join(function.format(number) for number in range(lines // 5)).encode()


def _imports() -> int:
    print("\n100 files in 10 layers, each using two of the layer below: one edit, and all 100 files asked for again\n")
    files = layered_project(10, 10)
    project = Project(files.get)
    checks = StaticChecks(project)
    whole = _median(lambda: [checks.problems(path) for path in files], 1)
    lowest = list(files)[-1]
    _row("edit of the lowest file", "declarations resolved", "files checked", "ms")
    _row("---", "---", "---", "---")
    _row("none: the first look", str(sum(_declarations(project, path) for path in files)), "100", f"{whole:.0f}")
    for what, old, new in (
        ("a word of a prompt", b"Answer shortly", b"Answer briefly"),
        ("an output's type", b"answer: text", b"answer: integer"),
    ):
        before = {path: project.meaning(path) for path in files}
        start = files[lowest].index(old)
        project.put(
            lowest, SyntaxFile.parse(files[lowest], _syntax(project, lowest)).edit(Span(start, start + len(old)), new)
        )
        cost = _median(lambda: [checks.problems(path) for path in files], 1)
        after = {path: project.meaning(path) for path in files}
        changed = [path for path in files if after[path] is not before[path]]
        resolved = sum(_newly_resolved(before[path], after[path]) for path in changed)
        _row(what, str(resolved), str(len(changed)), f"{cost:.1f}")
    return 0


def _syntax(project: Project, path: Path) -> SyntaxFile | None:
    meaning = project.meaning(path)
    return None if meaning is None else meaning.syntax


def _declarations(project: Project, path: Path) -> int:
    meaning = project.meaning(path)
    return 0 if meaning is None else len(meaning.module.entries)


def _newly_resolved(before: FileMeaning | None, after: FileMeaning | None) -> int:
    if before is None or after is None:
        return 0
    known = {id(resolved) for resolved in before.resolution.resolved}
    return sum(id(resolved) not in known for resolved in after.resolution.resolved)


def _garbage() -> int:
    print("\n1 MB of garbage: read, resolved, checked and formatted (seconds of processor time)\n")
    _row("kind", "seconds")
    _row("---", "---")
    slowest = 0.0
    for kind, build in GARBAGE.items():
        text = build(1_000_000)

        def analyse(text: bytes = text) -> None:
            format_file(_Editor.open(text).syntax)

        seconds = _median(analyse, 1) / 1e3
        slowest = max(slowest, seconds)
        _row(kind, f"{seconds:.1f}")
    return _aim("none takes longer than 15 s", slowest <= 15)


# --- how far a mistake spreads


def _mutations() -> int:
    print("\nMutations that damage the syntax or the graph of a declaration that they do not touch\n")
    _row("file", "characters deleted", "lines cut in half", "stray pieces", *STRAY)
    _row(*["---"] * (4 + len(STRAY)))
    worst = [0.0, 0.0, 0.0]
    for path in FILES:
        patient = Patient(path, FILES)
        text = patient.file.text
        shares = [
            patient.share_of_damaging(deletions(text)),
            patient.share_of_damaging(half_lines(text)),
            *(patient.share_of_damaging(stray_ends(text, stray)) for stray in STRAY),
        ]
        worst = [max(worst[0], shares[0]), max(worst[1], shares[1]), max(worst[2], *shares[2:])]
        shown = [f"{share:.2%}" for share in shares]
        _row(path.name, *shown[:2], f"{max(shares[2:]):.2%}", *shown[2:])
    return max(
        _aim("at most 2 %, 12 % and 0 %", worst[0] <= 0.02 and worst[1] <= 0.12 and worst[2] == 0),
        _rewrites(),
    )


def _rewrites() -> int:
    print(f"\n{len(HOSTILE_TEXTS)} hostile texts written into the sections of each file\n")
    _row("file", "sections", "rewrites that change anything but their text")
    _row("---", "---", "---")
    harmful = 0
    for path in FILES:
        patient = Patient(path, FILES)
        places = [
            (number, index)
            for number, chunk in enumerate(patient.file.chunks)
            if chunk.declaration is not None
            for index in range(len(chunk.declaration.sections))
        ]
        found = sum(
            _does_harm(patient, *places[number % len(places)], text) for number, text in enumerate(HOSTILE_TEXTS)
        )
        harmful += found
        _row(path.name, str(len(places)), str(found))
    return _aim("none does", harmful == 0)


def _does_harm(patient: Patient, number: int, index: int, text: str) -> bool:
    """Whether a text that is written into a section damages another declaration, or is read back as another text."""
    chunk = patient.file.chunks[number]
    if chunk.declaration is None:
        return True
    edit = replace_section_text(chunk.text, chunk.declaration.sections[index], text)
    mutation = Mutation(edit.span.shift(patient.file.offsets[number]), edit.text.encode())
    after = patient.file.edit(mutation.span, mutation.replacement)
    rewritten = after.chunks[number].declaration
    is_read_back = rewritten is not None and rewritten.sections[index].text == canonical_text(text)
    return not is_read_back or patient.damage(mutation) != Damage(syntax=0, graph=0, errors=0)


# --- whether incremental equals full


def _edits(count: int, processes: int) -> int:
    print(f"\n{count:,} random edits over {len(FILES)} files, each compared with a fresh reading\n", flush=True)
    block = 500
    seeds = range(-(-count // block))
    differences = 0
    with ProcessPoolExecutor(processes) as pool:
        for done, found in enumerate(pool.map(_walk, seeds, [block] * len(seeds)), 1):
            if found is not None:
                differences += 1
                print(found, flush=True)
            if done % 20 == 0:
                print(f"{done * block:,} edits, {differences} differences", flush=True)
    return _aim("no difference", differences == 0)


def _walk(seed: int, steps: int) -> str | None:
    walk = EditWalk(FILES, seed)
    return next((found for _ in range(steps) if (found := walk.step()) is not None), None)


# --- printing


_MEASURES: dict[str, Callable[[], int]] = {
    "sizes": _sizes,
    "servers": _servers,
    "commands": _commands,
    "imports": _imports,
    "mutations": _mutations,
    "garbage": _garbage,
}


def _median(action: Callable[[], object], times: int) -> float:
    """Milliseconds of processor time."""
    costs: list[float] = []
    for _ in range(times):
        start = time.process_time()
        action()
        costs.append(time.process_time() - start)
    return statistics.median(costs) * 1e3


def _row(*cells: str) -> None:
    print("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |", flush=True)


def _aim(aim: str, reached: bool) -> int:
    print(f"\n{'reached' if reached else 'MISSED'}: {aim}", flush=True)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
