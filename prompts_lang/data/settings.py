"""The table `[tool.prompts]` of a project, from the nearest `pyproject.toml` at or above a folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from prompts_lang.errors import FileError


def project_table(folder: Path) -> tuple[Path | None, Mapping[str, Any]]:
    """The table and the file that it stands in; an empty one where there is no such file or table.

    Raises:
        FileError: the file cannot be read, is not valid TOML, or what stands there is no table.
    """
    folder = folder.absolute()
    places = (parent / "pyproject.toml" for parent in (folder, *folder.parents))
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return None, {}
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise FileError(f"The file cannot be read: {error}.", where=str(path)) from error
    tool: object = whole.get("tool", {})
    table: object = cast("dict[str, Any]", tool).get("prompts", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise FileError("[tool.prompts] must be a table.", where=str(path))
    return path, cast("dict[str, Any]", table)
