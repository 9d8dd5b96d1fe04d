"""Finds out what a request shows: which node, which inputs, which rows. By content alone, as a real model would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prompts_lang.simulate.request import SimulatedRequest
from prompts_lang.simulate.world import Fingerprint, Row, World, WorldNode, squash

_FIELD = re.compile(r"\[\[ ## (?P<name>\w+) ## \]\]\n(?P<value>.*?)(?=\n\[\[ ## |\Z)", re.DOTALL)
"""The sections of DSPy's chat format."""

_USER_PART = re.compile(r"<START_OF_USER\w*>(?P<asked>.*?)<END_OF_USER\w*>\s*\Z", re.DOTALL)
"""The user's part of a prompt in a single message, as AdalFlow writes it."""

_ENOUGH = 8
"""Literal characters that a fingerprint needs before a mere occurrence in a longer text says anything."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A node's own request: its inputs as they were rendered, and the prompt around them.

    `instructions` are the system's turns and what the last turn says beside its inputs; `conversation` are the turns between: a history,
    or examples.

    It is `certain` unless the template has hardly any words of its own, so that anything could be a rendering of it.
    """

    node: WorldNode
    inputs: Mapping[str, str]
    instructions: str
    conversation: str
    certain: bool = True


def see_task(world: World, request: SimulatedRequest, *, strictly: bool = False) -> Seen | None:
    """The node whose task the request is, or None.

    The last user turn must be a rendering of the node's template, by itself or as the user's part of a prompt in a single message. Unless
    `strictly`, the template may also stand at the end of a longer text. The most specific template wins.
    """
    around, asked = _asked(request)
    matches = [
        (print_.weight, node, match)
        for node, print_ in _fingerprints(world)
        if (match := print_.pattern.fullmatch(asked))
    ]
    if not matches and (seen := _by_fields(world, request, around, asked)):
        return seen
    if not matches and not strictly:
        matches = [
            (print_.weight, node, match)
            for node, print_ in _fingerprints(world)
            if print_.weight >= _ENOUGH and (match := _at_end(print_.pattern).search(asked))
        ]
    if not matches:
        return None
    weight, node, match = max(matches, key=lambda found: found[0])
    spans = [match.span(name) for name in match.re.groupindex]
    said = f"{around}\n\n{_without(asked, spans)}"
    return Seen(node, match.groupdict(default=""), said, _conversation(request), weight >= _ENOUGH)


def rows_in(world: World, text: str) -> tuple[Row, ...]:
    """The rows whose keys occur in a text, each once, longest key first."""
    flat = squash(text).lower()
    found: dict[tuple[str, ...], Row] = {}
    for key, row in world.rows_by_key.items():
        if key in flat:
            found.setdefault(row.keys, row)
    return tuple(found.values())


def row_of_task(world: World, seen: Seen) -> Row | None:
    """The row of a task: by its inputs, else the one that was spoken of last in the conversation."""
    if row := row_of(world, seen.inputs):
        return row
    flat = squash(seen.conversation).lower()
    spoken = [(flat.rfind(key), len(key), row) for key, row in world.rows_by_key.items() if key in flat]
    return max(spoken, key=lambda found: found[:2])[2] if spoken else None


def row_of(world: World, inputs: Mapping[str, str]) -> Row | None:
    """The row that a node's inputs belong to: an input that is a key or an alias, else the longest key that occurs in one."""
    for value in inputs.values():
        flat = squash(value).lower()
        if row := world.rows_by_key.get(flat) or world.rows_by_alias.get(flat):
            return row
    return next(iter(rows_in(world, "\n".join(inputs.values()))), None)


def shown_node(world: World, text: str) -> WorldNode | None:
    """The node that a longer text is about, by its template, its rendered template or its name; None where nothing points at one."""
    clues = [(clue, node) for node in world.nodes.values() if (clue := _clue(node, text)) > 0]
    return max(clues, key=lambda found: found[0])[1] if clues else None


def _at_end(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern.pattern})\s*(?:<[/\w]+>\s*)*\Z", pattern.flags)


def _clue(node: WorldNode, text: str) -> float:
    return sum(_shown(print_, text) for print_ in node.fingerprints) + _mentioned(node, text)


def _shown(print_: Fingerprint, text: str) -> float:
    if print_.weight == 0:
        return 0.0
    as_written = print_.source is not None and print_.source in text
    as_rendered = print_.weight >= _ENOUGH and print_.pattern.search(text)
    return 2 + print_.weight / 1000 if as_written or as_rendered else 0.0


def _mentioned(node: WorldNode, text: str) -> float:
    if node.short not in text:
        return 0.0  # spares a world of a thousand nodes its patterns
    full, short = re.escape(node.name), re.escape(node.short)
    if re.search(rf"(?<![\w/]){full}(?!\w)", text) or re.search(rf"\bnode\W{{1,3}}{short}\b", text, re.IGNORECASE):
        return 4.0
    return 0.5 if re.search(rf"\b{short}\b", text) else 0.0


def _fingerprints(world: World) -> Iterator[tuple[WorldNode, Fingerprint]]:
    return ((node, print_) for node in world.nodes.values() if node.kind == "llm" for print_ in node.fingerprints)


def _asked(request: SimulatedRequest) -> tuple[str, str]:
    """What the system says, and what the user asks last."""
    system = [turn.text for turn in request.turns if turn.role == "system"]
    last = request.last_user.strip()
    if match := _USER_PART.search(last):
        return "\n\n".join([*system, last[: match.start()]]), match["asked"].strip()
    return "\n\n".join(system), last


def _by_fields(world: World, request: SimulatedRequest, around: str, asked: str) -> Seen | None:
    fields = {match["name"]: match for match in _FIELD.finditer(asked)}
    for node in world.nodes.values():
        if node.kind == "llm" and node.inputs and set(node.inputs) <= set(fields):
            spans = [fields[name].span("value") for name in node.inputs]
            inputs = {name: fields[name]["value"].strip() for name in node.inputs}
            return Seen(node, inputs, f"{around}\n\n{_without(asked, spans)}", _conversation(request))
    return None


def _conversation(request: SimulatedRequest) -> str:
    return "\n\n".join(turn.text for turn in request.turns[:-1] if turn.role != "system")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text
