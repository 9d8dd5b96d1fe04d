"""Decides by the line up to the cursor what is being typed there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from prompts_lang.features.completion import names, outside, structure
from prompts_lang.features.completion.offer import Completion, CompletionKind, Place, words
from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS
from prompts_lang.graph.interface import NameKind
from prompts_lang.graph.project import Project
from prompts_lang.graph.properties import Takes, property_of
from prompts_lang.graph.template import FORMATTERS
from prompts_lang.graph.types import SIMPLE_TYPES


def completions(project: Project, path: Path, offset: int) -> tuple[Completion, ...]:
    """The offers at a place, best first, each label once."""
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    offers = {offer.label: offer for offer in reversed(tuple(_offers(Place.at(project, meaning, offset))))}
    return tuple(reversed(offers.values()))


def _offers(place: Place) -> Iterator[Completion]:
    line = place.line
    margin = len(line) - len(line.lstrip(" "))
    if (quoted := re.search(r'"([^"]*)\Z', line)) is not None and margin < 4:
        yield from _quoted(place, line[: quoted.start()], quoted[1])
    elif re.search(r"\{\{[^}]*\Z", line) is not None:
        yield from _placeholder(place)
    elif margin == 0 and re.fullmatch(r"[a-z]*", line):
        yield from structure.declarations(place)
    elif margin in (1, 2, 3) and re.fullmatch(r" {1,3}(?:learn )?[a-z_]*", line):
        yield from structure.properties(place)
    elif margin == 0:
        yield from _head(place)
    elif margin in (1, 2, 3) and ":" not in line:
        yield from _value(place)


def _quoted(place: Place, before: str, typed: str) -> Iterator[Completion]:
    """In quotes: a model, or a file and perhaps a function in it."""
    if re.search(r"(?:^model\s+\w*\s*=|\bembedding)\s*\Z", before):
        yield from outside.models(place, typed)
    elif re.search(r"\b(?:from|run|base)\s+\Z", before):
        code = re.search(r"\brun\s+\Z|^metric\b", before) is not None
        yield from outside.functions(place, typed) if code and ":" in typed else outside.files(place, typed)


def _placeholder(place: Place) -> Iterator[Completion]:
    if re.search(r"\|\s*\w*\Z", place.line):
        yield from words(place, FORMATTERS.items(), CompletionKind.FORMATTER)
    elif (before := re.search(r"\{\{\s*(\w+)\.(?:\w+\.)*\w*\Z", place.line)) is not None:
        yield from names.fields(place, before[0].removeprefix("{{").strip().split(".")[:-1])
    else:
        yield from names.inputs(place)


_HEADS: tuple[tuple[str, Callable[[Place], Iterator[Completion]]], ...] = (
    (r"^use\s+[\w\s,]*\Z", names.exported),
    (r"^metric\b.*=\s*\w*\Z", lambda place: words(place, BUILTIN_METRICS.items(), CompletionKind.VALUE)),
    (r"\bjudged by\s+\w*\Z", lambda place: names.declared(place, NameKind.MODEL)),
    (r"^optimize\s+\w*\Z", lambda place: names.declared(place, NameKind.GRAPH)),
    (r"^optimize\s+\w+\s+on\s+\w*\Z", lambda place: names.declared(place, NameKind.DATASET)),
    (r"^call\s+\w+\s*=\s*\w*\Z", lambda place: names.declared(place, NameKind.GRAPH)),
    (r"^call\s+\w+\s*=\s*\w+\((?:.*,)?\s*\w*\Z", names.arguments),
    (r":\s*(?:list\[)?\w*\Z", lambda place: words(place, _TYPES, CompletionKind.TYPE)),
    (r"^graph\s+\w+\((?:.*,)?\s*\w*\Z", outside.columns_of_all),
    (r"^metric\s+\w+\((?:.*,)?\s*\w*\Z", names.measured),
    (r"", names.wiring),
)
"""What a declaration's first line takes, by the line up to the cursor; the first that fits counts."""

_TYPES = tuple((name, "") for name in (*SIMPLE_TYPES, "list"))


def _head(place: Place) -> Iterator[Completion]:
    offers = next(offers for pattern, offers in _HEADS if re.search(pattern, place.line))
    yield from offers(place)


def _value(place: Place) -> Iterator[Completion]:
    """What the property table says of the property that the line starts with."""
    if (word := re.match(r" *(learn )?([a-z_]+) ", place.line)) is None or place.entry is None:
        return
    rule = property_of(place.entry.declaration.keyword.text, word[2])
    if rule is None:
        return
    match rule.takes:
        case Takes.NAME:
            yield from names.declared(place, NameKind(rule.names))
        case Takes.WORD:
            yield from words(place, ((choice, rule.doc) for choice in rule.words), CompletionKind.VALUE)
        case Takes.CONDITION if rule.word == "ensure":
            yield from names.own(place)
        case Takes.CONDITION | Takes.EACH:
            yield from names.wiring(place)
        case Takes.REPEAT:
            yield from names.results(place)
        case Takes.INPUT:
            yield from names.inputs(place)
        case Takes.EXAMPLES:
            yield from names.declared(place, NameKind.DATASET)
        case Takes.COLUMN | Takes.COLUMNS | Takes.CASE:
            yield from outside.columns(place)
        case Takes.SPLIT if re.search(r"\bby\s+\w*\Z", place.line):
            yield from outside.columns(place)
        case Takes.INDEX:
            yield from words(place, (("bm25", rule.doc), ('embedding ""', rule.doc)), CompletionKind.VALUE)
        case Takes.ENVIRONMENT:
            yield from words(place, (("env ", rule.doc),), CompletionKind.VALUE)
        case _:
            pass
