"""The `use` lines of a file: which files they name, and which names they bring in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.graph.interface import NameInterface, NameKind
from prompts_lang.graph.problem import Check, Problem, similar_file, suggestion
from prompts_lang.graph.resolve.report import rename_fix
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.ordinary_files import open_ordinary, resolved
from prompts_lang.text.span import Edit

if TYPE_CHECKING:
    from prompts_lang.graph.module import Entry, Module
    from prompts_lang.graph.project import FileMeaning
    from prompts_lang.graph.resolution import Resolution


MOST_BESIDE = 1_000
"""Names of a folder that are looked at for the one that was meant."""

_PLAIN = re.compile(r"[\w./ -]+")


@dataclass(frozen=True, slots=True)
class Uses:
    """The files that the `use` lines of a module name, each once. `entries` are the lines, the same object as in the module."""

    entries: tuple[Entry, ...] = field(compare=False)
    targets: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Imports:
    """What the `use` lines of a file bring in, and what is wrong with them by the number of the entry."""

    names: Mapping[str, NameInterface]
    origin: Mapping[str, Path]
    problems: Mapping[int, tuple[Problem, ...]]
    used: frozenset[Path]


NO_IMPORTS = Imports({}, {}, {}, frozenset())


def uses_of(module: Module) -> Uses:
    """The files that a module uses."""
    targets = (_target(module, entry) for entry in module.uses)
    return Uses(module.uses, tuple(dict.fromkeys(target for target in targets if target is not None)))


def exported(resolution: Resolution) -> dict[str, NameInterface]:
    """The names that a module declares itself, with the interfaces of its graphs."""
    return {
        name: replace(resolution.names[name], graph=resolution.graphs.get(name)) for name in resolution.module.names
    }


def import_names(module: Module, uses: Uses, found: Mapping[Path, FileMeaning | tuple[Path, ...] | None]) -> Imports:
    """The names that a module takes from others.

    `found` has, for every target, what it means, the way back from it to this module where there is one, or None where it cannot be read.
    """
    names: dict[str, NameInterface] = {}
    unknown: dict[str, NameInterface] = {}
    origin: dict[str, Path] = {}
    used: set[Path] = set()
    problems: dict[int, tuple[Problem, ...]] = {}
    for entry in uses.entries:
        declaration, target = entry.declaration, _target(module, entry)
        if target is None or not isinstance(declaration, nodes.UseDeclaration) or declaration.path is None:
            continue
        unknown.update((name.text, NameInterface(NameKind.UNKNOWN)) for name in declaration.names)
        match found[target]:
            case None:
                problems[entry.number] = (_unread(declaration.path, target),)
                continue
            case tuple(circle):
                problems[entry.number] = (_circular(module.path, circle, declaration.path),)
                continue
            case meaning:
                pass
        used |= {target, *meaning.used}
        problems[entry.number] = tuple(
            problem
            for name in declaration.names
            if (problem := _problem(name, target, meaning.exported, names, module)) is not None
        )
        for name in declaration.names:
            if name.text in meaning.exported and name.text not in names:
                names[name.text] = meaning.exported[name.text]
                origin[name.text] = target
    own = module.names
    origin = {name: path for name, path in origin.items() if name not in own}
    return Imports(
        {**unknown, **names}, origin, {number: told for number, told in problems.items() if told}, frozenset(used)
    )


def _target(module: Module, entry: Entry) -> Path | None:
    declaration = entry.declaration
    if not isinstance(declaration, nodes.UseDeclaration) or declaration.path is None:
        return None
    return resolved(module.path.parent / declaration.path.value)


def _problem(
    name: nodes.Name,
    target: Path,
    exports: Mapping[str, NameInterface],
    taken: Mapping[str, NameInterface],
    module: Module,
) -> Problem | None:
    if name.text not in exports:
        message = f"'{target.name}' declares no '{name.text}'.{suggestion(name.text, exports)}"
        return Problem(Check.UNKNOWN_NAME, name.span, message, fix=rename_fix(name, exports))
    if name.text in taken or name.text in module.names:
        message = f"The name '{name.text}' is already taken in this file; names that are used must differ from those declared."
        return Problem(Check.DUPLICATE_NAME, name.span, message)
    return None


def _unread(written: nodes.String, target: Path) -> Problem:
    """Why nothing can be used from a file that was not read: it is not there, or not what can be read."""
    try:
        with open_ordinary(target):
            message = f"'{written.value}' is too large to be a prompt graph, so nothing can be used from it."
    except (FileNotFoundError, NotADirectoryError):
        message = f"There is no file '{written.value}' (paths are relative to this file)."
        if meant := similar_file(target.name, _beside(target)):
            path = f"{written.value[: -len(target.name)]}{meant}" if written.value.endswith(target.name) else meant
            # A string's text may be spelled with escapes; a name that needs any is not put in by a fix.
            fix = Fix(f"Change to '{path}'", (Edit(written.span, f'"{path}"'),)) if _PLAIN.fullmatch(path) else None
            return Problem(Check.IMPORT_MISSING, written.span, f"{message} Did you mean '{path}'?", fix=fix)
    except IsADirectoryError:
        message = f"'{written.value}' is a folder: name a file in it."
    except OSError as error:
        message = f"Nothing can be used from '{written.value}': {error.strerror or error}."
    return Problem(Check.IMPORT_MISSING, written.span, message)


def _beside(target: Path) -> list[str]:
    try:
        with os.scandir(target.parent) as entries:
            return [entry.name for entry in islice(entries, MOST_BESIDE) if entry.name.endswith(".prompt")]
    except (OSError, ValueError):
        return []


def _circular(path: Path, way: tuple[Path, ...], written: nodes.String) -> Problem:
    circle = " -> ".join(file.name for file in (path, *way))
    message = f"These files use each other: {circle}. Move what both need into a third file."
    return Problem(Check.IMPORT_CYCLE, written.span, message)
