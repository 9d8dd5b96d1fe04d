"""Files that a prompt graph names, and a look into them: bounded, never executing, never failing.

A path in a file may be anything that can be typed. What no file system can hold is simply no file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prompts_lang.data.dataset import file_records
from prompts_lang.errors import PromptsError

MOST_FILES = 200
"""How many files of a folder are listed."""

LARGEST_SOURCE = 1 << 20
"""Bytes of a Python file that is looked into."""

_TEXT_FORMS = frozenset({".jsonl", ".ndjson", ".csv", ".gz"})


@dataclass(frozen=True, slots=True)
class Function:
    """A function at the top level of a Python file. `line` and `column` say where its name stands, counted from 0, in bytes."""

    name: str
    signature: str
    documentation: str
    line: int
    column: int


def beside(path: Path, written: str) -> Path | None:
    """The place that a path in the file at `path` means; None where there can be no such place."""
    try:
        return (path.parent / written).resolve()
    except (OSError, ValueError, RuntimeError):
        return None


def is_file(path: Path) -> bool:
    """Whether there is such a file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def listed(path: Path, folder: str) -> Iterator[str]:
    """The names in a folder, relative to the file at `path`; folders end in `/`. Only the file's own folder tree is listed."""
    root, place = beside(path, "."), beside(path, folder)
    if root is None or place is None or not place.is_relative_to(root.parent):
        return
    try:
        shown = sorted(item for item in place.iterdir() if not item.name.startswith("."))
        for item in shown[:MOST_FILES]:
            yield item.name + ("/" if item.is_dir() else "")
    except OSError:
        return


def functions_in(path: Path) -> tuple[Function, ...]:
    """The functions of a Python file, in order; none where it cannot be read or parsed."""
    try:
        state = path.stat()
        return () if state.st_size > LARGEST_SOURCE else _functions(path, state.st_mtime_ns)
    except (OSError, ValueError):
        return ()


def columns_in(path: Path) -> tuple[str, ...]:
    """The columns of the first row of a JSONL or CSV file; none where it cannot be read."""
    if path.suffix.lower() not in _TEXT_FORMS:
        return ()
    try:
        return _columns(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=32)
def _functions(path: Path, changed: int) -> tuple[Function, ...]:
    del changed
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, RecursionError):
        return ()
    return tuple(_function(node) for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    word = len("async def ") if isinstance(node, ast.AsyncFunctionDef) else len("def ")
    signature = f"({ast.unparse(node.args)}){returns}"
    return Function(node.name, signature, ast.get_docstring(node) or "", node.lineno - 1, node.col_offset + word)


@lru_cache(maxsize=32)
def _columns(path: Path, changed: int) -> tuple[str, ...]:
    del changed
    try:
        first = next(iter(file_records(path)), None)
    except PromptsError:
        return ()
    return () if first is None else tuple(first.value)
