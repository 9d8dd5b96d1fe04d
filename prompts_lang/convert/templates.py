"""Reads the template languages of other tools as far as ours can say the same: plain values, and lists written out in one of our forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prompts_lang.convert.outline import Loss
from prompts_lang.graph.template import PLACEHOLDER

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VALUE = re.compile(r"\{\{\{?\s*(?:inputs?\.|this\.)?(" + _NAME + r"(?:\." + _NAME + r")*)\s*\}?\}\}")
_EACH = re.compile(r"\{\{#each\s+(" + _NAME + r")\s*\}\}\s*?(?P<mark>- |)\{\{\s*this\s*\}\}\s*?\{\{/each\}\}")
_FOR = re.compile(
    r"\{%-?\s*for\s+(?P<item>"
    + _NAME
    + r")\s+in\s+(?P<list>"
    + _NAME
    + r")\s*-?%\}\s*?(?P<mark>- |)\{\{\s*(?P=item)\s*\}\}\s*?"
    r"\{%-?\s*endfor\s*-?%\}"
)
_OTHER = re.compile(r"\{\{[^{}]*\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_COMMENT = re.compile(r"\{\{!.*?\}\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Converted:
    """A text in our form, the names it uses, and what could not be said."""

    text: str
    names: tuple[str, ...]
    losses: tuple[Loss, ...]


def convert_template(text: str, where: str) -> Converted:
    """Converts Handlebars, Mustache or Jinja.

    Values and simple lists carry over; comments go; logic is a loss and stays as it is written.
    """
    text = _COMMENT.sub("", text)
    text = _EACH.sub(lambda match: _list(match[1], match["mark"]), text)
    text = _FOR.sub(lambda match: _list(match["list"], match["mark"]), text)
    text = _VALUE.sub(lambda match: "{{" + match[1] + "}}", text)
    losses = tuple(_losses(text, where))
    names = dict.fromkeys(match["name"] for match in PLACEHOLDER.finditer(text))
    return Converted(text.strip("\n"), tuple(names), losses)


def _list(name: str, mark: str) -> str:
    return "{{" + name + (" | bullets" if mark else " | lines") + "}}"


def _losses(text: str, where: str) -> Iterator[Loss]:
    for match in _OTHER.finditer(text):
        if PLACEHOLDER.fullmatch(match[0]) is None:
            line = text.count("\n", 0, match.start()) + 1
            piece = " ".join(match[0].split())
            yield Loss(
                f"{where}, line {line} of the text",
                f"`{piece}` is logic; here logic is the graph's (`when`, `each`, code nodes)",
            )
