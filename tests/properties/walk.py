"""A long random walk of edits over a whole project, each step of which is compared with a project that was read anew.

The edits are those of people and of programs: characters typed and deleted, words exchanged, lines repeated, moved and lost, blocks pasted,
raw bytes, the whole file replaced, undo. A file that has strayed far is put back to its beginning, so that most states are nearly right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from prompts_lang.analysis.static import StaticChecks
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text import Document, Span
from tests.properties.fresh import difference
from tests.syntax.sources import ODD_PIECES

_WORD = re.compile(rb"[^\W\d]\w*")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_STRAYED = 40
"""After so many edits in a row a file starts over, without having been closed."""


@dataclass(slots=True)
class _File:
    """A file as it is edited: the document as an editor holds it, its syntax, and the texts to go back to."""

    start: bytes
    document: Document
    syntax: SyntaxFile
    past: list[bytes] = field(default_factory=list[bytes])


class EditWalk:
    """Edits files one by one, and compares after each edit.

    Example:
        >>> walk = EditWalk(FILES, seed=1)
        >>> [walk.step() for _ in range(100)]  # each None where nothing differs
    """

    def __init__(self, files: dict[Path, bytes], seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  edits, not secrets
        self._files = {path: _File(text, Document.of(text), SyntaxFile.parse(text)) for path, text in files.items()}
        self._fresh = {path: SyntaxFile.parse(text) for path, text in files.items()}
        self._lines = sorted({line for text in files.values() for line in _LINE.findall(text)})
        self._words = sorted({word for text in files.values() for word in _WORD.findall(text)})
        self._project = Project(dict[Path, bytes]().get)
        self._checks = StaticChecks(self._project)
        for path, file in self._files.items():
            self._project.put(path, file.syntax)

    def step(self) -> str | None:
        """Makes one edit, and says what differs afterwards: in the edited file, and in one other."""
        path = self._random.choice(list(self._files))
        file = self._files[path]
        before = file.document.text
        span, replacement = self._edit(file)
        file.document = file.document.edit(span, replacement)
        file.syntax = file.syntax.edit(span, replacement)
        self._project.put(path, file.syntax)
        if file.document != Document.of(file.document.text):
            return self._told("line table", path, before, span, replacement)
        # Chunks are read anew when they are new: what a chunk says depends on its bytes alone.
        self._fresh[path] = SyntaxFile.parse(file.document.text, previous=self._fresh[path])
        for looked_at in {path, self._random.choice(list(self._files))}:
            found = difference(looked_at, self._files[looked_at].syntax, self._project, self._checks, self._fresh)
            if found is not None:
                return self._told(found, looked_at, before, span, replacement)
        return None

    def _told(self, what: str, path: Path, before: bytes, span: Span, replacement: bytes) -> str:
        return f"{what} of {path.name} after {span} -> {replacement!r} in:\n{before.decode('utf-8', 'replace')}"

    def _edit(self, file: _File) -> tuple[Span, bytes]:
        text = file.document.text
        if len(file.past) >= _STRAYED:
            file.past.clear()
            return Span(0, len(text)), file.start
        if file.past and self._random.random() < 0.2:
            return Span(0, len(text)), file.past.pop()
        file.past.append(text)
        return self._new_edit(text)

    def _new_edit(self, text: bytes) -> tuple[Span, bytes]:
        random = self._random
        place = random.randint(0, len(text))
        words = [Span(*match.span()) for match in _WORD.finditer(text)]
        lines = [Span(*match.span()) for match in _LINE.finditer(text)]
        match random.randrange(10):
            case 0 | 1 if words:
                return random.choice(words), random.choice(self._words)
            case 2 if words:
                word = random.choice(words)
                return Span(word.end, word.end), random.choice([b"x", b" ", b".", b"1", "é".encode()])
            case 3:
                return Span(place, min(place + random.randint(1, 3), len(text))), b""
            case 4 if lines:
                return random.choice(lines), b""
            case 5 if lines:
                start = random.choice(lines).start
                return Span(start, start), random.choice(self._lines)
            case 6 if lines:
                first = random.randrange(len(lines))
                last = min(first + random.randint(0, 8), len(lines) - 1)
                moved = text[lines[first].start : lines[last].end]
                start = random.choice(lines).start
                return Span(start, start), moved
            case 7:
                return Span(place, place), random.choice(ODD_PIECES)
            case 8:
                return Span(place, min(place + random.randint(0, 200), len(text))), random.choice(self._lines)
            case _:
                return Span(place, place), random.randbytes(random.randint(1, 3))
