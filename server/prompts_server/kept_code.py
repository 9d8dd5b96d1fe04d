"""Keeps the code that dataclasses write for themselves, beside the code of modules that Python keeps.

A dataclass writes the text of its methods and compiles it, each time that its module is imported; for the hundreds of them that a start
needs, that is a sixth of the start. What is compiled depends on the text alone, so it is kept in `__pycache__`, under
the same conditions as Python's own files there: for one version of Python, and where that may be written to.
"""

import dataclasses
import importlib.util
import marshal
import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType
from typing import Any, cast

_FILE = Path(importlib.util.cache_from_source(__file__)).with_suffix(".dataclasses")


@contextmanager
def keeping_code(file: Path = _FILE) -> Generator[None]:
    """Within it dataclasses take the code of their methods from a file, and what was not there is added at the end."""
    kept = _read(file)
    used: dict[str, CodeType] = {}

    def execute(source: Any, *namespaces: Any) -> None:
        if isinstance(source, str):
            code = used[source] = kept.get(source) or compile(source, "<string>", "exec", dont_inherit=True)
            source = code
        exec(source, *namespaces)  # noqa: S102 - what `dataclasses` would do

    # A name of its own in a module comes before the built-in one; a `dataclasses` that executes nothing never looks for it.
    setattr(dataclasses, "exec", execute)  # noqa: B010 - the type of the module does not have it
    try:
        yield
    finally:
        delattr(dataclasses, "exec")
    if not used.keys() <= kept.keys() and not sys.dont_write_bytecode:
        _write(file, used)


def _read(file: Path) -> dict[str, CodeType]:
    """What is kept; nothing where the file is missing, is of another version of Python, or is damaged."""
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    magic, data = data[: len(importlib.util.MAGIC_NUMBER)], data[len(importlib.util.MAGIC_NUMBER) :]
    if magic != importlib.util.MAGIC_NUMBER:
        return {}
    with suppress(EOFError, ValueError, TypeError):
        kept = marshal.loads(data)  # noqa: S302 - as trusted as the code of modules beside it
        return cast("dict[str, CodeType]", kept) if isinstance(kept, dict) else {}
    return {}


def _write(file: Path, code: dict[str, CodeType]) -> None:
    """Replaces what is kept at once, so that a server that starts at the same time reads all of it or the earlier."""
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(descriptor, "wb") as out:
            out.write(importlib.util.MAGIC_NUMBER + marshal.dumps(code))
        written = Path(name)
        written.chmod(0o644)  # as Python does for what it compiles: who may read the code may read this
        written.replace(file)
