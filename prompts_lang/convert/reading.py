"""Reads the files that are converted: YAML, front matter, and values of the kind that is expected."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from prompts_lang.errors import FileError
from prompts_lang.graph.types import JsonValue
from prompts_lang.text.ordinary_files import read_ordinary

LARGEST = 4 * 2**20
"""Bytes of a file that is converted; nobody writes prompts as long as that."""


class _Loader(yaml.SafeLoader):
    """Plain data alone, with the booleans of YAML 1.2: `yes` and `NO` are words, as the tools whose files these are read them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]  PyYAML has no types here
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)


MOST_VALUES = 1_000_000
"""Values in a YAML file, with its aliases written out."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file of two parts: a YAML head between lines of `---`, and a body."""

    head: Mapping[str, Any]
    body: str


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileError: it cannot be read, is no UTF-8, or is far too large.
    """
    try:
        return read_ordinary(path, LARGEST).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        said = error.strerror or str(error)
        raise FileError(f"The file cannot be read: {said}.", where=str(path), hint="Check the path.") from error
    except UnicodeDecodeError as error:
        raise FileError("The file is not UTF-8 text.", where=str(path), hint="Save it as UTF-8.") from error


def read_yaml(text: str, path: Path) -> Mapping[str, Any]:
    """A YAML mapping. Only plain data is built, whatever tags the file has.

    Raises:
        FileError: it is no YAML, or no mapping.
    """
    try:
        value: Any = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader with other words for true and false
    except (yaml.YAMLError, RecursionError) as error:
        raise FileError(f"The file is no valid YAML: {' '.join(str(error).split())}.", where=str(path)) from error
    if _unfolded(value, {}) > MOST_VALUES:
        raise FileError("The file's aliases unfold to far more than a prompt has, or into themselves.", where=str(path))
    if not isinstance(value, dict):
        raise FileError("The file has no YAML mapping at its top.", where=str(path))
    return cast("Mapping[str, Any]", value)


def _unfolded(value: object, known: dict[int, float]) -> float:
    """How many values there are when every alias is written out; infinitely many where one holds itself."""
    if not isinstance(value, dict | list):
        return 1
    held = cast("dict[object, object] | list[object]", value)
    place = id(held)
    if place not in known:
        known[place] = math.inf  # until its own content is counted
        inside = held.values() if isinstance(held, dict) else held
        known[place] = 1 + sum(_unfolded(entry, known) for entry in inside)
    return known[place]


def read_front_matter(path: Path) -> FrontMatter:
    """A file with front matter; without any, all of it is the body.

    Raises:
        FileError: it cannot be read, or its head is no YAML mapping.
    """
    text = read_text(path)
    match = re.match(r"---[ \t]*\r?\n(.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)(.*)\Z", text, re.DOTALL)
    if match is None:
        return FrontMatter({}, text)
    return FrontMatter(read_yaml(match[1], path) if match[1].strip() else {}, match[2])


def mapping(value: object) -> Mapping[str, Any]:
    """The value as a mapping; an empty one where it is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value as a list; an empty one where it is none."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def plain(value: object) -> JsonValue:
    """A YAML value as JSON; dates and the like as text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [plain(item) for item in cast("list[object]", value)]
        case dict():
            return {str(name): plain(item) for name, item in cast("dict[object, object]", value).items()}
        case _:
            return str(value)
