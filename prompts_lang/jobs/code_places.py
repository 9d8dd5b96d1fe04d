"""Where the code of a node failed: the line of its file, or the line of the `.prompt` file where the code stands in a `python:` section.

What the engine remembers knows no places, so that moving a section changes nothing; they are looked up when a failure is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.engine.resources import INLINE
from prompts_lang.engine.values import Event
from prompts_lang.graph.model import Kind, SlotId
from prompts_lang.graph.project import Project
from prompts_lang.graph.slots import place_of
from prompts_lang.text.document import Document
from prompts_lang.text.encoding import Encoding

_FRAME = re.compile(r'^  File "([^"\n]+)", line (\d{1,9}), in ', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CodePlaces:
    """Finds places in the program of a file.

    Args:
        project: The files as they were run.
        path: The program's file.
    """

    project: Project
    path: Path

    def told(self, event: Event) -> str:
        """What went wrong at an event that has a problem; where code failed, with its place, as in `ValueError: x (qa.prompt:12)`."""
        assert event.problem is not None  # noqa: S101  asked for those only
        message = event.problem.message
        place = self._place(event, event.problem.detail) if event.kind is Kind.CODE else None
        return message if place is None else f"{message} ({place})"

    def _place(self, event: Event, traceback: str) -> str | None:
        """`FILE:LINE` of the innermost line that is the user's own."""
        frames = [(file, int(line)) for file, line in _FRAME.findall(traceback) if not file.startswith("<")]
        if not frames:
            return None
        file, line = frames[-1]
        return f"{file}:{line}" if file != INLINE else self._place_in_prompt(event, line)

    def _place_in_prompt(self, event: Event, line: int) -> str | None:
        place = place_of(self.project, self.path, SlotId(event.graph, event.node, "python"))
        if place is None or not 0 < line <= len(place.section.lines):
            return None
        start = place.section.lines[line - 1].source_start + place.offset
        position = Document.of(place.meaning.syntax.text).position_at(start, Encoding.UTF_8)
        return f"{place.meaning.path.name}:{position.line + 1}"
