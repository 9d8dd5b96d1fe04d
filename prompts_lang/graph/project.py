"""Files together: which names a file takes from others, and what each file means, kept up to date while any of them changes.

A file's meaning depends on its own syntax and on the interfaces of the names that it uses, nothing else. Editing a prompt in a file
that a hundred others use therefore resolves one declaration, in one file.

Invariants: what a file means does not depend on the order in which files were opened, changed or asked for; and a meaning that nothing
has changed is the very same object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prompts_lang.graph.imports import NO_IMPORTS, Imports, Uses, exported, import_names, uses_of
from prompts_lang.graph.interface import NameInterface
from prompts_lang.graph.module import Entry, Module, build_module, with_declaration
from prompts_lang.graph.problem import Problem
from prompts_lang.graph.resolution import Resolution, resolve_again, resolve_around, resolve_module
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.ordinary_files import read_ordinary
from prompts_lang.text.span import Span

LARGEST: Final = 16 * 2**20
"""Bytes of a prompt graph: hundreds of thousands of lines. Whatever is larger is none."""

Reader = Callable[[Path], "bytes | None"]
"""Gives the bytes of a file, or None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class FileMeaning:
    """One file: its syntax, its resolution, and what is wrong with its `use` lines (by number of the entry).

    `imports` says where each name that is not declared here comes from; `used` has every file that is reached through `use`,
    directly or not; `exported` are the names that other files can use.
    """

    path: Path
    syntax: SyntaxFile
    resolution: Resolution
    imports: Mapping[str, Path]
    import_problems: Mapping[int, tuple[Problem, ...]]
    used: frozenset[Path]
    exported: Mapping[str, NameInterface]

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


@dataclass(slots=True)
class _Known:
    """A file, and what it meant when it was last asked for. `edited` is the one declaration that has changed since, if it was one."""

    syntax: SyntaxFile
    module: Module
    uses: Uses
    imports: Imports = NO_IMPORTS
    meaning: FileMeaning | None = None
    verified: int = -1


def read_disk(path: Path) -> bytes | None:
    """The bytes of a file on disk, or None where it cannot be read."""
    try:
        return read_ordinary(path, LARGEST)
    except OSError:
        return None


class Project:
    """Open and used files by absolute path. Open files are given with `put`; others are read once, until `forget` is called."""

    def __init__(self, read: Reader = read_disk) -> None:
        self._read = read
        self._known: dict[Path, _Known] = {}
        self._circles: dict[tuple[Path, Path], tuple[Path, ...] | None] = {}
        self._revision = 0

    def put(self, path: Path, syntax: SyntaxFile) -> None:
        """Sets the content of an open file."""
        known = self._known.get(path)
        if known is not None and known.syntax is syntax:
            return
        self._revision += 1
        module = _module(path, syntax, known)
        if known is None:
            self._known[path] = _Known(syntax, module, uses_of(module))
            self._circles.clear()
            return
        known.syntax, known.module = syntax, module
        uses = known.uses if _same_uses(module, known) else uses_of(module)
        if uses != known.uses:
            self._circles.clear()
        known.uses = uses

    def forget(self, path: Path) -> None:
        """Drops a file, because it was closed or changed on disk; it is read again when it is needed."""
        self._revision += 1
        self._circles.clear()
        self._known.pop(path, None)

    def meaning(self, path: Path) -> FileMeaning | None:
        """What the file means now, or None where it cannot be read."""
        known = self._load(path)
        if known is None:
            return None
        if known.verified != self._revision or known.meaning is None:
            for file in self._outdated_below(path):
                self._update(file)
        return known.meaning

    def _outdated_below(self, path: Path) -> list[Path]:
        """The file and those that it uses, as far as they were not looked at since the last change; used files first."""
        ordered: dict[Path, None] = {}
        pending: list[tuple[Path, bool]] = [(path, False)]
        entered: set[Path] = set()
        while pending:
            file, done = pending.pop()
            if done:
                ordered[file] = None
                continue
            known = self._load(file)
            if known is None or file in entered or known.verified == self._revision:
                continue
            entered.add(file)
            pending.append((file, True))
            targets = [target for target in known.uses.targets if self._circle(file, target) is None]
            pending.extend((target, False) for target in reversed(targets))
        return list(ordered)

    def _update(self, path: Path) -> None:
        """Brings one file up to date; the files that it uses are."""
        known = self._known[path]
        before, imports = known.meaning, self._imports(path, known)
        known.verified = self._revision
        same_names = before is not None and imports.names == known.imports.names
        if before is not None and before.syntax is known.syntax and imports == known.imports:
            return
        resolution = None
        if before is not None and same_names:
            resolution = _resolve_edit(known.module, imports.names, before.resolution)
        if resolution is None:
            resolution = resolve_module(known.module, imports.names, None if before is None else before.resolution)
        exports = _exported(resolution, before)
        known.imports = imports
        known.meaning = FileMeaning(
            path, known.syntax, resolution, imports.origin, imports.problems, imports.used, exports
        )

    def _imports(self, path: Path, known: _Known) -> Imports:
        if not known.uses.targets:
            return NO_IMPORTS
        found: dict[Path, FileMeaning | tuple[Path, ...] | None] = {}
        for target in known.uses.targets:
            circle = self._circle(path, target)
            loaded = self._load(target)
            found[target] = circle if circle is not None else None if loaded is None else loaded.meaning
        return import_names(known.module, known.uses, found)

    def _load(self, path: Path) -> _Known | None:
        if (known := self._known.get(path)) is not None:
            return known
        content = self._read(path)
        if content is None:
            return None
        syntax = SyntaxFile.parse(content)
        module = _module(path, syntax, None)
        self._known[path] = _Known(syntax, module, uses_of(module))
        return self._known[path]

    def _circle(self, path: Path, target: Path) -> tuple[Path, ...] | None:
        """The way from `target` back to `path` through `use` lines, both included, or None where there is none."""
        key = (path, target)
        if key not in self._circles:
            self._circles[key] = self._way(target, path)
        return self._circles[key]

    def _way(self, start: Path, goal: Path) -> tuple[Path, ...] | None:
        came_from: dict[Path, Path | None] = {start: None}
        pending = [start]
        for file in pending:
            if file == goal:
                way = [file]
                while (step := came_from[way[-1]]) is not None:
                    way.append(step)
                return tuple(reversed(way))
            known = self._load(file)
            for target in () if known is None else known.uses.targets:
                if target not in came_from:
                    came_from[target] = file
                    pending.append(target)
        return None


def _exported(resolution: Resolution, before: FileMeaning | None) -> Mapping[str, NameInterface]:
    """What other files can use; the very same object where it has not changed."""
    if before is None:
        return exported(resolution)
    same_graphs, same_names = before.resolution.graphs is resolution.graphs, before.resolution.names is resolution.names
    if same_graphs and same_names:
        return before.exported
    exports = exported(resolution)
    return before.exported if exports == before.exported else exports


def _module(path: Path, syntax: SyntaxFile, known: _Known | None) -> Module:
    """The module of a file; after an edit within one declaration, the known one with that declaration replaced."""
    if known is not None and len(known.syntax.chunks) == len(syntax.chunks):
        pairs = zip(known.syntax.chunks, syntax.chunks, strict=True)
        edited = [index for index, (old, new) in enumerate(pairs) if old is not new]
        entry = known.module.entry_of_chunk(edited[0]) if len(edited) == 1 else None
        declaration = syntax.chunks[edited[0]].declaration if entry is not None else None
        if entry is not None and declaration is not None:
            module = with_declaration(known.module, entry.number, declaration)
            if module is not None:
                return module
    declarations = ((index, chunk.declaration) for index, chunk in enumerate(syntax.chunks))
    present = ((index, declaration) for index, declaration in declarations if declaration is not None)
    return build_module(path, present, None if known is None else known.module)


def _same_uses(module: Module, known: _Known) -> bool:
    return module.uses is known.uses.entries


def _resolve_edit(module: Module, imported: Mapping[str, NameInterface], before: Resolution) -> Resolution | None:
    """The resolution after an edit of one declaration that few others notice, or None where it has to be looked at as a whole."""
    if module is before.module:
        return before
    if len(module.entries) != len(before.module.entries) or module.uses is not before.module.uses:
        return None
    pairs = zip(before.module.entries, module.entries, strict=True)
    edited = [number for number, (old, new) in enumerate(pairs) if old is not new]
    if len(edited) != 1:
        return None
    return resolve_again(module, edited[0], before) or resolve_around(module, edited[0], imported, before)
