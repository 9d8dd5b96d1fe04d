"""What belongs into the brackets that one is typing in: a called graph's inputs, or the form of a declaration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.completion.offer import Place
from prompts_lang.graph.project import Project
from prompts_lang.graph.properties import form_of
from prompts_lang.graph.types import describe


@dataclass(frozen=True, slots=True)
class Signature:
    """How something is called. `parameters` are ranges of characters in `label`; `active` is one of them, if any."""

    label: str
    documentation: str
    parameters: tuple[tuple[int, int], ...] = ()
    active: int | None = None


def signature_at(project: Project, path: Path, offset: int) -> Signature | None:
    """The signature for the line up to the cursor; None outside of a declaration's first line."""
    meaning = project.meaning(path)
    if meaning is None:
        return None
    place = Place.at(project, meaning, offset)
    if (call := re.match(r"call\s+\w+\s*=\s*(\w+)\s*\(([^)]*)\Z", place.line)) is not None:
        return _of_call(place, call[1], call[2])
    head = re.match(r"([a-z]+)\b.*\S", place.line)
    form = None if head is None or place.line[:1].isspace() else form_of(head[1])
    return None if form is None else Signature(form.form, form.doc)


def _of_call(place: Place, name: str, typed: str) -> Signature | None:
    resolution = place.meaning.resolution
    known = resolution.names.get(name)
    interface = resolution.graphs.get(name) or (None if known is None else known.graph)
    if interface is None:
        return None
    label, ranges = f"{name}(", list[tuple[int, int]]()
    for number, port in enumerate(interface.inputs):
        label += ", " if number else ""
        shown = f"{port.name}: {describe(port.type)}"
        ranges.append((len(label), len(label) + len(shown)))
        label += shown
    label += ") -> " + ", ".join(f"{port.name}: {describe(port.type)}" for port in interface.outputs)
    names = [port.name for port in interface.inputs]
    current = typed.rpartition(",")[2].partition("=")[0].strip()
    active = names.index(current) if current in names else typed.count(",")
    return Signature(label, f"The graph `{name}`.", tuple(ranges), active if active < len(ranges) else None)
