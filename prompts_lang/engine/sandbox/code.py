"""Reads the code of a node from files: the function's module, and the modules beside it that it imports.

Nothing is imported or run: imports are followed by parsing. What Python's own library has under the same name wins, as it does inside
the sandbox. Third-party packages are not part of a unit; the sandbox has the standard library alone.
"""

from __future__ import annotations

import ast
import sys
import tokenize
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from prompts_lang.engine.sandbox.model import FunctionCode, InlineCode, SourceFile
from prompts_lang.errors import FileError
from prompts_lang.text.ordinary_files import read_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MODULES = 200
MOST_BYTES = 4 * 2**20


def function_code(path: Path, function: str, outputs: tuple[str, ...], *, positional: bool = False) -> FunctionCode:
    """Reads the file of a function and the modules in its folder that it imports, directly or through each other.

    Raises:
        FileError: The file, or a module that it imports, cannot be read, or there is too much of it.
    """
    main = SourceFile(path.stem, path.name, _read(path))
    found = {main.name: main}
    waiting = [main]
    size = len(main.text)
    while waiting:
        for name in _imported(waiting.pop()):
            if name in found:
                continue
            module = _sibling(path.parent, name)
            if module is None:
                continue
            found[name] = module
            waiting.append(module)
            size += len(module.text)
            if len(found) > MOST_MODULES or size > MOST_BYTES:
                raise FileError(
                    f"It imports more than {MOST_MODULES} modules or {MOST_BYTES // 2**20} MiB from its own folder.",
                    where=str(path),
                    hint="Move what the node needs to a folder of its own.",
                )
    siblings = tuple(sorted((found[name] for name in found if name != main.name), key=lambda module: module.name))
    return FunctionCode(function, main, siblings, outputs, positional)


def inline_code(text: str, outputs: tuple[str, ...], *, file: str = "<python>", first_line: int = 1) -> InlineCode:
    """Takes the text of a `python:` section. `file` and `first_line` say where it stands, for tracebacks, which show no more of `file` than
    its name."""
    return InlineCode(SourceFile("__node__", Path(file).name, text, first_line=first_line), outputs)


def _read(path: Path) -> str:
    try:
        content = read_ordinary(path, MOST_BYTES)
    except OSError as error:
        raise FileError(
            f"The code cannot be read: {error.strerror}.", where=str(path), hint="Check the path after `run`."
        ) from error
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise FileError(f"The code is not text: {error}.", where=str(path), hint="Save it as UTF-8.") from error


def _sibling(folder: Path, name: str) -> SourceFile | None:
    place = folder.joinpath(*name.split("."))
    for path, package in ((place / "__init__.py", True), (place.with_suffix(".py"), False)):
        if path.is_file():
            return SourceFile(name, path.relative_to(folder).as_posix(), _read(path), package)
    return None


def _imported(module: SourceFile) -> Iterator[str]:
    try:
        tree = ast.parse(module.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the sandbox reports it, with its line, where it runs
    package = module.name if module.package else module.name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(package, node.module, node.level)
            if origin is not None:
                for alias in node.names:
                    yield from _with_parents(f"{origin}.{alias.name}")


def _absolute(package: str, module: str | None, level: int) -> str | None:
    """The absolute name that `from ..module import` starts from; None where it points out of the folder."""
    if level == 0:
        return module
    parts = package.split(".") if package else []
    if level > len(parts):
        return None
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    if parts[0] in sys.stdlib_module_names or not all(part.isidentifier() for part in parts):
        return
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
