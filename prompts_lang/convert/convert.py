"""Finds out which tool a file belongs to, and converts it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prompts_lang.convert import dotprompt, github, promptflow, prompty
from prompts_lang.convert.outline import FileOutline, Loss, NodeOutline
from prompts_lang.convert.reading import mapping, read_front_matter, read_text, read_yaml
from prompts_lang.convert.writing import write
from prompts_lang.errors import FileError, UsageError
from prompts_lang.text.ordinary_files import resolved

FORMATS: Mapping[str, Callable[[Path], FileOutline]] = {
    "dotprompt": dotprompt.convert,
    "prompty": prompty.convert,
    "github": github.convert,
    "promptflow": promptflow.convert,
}
"""The importers by the name of their format."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted file: its text in our language, and what could not be kept."""

    format: str
    text: str
    losses: tuple[Loss, ...]


def convert(path: Path, form: str | None = None, *, into: Path | None = None) -> Conversion:
    """Converts a file of another tool; the format is recognised by name and content where it is not given.

    `into` is the folder that the result is meant for, where that is not the folder of the file: files of code are named from there.

    Raises:
        FileError: the file cannot be read.
        UsageError: the format is not known.
    """
    form = form or recognise(path)
    outline = FORMATS[form](path)
    if not outline.nodes:
        raise FileError("There is nothing in it that could be a node.", where=str(path))
    if into is not None:
        folder = os.path.relpath(resolved(path.parent), resolved(into))
        outline = replace(outline, nodes=tuple(_seen_from(node, folder) for node in outline.nodes))
    return Conversion(form, write(outline), outline.losses)


def _seen_from(node: NodeOutline, folder: str) -> NodeOutline:
    if node.run is None or folder == ".":
        return node
    return replace(node, run=f"{Path(folder).as_posix()}/{node.run}")


def recognise(path: Path) -> str:
    """The format of a file.

    Raises:
        FileError: the file cannot be read.
        UsageError: it is none that we know.
    """
    name = path.name.lower()
    if name.endswith((".prompt.yml", ".prompt.yaml")):
        return "github"
    if name.endswith(".prompty"):
        return "prompty"
    if name.endswith((".yml", ".yaml")):
        content = read_yaml(read_text(path), path)
        return "promptflow" if "nodes" in content else "github" if "messages" in content else _unknown(path)
    if name.endswith(".prompt"):
        source = read_front_matter(path)
        if not source.head:
            return _unknown(path)
        is_prompty = mapping(source.head.get("model")) and re.search(
            r"^\s*(?:system|user)\s*:\s*$", source.body, re.MULTILINE
        )
        return "prompty" if is_prompty else "dotprompt"
    return _unknown(path)


def _unknown(path: Path) -> str:
    known = ", ".join(FORMATS)
    raise UsageError(
        "The format of the file is not known.", where=str(path), hint=f"Say which one it is with `--from`: {known}."
    )
