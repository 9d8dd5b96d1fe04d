"""Defaults of options from `[tool.prompts]` in `pyproject.toml`.

The order is: the `.prompt` file, then `pyproject.toml`, then environment variables `PROMPTS_COMMAND_OPTION`, then flags. click does the
last two; this gives it the table. Options for all commands stand in `[tool.prompts]`, those of one command in `[tool.prompts.COMMAND]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from prompts_lang.errors import FileError


def default_map(folder: Path, commands: Iterable[str]) -> dict[str, dict[str, Any]]:
    """click's map of defaults by command, from the nearest `pyproject.toml` at or above a folder.

    Raises:
        FileError: the file is not valid TOML, or the table has the wrong shape.
    """
    path = next(
        (parent / "pyproject.toml" for parent in (folder, *folder.parents) if (parent / "pyproject.toml").is_file()),
        None,
    )
    if path is None:
        return {}
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise FileError(f"The file cannot be read: {error}.", where=str(path)) from error
    tool = _table(whole.get("tool", {}), path, "tool")
    table = _table(tool.get("prompts", {}), path, "tool.prompts")
    shared = {_option(name): value for name, value in table.items() if not isinstance(value, dict)}
    own = {name: _table(table.get(name, {}), path, f"tool.prompts.{name}") for name in commands}
    return {
        name: {**shared, **{_option(key): value for key, value in options.items()}} for name, options in own.items()
    }


def _table(value: object, path: Path, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileError(f"[{name}] must be a table.", where=str(path))
    return cast("dict[str, Any]", value)


def _option(name: str) -> str:
    return name.replace("-", "_")
