"""Reads references and values: what stands in properties, in `case` rows and behind `=`."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import (
    Assignment,
    Fix,
    ListValue,
    Money,
    Name,
    Number,
    ObjectEntry,
    ObjectValue,
    Phrase,
    ProblemKind,
    Ratio,
    Reference,
    Source,
    String,
    Value,
    Word,
)
from prompts_lang.syntax.reading import MAXIMUM_DEPTH, after, named
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from tree_sitter import Node

    from prompts_lang.syntax.reading import Reading

VALUES: Final = frozenset(
    {"reference", "string", "unclosed_string", "number", "money", "ratio", "list", "object", "assignment"}
)
"""The types of tree nodes that `read_value` takes."""

_NUMBER: Final = re.compile(r"(-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([a-zA-Z%]*)")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LONGEST_INTEGER: Final = 300
_UNIT_WITH_SIGN: Final = re.compile(r"[eE][+-]?[0-9]")


def read_reference(reading: Reading, node: Node) -> Reference | None:
    """`a` or `a.b`; None where not even the first name is there."""
    parts = tuple(Name(reading.word(child), reading.span(child)) for child in named(node, "identifier"))
    if not parts:
        return None
    last = node.children[-1]
    if last.type == ".":
        reading.report(
            ProblemKind.MISSING_PART,
            reading.span(last),
            f"A name is missing after the dot: write a field or an output of `{parts[-1].text}`.",
        )
    return Reference(parts, Span(parts[0].span.start, parts[-1].span.end))


def read_source(reading: Reading, node: Node) -> Source | None:
    """`a.x else b.x`."""
    references = [read_reference(reading, child) for child in named(node, "reference")]
    alternatives = tuple(reference for reference in references if reference is not None)
    if not alternatives:
        return None
    last = node.children[-1]
    if last.type == "else":
        place = reading.span(last)
        reading.report(
            ProblemKind.MISSING_PART,
            place,
            "Behind `else` stands what to take when the first is absent: name an output.",
        )
    return Source(alternatives, Span(alternatives[0].span.start, alternatives[-1].span.end))


def read_phrases(reading: Reading, node: Node) -> tuple[Phrase, ...]:
    """The phrases among the children of a node, in order."""
    phrases: list[Phrase] = []
    for child in named(node, "phrase"):
        values = tuple(
            value
            for piece in child.children
            if piece.type in VALUES and (value := read_value(reading, piece)) is not None
        )
        if values:
            phrases.append(Phrase(values, Span(values[0].span.start, values[-1].span.end)))
    return tuple(phrases)


def read_value(reading: Reading, node: Node, depth: int = 0) -> Value | None:
    """Any value; None where it cannot be read."""
    match node.type:
        case "reference":
            reference = read_reference(reading, node)
            if reference is None or len(reference.parts) != 1:
                return reference
            return Word(reference.parts[0].text, reference.span)
        case "string" | "unclosed_string":
            return read_string(reading, node)
        case "number":
            return read_number(reading, node)
        case "money":
            return Money(Decimal(reading.word(node)[1:]), reading.span(node))
        case "ratio":
            return _read_ratio(reading, node)
        case _ if depth >= MAXIMUM_DEPTH:
            reading.report(
                ProblemKind.UNEXPECTED,
                reading.span(node),
                "This nests too deeply to be read: move it into a data file.",
            )
            return None
        case "list":
            return _read_list(reading, node, depth)
        case "object":
            return _read_object(reading, node, depth)
        case "assignment":
            return _read_assignment(reading, node, depth)
        case _:
            return None


def _read_list(reading: Reading, node: Node, depth: int) -> ListValue:
    reading.report_unclosed(node, "[", "]")
    items = (read_value(reading, child, depth + 1) for child in node.children if child.type in VALUES)
    return ListValue(tuple(item for item in items if item is not None), reading.span(node))


def _read_object(reading: Reading, node: Node, depth: int) -> ObjectValue:
    reading.report_unclosed(node, "{", "}")
    entries: list[ObjectEntry] = []
    for child in named(node, "entry"):
        key_node = child.child_by_field_name("key")
        if key_node is None:
            continue
        key = Name(reading.word(key_node), reading.span(key_node))
        value = _read_part(reading, child, "value", f"A value is missing for `{key.text}`.", depth)
        entries.append(
            ObjectEntry(
                key if key_node.type == "identifier" else read_string(reading, key_node), value, reading.span(child)
            )
        )
    return ObjectValue(tuple(entries), reading.span(node))


def _read_assignment(reading: Reading, node: Node, depth: int) -> Assignment | None:
    name = reading.name(node.child_by_field_name("name"))
    if name is None:
        return None
    return Assignment(
        name, _read_part(reading, node, "value", f"A value is missing for `{name.text}`.", depth), reading.span(node)
    )


def _read_part(reading: Reading, node: Node, part: str, missing: str, depth: int) -> Value | None:
    child = node.child_by_field_name(part)
    if child is None:
        reading.report(ProblemKind.MISSING_PART, reading.span(node), missing)
        return None
    return read_value(reading, child, depth + 1)


def read_string(reading: Reading, node: Node) -> String:
    """A quoted string, with its escapes resolved."""
    span = reading.span(node)
    closed = node.type == "string"
    if not closed:
        reading.report(
            ProblemKind.UNCLOSED_STRING,
            span,
            'This string is not closed before the end of its line: put `"` behind its last character.',
            Fix('Insert `"`', (Edit(after(span), '"'),)),
        )
    content = Span(span.start + 1, span.end - 1 if closed else span.end)
    raw = reading.word(node)[1 : -1 if closed else None]
    return String(_unescape(reading, raw, content), span, content)


def _unescape(reading: Reading, raw: str, content: Span) -> str:
    if "\\" not in raw:
        return raw
    wrong: list[int] = []

    def resolve(match: re.Match[str]) -> str:
        escape = match[1]
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape in _ESCAPES:
            return _ESCAPES[escape]
        wrong.append(match.start())
        return match[0]

    value = _ESCAPE.sub(resolve, raw)
    if wrong:
        places = [content.start + len(raw[:index].encode("utf-8", "surrogateescape")) for index in wrong]
        reading.report(
            ProblemKind.BAD_STRING,
            Span(places[0], places[0] + 1),
            "A backslash in a string starts an escape that is not known here: write two backslashes for one.",
            Fix("Double the backslash", tuple(Edit(Span(place, place), "\\") for place in places)),
        )
    # Two escapes can make one character beyond the basic plane; half of one alone is no character.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_number(reading: Reading, node: Node) -> Number | None:
    """A number with its unit."""
    match = _NUMBER.fullmatch(reading.word(node))
    if match is None:
        return None
    return Number(_number(reading, match[1], reading.span(node)), match[2] or None, reading.span(node))


def _read_ratio(reading: Reading, node: Node) -> Ratio:
    span = reading.span(node)
    return Ratio(tuple(_number(reading, part, span) for part in reading.word(node).split("/")), span)


def _number(reading: Reading, digits: str, span: Span) -> int | float:
    if digits.lstrip("-").isdecimal() and len(digits) <= _LONGEST_INTEGER:
        return int(digits)
    value = float(digits)
    if not math.isfinite(value):
        reading.report(ProblemKind.UNEXPECTED, span, "This number is too large to be held: write a smaller one.")
    return value
