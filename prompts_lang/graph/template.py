r"""Prompt text with placeholders, parsed the same way wherever a text comes from: a file, a row, or a model's rewrite.

A placeholder is `{{name}}`, `{{name.field}}` or `{{name | formatter}}` with a formatter of the closed list below. Every other brace is
literal, and `\{{` writes two braces. There is no logic in text: logic is the graph's.

Invariants: `parse_template(text).source == text` for every text; and in a section's text it finds the placeholders
that the syntax tree has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

FORMATTERS: dict[str, str] = {
    "json": "the value as JSON",
    "bullets": "a list as lines that start with `- `",
    "numbered": "a list as lines that start with `1. `, `2. ` and so on",
    "lines": "a list as one line per item",
    "first": "the first N items of a list, or the first N characters of a text: `first 3`",
}
"""Every formatter with its documentation. `first` takes a number."""

_WORD = r"[^\W\d]\w*"
PLACEHOLDER = re.compile(
    rf"\{{\{{[ \t]*(?P<name>{_WORD})(?P<path>(?:[ \t]*\.[ \t]*{_WORD})*)[ \t]*"
    rf"(?P<formatters>(?:\|[ \t]*{_WORD}(?:[ \t]+[0-9]+)?[ \t]*)*)\}}\}}"
)
_TOKEN = re.compile(r"\\\{\{|" + PLACEHOLDER.pattern)
_LARGEST = 10**9
"""What an argument of more digits counts as: more than any list or text is long."""


@dataclass(frozen=True, slots=True)
class Formatter:
    """One `| name` or `| name N` of a placeholder."""

    name: str
    argument: int | None = None

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name} {self.argument}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place for a value. `start` and `end` are character offsets in the template's source."""

    name: str
    path: tuple[str, ...]
    formatters: tuple[Formatter, ...]
    start: int
    end: int

    @property
    def key(self) -> str:
        """The placeholder's identity without its position or spacing, as in `passages.title | first 3`."""
        return " | ".join([".".join((self.name, *self.path)), *map(str, self.formatters)])


Part: TypeAlias = "str | Placeholder"


@dataclass(frozen=True)
class Template:
    """A text and its parts: literal strings (escapes resolved) and placeholders, in order."""

    source: str
    parts: tuple[Part, ...]

    @cached_property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """The placeholders in order of appearance."""
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    @cached_property
    def names(self) -> frozenset[str]:
        """The inputs that the text uses."""
        return frozenset(placeholder.name for placeholder in self.placeholders)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The sorted placeholder keys, repetitions included: part of a slot's type, equal before and after a rewrite."""
        return tuple(sorted(placeholder.key for placeholder in self.placeholders))


def parse_template(source: str) -> Template:
    """Splits a text into literal parts and placeholders. Never fails: what is not a placeholder is text."""
    parts: list[Part] = []
    literal: list[str] = []
    position = 0
    for match in _TOKEN.finditer(source):
        literal.append(source[position : match.start()])
        position = match.end()
        if match["name"] is None:
            literal.append("{{")
            continue
        if text := "".join(literal):
            parts.append(text)
        literal.clear()
        parts.append(_placeholder(match))
    literal.append(source[position:])
    if text := "".join(literal):
        parts.append(text)
    return Template(source, tuple(parts))


def _placeholder(match: re.Match[str]) -> Placeholder:
    words = [formatter.split() for formatter in match["formatters"].split("|")[1:]]
    formatters = tuple(Formatter(word[0], _number(word[1]) if len(word) > 1 else None) for word in words)
    path = tuple(name.strip(" \t") for name in match["path"].split(".")[1:])
    return Placeholder(match["name"], path, formatters, match.start(), match.end())


def _number(digits: str) -> int:
    return int(digits) if len(digits) < len(str(_LARGEST)) else _LARGEST
