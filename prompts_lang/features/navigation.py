"""Definition, references, highlights and rename, across files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.locations import Location, entry_at, occurrences_at
from prompts_lang.features.symbols import (
    Role,
    Symbol,
    occurrences,
)
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.properties import DECLARATIONS
from prompts_lang.graph.resolve.values import file_function
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span

RESERVED = frozenset(
    {form.keyword for form in DECLARATIONS} | {"learn", "else", "and", "or", "not", "in", "is", "true", "false"}
)
"""Words that cannot become names."""


def definitions(project: Project, path: Path, offset: int) -> tuple[Location, ...]:
    """Where the name under the cursor is declared; for a path in quotes, the file or the Python function."""
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    symbols = [occurrence.symbol for _, occurrence in occurrences_at(meaning, offset)]
    found = [place for symbol in symbols for place in _places(project, [path], symbol) if place.role is Role.DEFINITION]
    if not found and symbols:
        found = [place for symbol in symbols[1:] for place in _places(project, [path], symbol)]
    if not found and (target := _file_at(meaning, offset)) is not None:
        return (target,)
    return tuple(dict.fromkeys(place.location for place in found))


def references(project: Project, files: Iterable[Path], path: Path, offset: int) -> tuple[Location, ...]:
    """Every place where the name under the cursor is written, in the given files and wherever it is declared."""
    return tuple(place.location for place in _all_places(project, files, path, offset))


@dataclass(frozen=True, slots=True)
class Highlight:
    """A place in the same file; `writes` where the name is defined."""

    span: Span
    writes: bool


def highlights(project: Project, path: Path, offset: int) -> tuple[Highlight, ...]:
    """The places of the name under the cursor in its own file."""
    places = _all_places(project, [path], path, offset)
    return tuple(
        Highlight(place.location.span, place.role is Role.DEFINITION) for place in places if place.location.file == path
    )


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
    """The edits by file that rename the name under the cursor, or one sentence that says why that cannot be done."""
    if not new.isidentifier() or not new.isascii():
        return f"'{new}' is not a name: use letters, digits and underscores, and start with a letter."
    if new in RESERVED:
        return f"'{new}' is a word of the language; choose another name."
    meaning = project.meaning(path)
    here = () if meaning is None else occurrences_at(meaning, offset)
    if meaning is None or not here:
        return "There is no name here that can be renamed."
    symbol = here[0][1].symbol
    edits: dict[Path, list[Edit]] = {}
    for place in dict.fromkeys(_places(project, files, symbol)):
        edits.setdefault(place.location.file, []).append(Edit(place.location.span, _renamed(place, symbol, new)))
    return {file: tuple(sorted(found, key=lambda edit: edit.span)) for file, found in edits.items()}


def _renamed(place: _Place, symbol: Symbol, new: str) -> str:
    """The new text at one place; a shorthand is spelled out, so that its other side keeps its name."""
    match place.role:
        case Role.LEFT:
            return f"{new} = {symbol.name}"
        case Role.RIGHT:
            return f"{symbol.name} = {new}"
        case Role.DEFINITION | Role.REFERENCE:
            return new


@dataclass(frozen=True, slots=True)
class _Place:
    location: Location
    role: Role


def _all_places(project: Project, files: Iterable[Path], path: Path, offset: int) -> tuple[_Place, ...]:
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    symbols = [occurrence.symbol for _, occurrence in occurrences_at(meaning, offset)]
    known = [*files]
    places = dict.fromkeys(place for symbol in symbols for place in _places(project, known, symbol))
    return tuple(sorted(places, key=lambda place: (str(place.location.file), place.location.span)))


def _places(project: Project, files: Iterable[Path], symbol: Symbol) -> Iterator[_Place]:
    for file in dict.fromkeys([symbol.file, *files]):
        if (meaning := project.meaning(file)) is None:
            continue
        for entry in meaning.module.entries:
            for occurrence in occurrences(meaning, entry):
                if occurrence.symbol == symbol:
                    yield _Place(Location(file, meaning.position(entry, occurrence.span)), occurrence.role)


def _file_at(meaning: FileMeaning, offset: int) -> Location | None:
    """The file that a path in quotes under the cursor names."""
    if (found := entry_at(meaning, offset)) is None:
        return None
    entry, relative = found
    written = next((text for text in strings_of(entry.declaration) if text.span.touches(relative)), None)
    if written is None:
        return None
    function = file_function(written.value)
    target = (meaning.path.parent / (function.path if function else written.value)).resolve()
    if not target.is_file():
        return None
    return Location(target, _function_span(target, function.function) if function else Span(0, 0))


def strings_of(declaration: nodes.Declaration) -> Iterator[nodes.String]:
    """The paths of a declaration: those of its head, and the strings of its properties."""
    match declaration:
        case (
            nodes.UseDeclaration(path=path)
            | nodes.CorpusDeclaration(path=path)
            | nodes.DatasetDeclaration(path=path)
            | nodes.MetricDeclaration(path=path)
        ):
            if path is not None:
                yield path
        case _:
            pass
    for item in declaration.items:
        if isinstance(item, nodes.Property):
            yield from (value for value in item.values if isinstance(value, nodes.String))


def _function_span(path: Path, name: str) -> Span:
    """The place of `def NAME` in a Python file, found by reading it as text."""
    try:
        text = path.read_bytes()
    except OSError:
        return Span(0, 0)
    for keyword in (b"def ", b"async def "):
        for start in (0, text.find(b"\n" + keyword + name.encode() + b"(") + 1):
            begin = start + len(keyword)
            if text.startswith(keyword + name.encode() + b"(", start):
                return Span(begin, begin + len(name.encode()))
    return Span(0, 0)
