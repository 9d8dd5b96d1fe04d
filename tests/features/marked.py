"""Files with marks: `‸` is the cursor, and `⟦…⟧` are the places that a feature gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.located import problems_of
from prompts_lang.graph.project import Project
from prompts_lang.text.span import Span

FOLDER = Path("/project")
MAIN = FOLDER / "main.prompt"
MARKS = re.compile("[⟦⟧‸]")


@dataclass(frozen=True)
class Marked:
    """Files without their marks, the cursor in `main.prompt`, and the marked places as `(file name, span)`, in order."""

    files: dict[Path, bytes]
    cursor: int
    places: list[tuple[str, Span]]

    @property
    def project(self) -> Project:
        """A project over the files. Nothing is on the disk."""
        return Project(self.files.get)


def marked(main: str, **others: str) -> Marked:
    """Reads the marks of `main.prompt` and of other files, which are named without their ending."""
    texts = {MAIN: main, **{FOLDER / f"{name}.prompt": text for name, text in others.items()}}
    cursor = 0
    places: list[tuple[str, Span]] = []
    for path, text in texts.items():
        starts: list[int] = []
        for match in MARKS.finditer(text):
            offset = len(MARKS.sub("", text[: match.start()]).encode())
            if match[0] == "‸":
                assert path == MAIN
                cursor = offset
            elif match[0] == "⟦":
                starts.append(offset)
            else:
                places.append((path.name, Span(starts.pop(), offset)))
        assert starts == []
    return Marked({path: MARKS.sub("", text).encode() for path, text in texts.items()}, cursor, sorted(places))


def with_marks(files: dict[Path, bytes], places: Iterable[tuple[str, Span]]) -> dict[str, str]:
    """The files with marks at these places, so that a failing test shows them."""
    shown: dict[str, str] = {}
    for path, text in files.items():
        marks = [(span.end, 0, "⟧") for name, span in places if name == path.name]
        marks += [(span.start, 1, "⟦") for name, span in places if name == path.name]
        for offset, _, mark in sorted(marks, reverse=True):
            text = text[:offset] + mark.encode() + text[offset:]  # noqa: PLW2901
        shown[path.name] = text.decode()
    return shown


def errors(project: Project, paths: Iterable[Path]) -> list[str]:
    """The messages of all errors."""
    found = (project.meaning(path) for path in paths)
    return [
        problem.message
        for meaning in found
        if meaning is not None
        for problem in problems_of(meaning)
        if problem.severity == "error"
    ]
