"""Files together: which names a file takes from others, and what each file means, kept up to date while any of them changes.

A file's meaning depends on its own syntax and on the interfaces of the names that it uses, nothing else. Editing a prompt in a file
that a hundred others use therefore resolves one declaration, in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prompts_lang.graph.interface import NameInterface
from prompts_lang.graph.module import Entry, Module, build_module
from prompts_lang.graph.problem import Check, Problem, suggestion
from prompts_lang.graph.resolution import Resolution, resolve_module
from prompts_lang.graph.resolve.report import rename_fix
from prompts_lang.syntax import nodes
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.span import Span

Reader = Callable[[Path], "bytes | None"]
"""Gives the bytes of a file, or None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class FileMeaning:
    """One file: its syntax, its resolution, and what is wrong with its `use` lines (by number of the entry).

    `imports` says where each name that is not declared here comes from; `used` has every file that is reached through `use`,
    directly or not.
    """

    path: Path
    syntax: SyntaxFile
    resolution: Resolution
    imports: Mapping[str, Path]
    import_problems: Mapping[int, tuple[Problem, ...]]
    used: frozenset[Path]

    @property
    def module(self) -> Module:
        """The declarations, sorted."""
        return self.resolution.module

    def problems(self, number: int) -> tuple[Problem, ...]:
        """All problems of the entry with that number, except those of its syntax."""
        return (*self.resolution.problems(number), *self.import_problems.get(number, ()))

    def position(self, entry: Entry, span: Span) -> Span:
        """A span of an entry as a span of the file."""
        return span.shift(self.syntax.offsets[entry.index])


@dataclass(frozen=True, slots=True)
class _Imported:
    names: Mapping[str, NameInterface]
    origin: Mapping[str, Path]
    problems: Mapping[int, tuple[Problem, ...]]
    used: frozenset[Path]


@dataclass(slots=True)
class _Known:
    syntax: SyntaxFile
    meaning: FileMeaning | None = None
    verified: int = -1


def read_disk(path: Path) -> bytes | None:
    """The bytes of a file on disk, or None where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


class Project:
    """Open and used files by absolute path. Open files are given with `put`; others are read once, until `forget` is called."""

    def __init__(self, read: Reader = read_disk) -> None:
        self._read = read
        self._known: dict[Path, _Known] = {}
        self._revision = 0

    def put(self, path: Path, syntax: SyntaxFile) -> None:
        """Sets the content of an open file."""
        self._revision += 1
        known = self._known.get(path)
        if known is None:
            self._known[path] = _Known(syntax)
        else:
            known.syntax = syntax

    def forget(self, path: Path) -> None:
        """Drops a file, because it was closed or changed on disk; it is read again when it is needed."""
        self._revision += 1
        self._known.pop(path, None)

    def meaning(self, path: Path) -> FileMeaning | None:
        """What the file means now, or None where it cannot be read."""
        return self._meaning(path, ())

    def _meaning(self, path: Path, users: tuple[Path, ...]) -> FileMeaning | None:
        if (known := self._load(path)) is None:
            return None
        if known.meaning is not None and known.verified == self._revision:
            return known.meaning
        before = known.meaning
        module = before.module if before is not None and before.syntax is known.syntax else _module(path, known.syntax)
        imported = self._imports(module, (*users, path))
        resolution = None if before is None else before.resolution
        unchanged = resolution is not None and module is resolution.module and _same(before, imported)
        if resolution is None or not unchanged:
            resolution = resolve_module(module, imported.names, resolution)
        known.meaning = FileMeaning(path, known.syntax, resolution, imported.origin, imported.problems, imported.used)
        known.verified = self._revision
        return known.meaning

    def _load(self, path: Path) -> _Known | None:
        if (known := self._known.get(path)) is not None:
            return known
        content = self._read(path)
        if content is None:
            return None
        self._known[path] = _Known(SyntaxFile.parse(content))
        return self._known[path]

    def _imports(self, module: Module, users: tuple[Path, ...]) -> _Imported:
        names: dict[str, NameInterface] = {}
        origin: dict[str, Path] = {}
        used: set[Path] = set()
        problems: dict[int, tuple[Problem, ...]] = {}
        for number, entry in enumerate(module.entries):
            declaration = entry.declaration
            if not isinstance(declaration, nodes.UseDeclaration) or declaration.path is None:
                continue
            target = (module.path.parent / declaration.path.value).resolve()
            found = self._use(target, users, declaration.path)
            if isinstance(found, Problem):
                problems[number] = (found,)
                continue
            used |= {target, *found.used}
            exported = _exported(found)
            missing = [_unknown(name, target, exported) for name in declaration.names if name.text not in exported]
            taken = [_taken(name) for name in declaration.names if name.text in names or name.text in module.names]
            problems[number] = (*missing, *taken)
            for name in declaration.names:
                if name.text in exported and name.text not in names:
                    names[name.text] = exported[name.text]
                    origin[name.text] = target
        return _Imported(names, origin, problems, frozenset(used))

    def _use(self, target: Path, users: tuple[Path, ...], written: nodes.String) -> FileMeaning | Problem:
        if target in users:
            circle = " -> ".join(path.name for path in (*users[users.index(target) :], target))
            message = f"These files use each other: {circle}. Move what both need into a third file."
            return Problem(Check.IMPORT_CYCLE, written.span, message)
        meaning = self._meaning(target, users)
        if meaning is None:
            message = f"There is no file '{written.value}' (paths are relative to this file)."
            return Problem(Check.IMPORT_MISSING, written.span, message)
        return meaning


def _module(path: Path, syntax: SyntaxFile) -> Module:
    declarations = ((index, chunk.declaration) for index, chunk in enumerate(syntax.chunks))
    return build_module(path, ((index, declaration) for index, declaration in declarations if declaration is not None))


def _same(before: FileMeaning | None, imported: _Imported) -> bool:
    if before is None:
        return False
    own = before.module.names
    names = {name: interface for name, interface in before.resolution.names.items() if name not in own}
    return names == {name: interface for name, interface in imported.names.items() if name not in own}


def _exported(meaning: FileMeaning) -> dict[str, NameInterface]:
    """The names that a file declares itself, with the interfaces of its graphs."""
    names = meaning.resolution.names
    return {
        name: replace(names[name], graph=meaning.resolution.graphs.get(name))
        for name in meaning.module.names
        if name in names
    }


def _unknown(name: nodes.Name, target: Path, exported: Mapping[str, NameInterface]) -> Problem:
    message = f"'{target.name}' declares no '{name.text}'.{suggestion(name.text, exported)}"
    return Problem(Check.UNKNOWN_NAME, name.span, message, fix=rename_fix(name, exported))


def _taken(name: nodes.Name) -> Problem:
    message = (
        f"The name '{name.text}' is already taken in this file; names that are used must differ from those declared."
    )
    return Problem(Check.DUPLICATE_NAME, name.span, message)
