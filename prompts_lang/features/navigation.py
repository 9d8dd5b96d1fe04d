"""Definition, references and highlights, across files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.files import beside, is_file
from prompts_lang.features.locations import Location, entry_at, occurrences_at
from prompts_lang.features.occurrences import canonical, occurrences
from prompts_lang.features.rows import row_at
from prompts_lang.features.symbols import LocalSymbol, Role, Symbol
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.values import file_function
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


def definitions(project: Project, path: Path, offset: int) -> tuple[Location, ...]:
    """Where the name under the cursor is declared; for a path in quotes, the file or the Python function; for a row id, its line.

    At a declaration itself, and at the short form of an input, the answer is where the value comes from.
    """
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    here = occurrences_at(meaning, offset)
    found: dict[Location, None] = {}
    for _, occurrence in here:
        for place in places_of(project, [path], occurrence.symbol):
            if place.role is Role.DEFINITION or (
                place.role is Role.LEFT and isinstance(occurrence.symbol, LocalSymbol)
            ):
                found[place.location] = None
    at_cursor = {location for location in found if location.file == path and location.span.touches(offset)}
    elsewhere = tuple(location for location in found if location not in at_cursor)
    if elsewhere or at_cursor:
        return elsewhere or tuple(at_cursor)
    target = _file_at(meaning, offset) or row_at(project, meaning, offset)
    return () if target is None else (target,)


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
class Place:
    """A place where a symbol's name is written, and what it does there."""

    location: Location
    role: Role


def _all_places(project: Project, files: Iterable[Path], path: Path, offset: int) -> tuple[Place, ...]:
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    symbols = [occurrence.symbol for _, occurrence in occurrences_at(meaning, offset)]
    known = [*files]
    places = dict.fromkeys(place for symbol in symbols for place in places_of(project, known, symbol))
    return tuple(sorted(places, key=lambda place: (str(place.location.file), place.location.span)))


def places_of(project: Project, files: Iterable[Path], symbol: Symbol) -> Iterator[Place]:
    """Every place in the given files, and in the file that declares it, where a symbol's name is written."""
    wanted = canonical(project, symbol)
    for file in dict.fromkeys([wanted.file, symbol.file, *files]):
        if (meaning := project.meaning(file)) is None:
            continue
        for entry in meaning.module.entries:
            for occurrence in occurrences(meaning, entry):
                if occurrence.symbol.name == wanted.name and canonical(project, occurrence.symbol) == wanted:
                    yield Place(Location(file, meaning.position(entry, occurrence.span)), occurrence.role)


def _file_at(meaning: FileMeaning, offset: int) -> Location | None:
    """The file that a path in quotes under the cursor names."""
    if (found := entry_at(meaning, offset)) is None:
        return None
    entry, relative = found
    written = next((text for text in strings_of(entry.declaration) if text.span.touches(relative)), None)
    if written is None:
        return None
    function = file_function(written.value)
    target = beside(meaning.path, function.path if function else written.value)
    if target is None or not is_file(target):
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
