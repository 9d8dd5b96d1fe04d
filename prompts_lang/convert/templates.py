"""Reads the template languages of other tools as far as ours can say the same: plain values, and lists written out in one of our forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prompts_lang.convert.outline import Loss
from prompts_lang.graph.template import PLACEHOLDER

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VALUE = re.compile(r"\{\{\{?\s*(?:inputs?\.|this\.)?(" + _NAME + r"(?:\." + _NAME + r")*)\s*\}?\}\}")
_RESERVED = re.compile(r"\{\{\s*(?:else|this|@\w+)\b[^{}]*\}\}")
_JSON = re.compile(
    r"\{\{\{?\s*json\s+("
    + _NAME
    + r"(?:\."
    + _NAME
    + r")*)\s*\}?\}\}|\{\{\s*("
    + _NAME
    + r"(?:\."
    + _NAME
    + r")*)\s*\|\s*tojson\s*\}\}"
)
_FILTER = re.compile(r"\{\{\s*" + _NAME + r"(?:\." + _NAME + r")*\s*\|[^{}]*\}\}")
_LISTED = re.compile(r"\b(?:bullets|lines)\b")
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
_MEDIA = re.compile(r"\{\{\s*media\b")
_CALL = re.compile(r"\{\{\s*(?!(?:else|this)\b)[A-Za-z_][\w.]*(?:\s+[^\s}]|[^\s\w.}])")
"""A helper with its arguments, or an expression."""
_LOST_FOR = re.compile(r"\{%-?\s*for\s+([^{}%]+?)\s+in\b")
_COMMENT = re.compile(r"\{\{!.*?\}\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Converted:
    """A text in our form, the names it uses with the types that their use asks for, and what could not be said."""

    text: str
    names: Mapping[str, str]
    losses: tuple[Loss, ...]


def convert_template(text: str, where: str, outside: frozenset[str] = frozenset()) -> Converted:
    """Converts Handlebars, Mustache or Jinja.

    Values and simple lists carry over; comments go; all else is a loss and stays as it is written. `outside` are names that loops
    around the text give to their items.
    """
    text = _COMMENT.sub("", text)
    filters = [match for match in _FILTER.finditer(text) if not _JSON.fullmatch(match[0])]
    lost = [_loss(text, match.start(), match[0], where) for match in filters]
    for match in reversed(filters):
        text = f"{text[: match.start()]}\\{text[match.start() :]}"
    text = _EACH.sub(lambda match: _list(match[1], match["mark"]), text)
    text = _FOR.sub(lambda match: _list(match["list"], match["mark"]), text)
    inside = outside | loop_variables(text)
    text = _JSON.sub(lambda match: "{{" + (match[1] or match[2]) + " | json}}", text)
    text = _VALUE.sub(
        lambda match: (
            match[0] if _RESERVED.fullmatch(match[0]) or _head(match[1]) in inside else "{{" + match[1] + "}}"
        ),
        text,
    )
    losses = (*lost, *_losses(text, where, inside))
    text = PLACEHOLDER.sub(
        lambda match: (
            "\\" + match[0] if match["name"] in inside and not text.endswith("\\", 0, match.start()) else match[0]
        ),
        text,
    )
    # What has no counterpart stays as it is written, but must not be taken for a placeholder of ours.
    text = _RESERVED.sub(lambda match: "\\" + match[0], text)
    return Converted(text.strip("\n"), _names(text), losses)


def loop_variables(text: str) -> frozenset[str]:
    """What a loop that could not be said calls its items: no input has that name, and its braces are logic too."""
    return frozenset(name for match in _LOST_FOR.finditer(text) for name in re.findall(_NAME, match[1]))


def _head(path: str) -> str:
    return path.partition(".")[0]


def _names(text: str) -> dict[str, str]:
    """The names that a text uses, with the types that their use asks for."""
    names: dict[str, str] = {}
    for match in PLACEHOLDER.finditer(text):
        if text.endswith("\\", 0, match.start()):
            continue
        type_ = "json" if match["path"] else "list[text]" if _LISTED.search(match["formatters"]) else "text"
        names[match["name"]] = type_ if names.get(match["name"], type_) == type_ else "json"
    return names


def _list(name: str, mark: str) -> str:
    return "{{" + name + (" | bullets" if mark else " | lines") + "}}"


def _losses(text: str, where: str, inside: frozenset[str]) -> Iterator[Loss]:
    for match in _OTHER.finditer(text):
        is_escaped = text.endswith("\\", 0, match.start())
        plain = PLACEHOLDER.fullmatch(match[0])
        if not is_escaped and (plain is None or plain["name"] in inside or _RESERVED.fullmatch(match[0])):
            yield _loss(text, match.start(), match[0], where)


def _loss(text: str, start: int, piece: str, where: str) -> Loss:
    line = text.count("\n", 0, start) + 1
    words = " ".join(piece.split())
    if _MEDIA.match(piece):
        reason = "puts in an image or a recording; here a prompt holds text alone"
    elif _CALL.match(piece):
        reason = "asks for more than a value; here a code node makes such a value, and the placeholder names it"
    else:
        reason = "is logic; here logic is the graph's (`when`, `each`, code nodes)"
    return Loss(f"{where}, line {line} of the text", f"`{words}` {reason}")
