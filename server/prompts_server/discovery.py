"""Finds the `.prompt` files of a folder, within bounds: a workspace may be a whole disk."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

MOST_FILES = 2000
"""How many `.prompt` files are looked at."""

MOST_FOLDERS = 20_000
"""How many folders are looked into."""

_SKIPPED = {"node_modules", "__pycache__", "venv", "build", "dist"}


def prompt_files(folders: Iterable[Path]) -> Iterator[Path]:
    """The `.prompt` files below some folders, in a stable order. Hidden and generated folders are left out."""
    return islice((path.resolve() for folder in folders for path in _walk(folder)), MOST_FILES)


def _walk(root: Path) -> Iterator[Path]:
    # `os.walk` follows no symbolic links, so there are no circles, and passes over what it may not read.
    for folder, below, files in islice(os.walk(root), MOST_FOLDERS):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _SKIPPED)
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".prompt"))
