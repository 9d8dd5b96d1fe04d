"""Fixtures with markers: a file, and below each line what the checks say about it.

```
graph g(q: text) -> answer = anser.text
                             ^^^^^ P201 'anser' is neither an input of the graph nor one of its nodes. Did you mean 'answer'?
```

A line of carets marks the first line of a problem's span; `>` at its end says that the span goes on below. A line of tildes marks a
related place. A fixture is what `annotate` makes of its source, so that a failing test shows what the checks say now.

A case may hold several files: `--- name` starts another one. The first is `main.prompt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.located import LocatedProblem

MARKER = re.compile(r" *(?:\^+>?|~+>?) .*")
FILE = re.compile(r"--- (\S+)")
CASE = re.compile(r"=== (.+)")
MAIN = "main.prompt"


@dataclass(frozen=True)
class Case:
    """A title, and annotated files by name."""

    title: str
    files: Mapping[str, str]

    @property
    def sources(self) -> dict[str, str]:
        """The files without their markers."""
        return {name: without_markers(text) for name, text in self.files.items()}


def read_cases(path: Path) -> list[Case]:
    """The cases of a fixture file; each starts with `=== title`."""
    cases: list[Case] = []
    for block in re.split(r"^(?==== )", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        title = CASE.fullmatch(head)
        assert title is not None, head
        cases.append(Case(title[1], read_files(body)))
    return cases


def read_files(body: str) -> dict[str, str]:
    """The files of a case by name. Blank lines at the end of one belong to the layout of the fixture."""
    files: dict[str, list[str]] = {MAIN: []}
    name = MAIN
    for line in body.split("\n"):
        if found := FILE.fullmatch(line):
            name = found[1]
            files[name] = []
        else:
            files[name].append(line)
    return {name: "\n".join(lines).rstrip("\n") + "\n" for name, lines in files.items()}


def without_markers(text: str) -> str:
    """The source of an annotated file."""
    return "".join(line for line in text.splitlines(keepends=True) if not MARKER.fullmatch(line.rstrip("\n")))


def annotate(source: str, path: Path, problems: Iterable[LocatedProblem]) -> str:
    """The source with a marker line for every place in the file at `path` that a problem names."""
    lines = source.split("\n")
    markers: dict[int, list[str]] = {}
    places: list[tuple[int, int, str, str]] = []
    for problem in problems:
        if problem.file == path:
            places.append((problem.span.start, problem.span.end, "^", f"{problem.code} {problem.message}"))
        places.extend(
            (place.span.start, place.span.end, "~", place.message) for place in problem.related if place.file == path
        )
    encoded = source.encode()
    for start, end, mark, message in sorted(places, key=lambda place: (place[0], place[1], place[3])):
        line = encoded[:start].count(b"\n")
        column = len(encoded[:start].rsplit(b"\n", 1)[-1].decode())
        first, goes_on, _ = encoded[start:end].decode().partition("\n")
        width = max(len(first), 1)
        markers.setdefault(line, []).append(" " * column + mark * width + (">" if goes_on else "") + f" {message}")
    return "\n".join(part for number, line in enumerate(lines) for part in (line, *markers.get(number, ())))
