"""Renames a name wherever it is written, or says why that cannot be done.

Invariant: a renaming changes no meaning. What it would break, or give another meaning, is refused before anything is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prompts_lang.features.locations import occurrences_at
from prompts_lang.features.navigation import Place, places_of
from prompts_lang.features.occurrences import canonical
from prompts_lang.features.python_names import NotRenamed, renamed_in_python
from prompts_lang.features.symbols import LocalSymbol, OutputSymbol, Role, Symbol
from prompts_lang.graph.located import problems_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.properties import DECLARATIONS
from prompts_lang.graph.slots import apply_edits
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span

RESERVED = frozenset(
    {form.keyword for form in DECLARATIONS} | {"learn", "else", "and", "or", "not", "in", "is", "true", "false"}
)
"""Words that cannot become names."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """What can be renamed: the name's place and its present text."""

    span: Span
    name: str


def prepare_rename(project: Project, path: Path, offset: int) -> Renaming | None:
    """The name under the cursor, where there is one that can be renamed."""
    meaning = project.meaning(path)
    here = () if meaning is None else occurrences_at(meaning, offset)
    if meaning is None or not here:
        return None
    entry, occurrence = here[0]
    return Renaming(meaning.position(entry, occurrence.span), occurrence.symbol.name)


def rename(
    project: Project, files: Iterable[Path], path: Path, offset: int, new: str
) -> dict[Path, tuple[Edit, ...]] | str:
    """The edits by file that rename the name under the cursor, or one sentence that says why that cannot be done.

    `files` are those in which the name is looked for besides the one that declares it.
    """
    if not new.isidentifier():
        return f"'{new}' is not a name: use letters, digits and underscores, and start with a letter."
    if new in RESERVED:
        return f"'{new}' is a word of the language; choose another name."
    meaning = project.meaning(path)
    here = () if meaning is None else occurrences_at(meaning, offset)
    if meaning is None or not here:
        return "There is no name here that can be renamed."
    symbol = canonical(project, here[0][1].symbol)
    if symbol.name == new:
        return {}
    known = tuple(files)
    places = tuple(dict.fromkeys(places_of(project, known, symbol)))
    edits: dict[Path, list[Edit]] = {}
    for place in places:
        edits.setdefault(place.location.file, []).append(Edit(place.location.span, _renamed(place, symbol, new)))
    try:
        for file, edit in _in_python(project, symbol, new):
            edits.setdefault(file, []).append(edit)
    except NotRenamed as reason:
        return str(reason)
    ordered = {file: tuple(sorted(found, key=lambda edit: edit.span)) for file, found in edits.items()}
    return _objection(project, known, ordered, replace(symbol, name=new), len(places)) or ordered


def _renamed(place: Place, symbol: Symbol, new: str) -> str:
    """The new text at one place; a shorthand is spelled out, so that its other side keeps its name."""
    match place.role:
        case Role.LEFT:
            return f"{new} = {symbol.name}"
        case Role.RIGHT:
            return f"{symbol.name} = {new}"
        case Role.DEFINITION | Role.REFERENCE:
            return new


def _in_python(project: Project, symbol: Symbol, new: str) -> Iterator[tuple[Path, Edit]]:
    """The edits of the Python that has the name as a variable.

    Raises:
        NotRenamed: the Python has it in a way that cannot be followed, or stands in a file of its own.
    """
    if not isinstance(symbol, LocalSymbol | OutputSymbol):
        return
    meaning = project.meaning(symbol.file)
    entry = None if meaning is None else meaning.module.entry(f"{symbol.graph}/{symbol.node}")
    if meaning is None or entry is None or entry.declaration.keyword.text != nodes.NodeKind.CODE:
        return
    for item in entry.declaration.items:
        if isinstance(item, nodes.Property) and item.word.text == "run":
            raise NotRenamed(
                f"The function of '{symbol.node}' has '{symbol.name}' by this name; rename it there by hand."
            )
        if isinstance(item, nodes.Section) and item.word.text == "python":
            yield from ((symbol.file, edit) for edit in _in_section(meaning, entry, item, symbol.name, new))


def _in_section(meaning: FileMeaning, entry: Entry, section: nodes.Section, old: str, new: str) -> Iterator[Edit]:
    for start, end in renamed_in_python(section.text, old, new):
        yield Edit(meaning.position(entry, section.source_span(start, end)), new)


def _objection(
    project: Project, files: tuple[Path, ...], edits: Mapping[Path, tuple[Edit, ...]], symbol: Symbol, count: int
) -> str | None:
    """What the edits would break, in one sentence: an error that was not there, or a place that would mean something else."""
    texts: dict[Path, bytes] = {}
    looked_at = dict.fromkeys([*files, *edits])
    meanings = {file: meaning for file in looked_at if (meaning := project.meaning(file)) is not None}
    for file, meaning in meanings.items():
        texts[file] = apply_edits(meaning.syntax.text, edits.get(file, ()))
    after = Project(lambda file: texts[file] if file in texts else _text(project, file))
    for file, meaning in meanings.items():
        if not edits.keys() & {file, *meaning.used}:
            continue
        changed = after.meaning(file)
        before = _errors(meaning)
        worse = () if changed is None else [message for message in _errors(changed) if message not in before]
        if changed is not None and len(_errors(changed)) > len(before) and worse:
            return f"The name '{symbol.name}' does not fit here: {worse[0]}"
    if len(set(places_of(after, files, symbol))) != count:
        return f"The name '{symbol.name}' already stands for something else here; choose another one."
    return None


def _errors(meaning: FileMeaning) -> list[str]:
    return [problem.message for problem in problems_of(meaning) if problem.severity is Severity.ERROR]


def _text(project: Project, path: Path) -> bytes | None:
    meaning = project.meaning(path)
    return None if meaning is None else meaning.syntax.text
