"""Reads the items of a declaration: properties and sections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import (
    ConditionProperty,
    EachProperty,
    Fix,
    Item,
    Name,
    Problem,
    ProblemKind,
    Property,
    RepeatProperty,
    Section,
    decode,
)
from prompts_lang.syntax.read_conditions import read_condition
from prompts_lang.syntax.read_heads import FORMS
from prompts_lang.syntax.read_text import read_loose_braces, read_placeholders, read_text
from prompts_lang.syntax.read_values import read_number, read_phrases, read_reference
from prompts_lang.syntax.words import TEXT_WORDS
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from prompts_lang.syntax.layout import Group
    from prompts_lang.syntax.reading import Reading

ITEMS: Final = frozenset({"property", "condition_property", "each_property", "repeat_property", "section"})
"""The types of tree nodes that `read_item` takes."""

_DECLARATION: Final = re.compile(rb"([a-z]+)[ \t]+\w+[ \t]*(?:[(=]|->|from\b)")
_EQUALS_SIGN: Final = re.compile(rb"[ \t]*=")


def read_item(reading: Reading, node: Node, group: Group) -> Item | None:
    """The item whose lines are `group`; None where not even its first word can be read."""
    word = _first_word(reading, node)
    if word is None:
        return None
    match node.type:
        case "section":
            return _read_section(reading, node, group, word)
        case "condition_property":
            item = _read_condition_property(reading, node, word)
        case "each_property":
            item = _read_each(reading, node, word)
        case "repeat_property":
            item = _read_repeat(reading, node, word)
        case _:
            if _lacks_colon(reading, node, group):
                return _read_section_without_colon(reading, node, group, word)
            phrases = read_phrases(reading, node)
            item = Property(word, phrases, Span(word.span.start, phrases[-1].span.end if phrases else word.span.end))
    return item


def _first_word(reading: Reading, node: Node) -> Name | None:
    learn = reading.name(node.child_by_field_name("learn"))
    return reading.name(node.child_by_field_name("word")) or learn


# --- properties


def _end(reading: Reading, node: Node, word: Name) -> int:
    """The end of a property that stands on one line."""
    pieces = [child for child in node.children if not child.is_extra and child.type != "ERROR"]
    return max(reading.span(pieces[-1]).end, word.span.end) if pieces else word.span.end


def _read_condition_property(reading: Reading, node: Node, word: Name) -> ConditionProperty:
    child = node.child_by_field_name("condition")
    condition = None if child is None else read_condition(reading, child)
    if child is None:
        message = f"Behind `{word.text}` stands a condition, such as `{word.text} not check.ok`."
        reading.report(ProblemKind.MISSING_PART, word.span, message)
    return ConditionProperty(word, condition, Span(word.span.start, _end(reading, node, word)))


def _read_each(reading: Reading, node: Node, word: Name) -> EachProperty:
    variable = reading.name(node.child_by_field_name("variable"))
    child = node.child_by_field_name("source")
    source = None if child is None else read_reference(reading, child)
    if variable is None or source is None:
        reading.report(ProblemKind.MISSING_PART, word.span, "This is not complete: write `each NAME in LIST`.")
    return EachProperty(word, variable, source, Span(word.span.start, _end(reading, node, word)))


def _read_repeat(reading: Reading, node: Node, word: Name) -> RepeatProperty:
    until_node = node.child_by_field_name("until")
    until = None if until_node is None else read_condition(reading, until_node)
    number_node = node.child_by_field_name("at_most")
    at_most = None if number_node is None else read_number(reading, number_node)
    if until_node is None or at_most is None:
        message = "A loop needs its end and its bound: write `repeat until CONDITION, at most N`."
        reading.report(ProblemKind.MISSING_PART, word.span, message)
    return RepeatProperty(word, until, at_most, Span(word.span.start, _end(reading, node, word)))


# --- sections


def _read_section(reading: Reading, node: Node, group: Group, word: Name) -> Section | None:
    colon = next((child for child in node.children if child.type == ":"), None)
    if colon is None:
        return None
    return _section(reading, node, group, word, reading.span(colon).end)


def _lacks_colon(reading: Reading, node: Node, group: Group) -> bool:
    """Whether a property was surely meant as a section: its word says so, it has a placeholder, or is one word with text below it."""
    if node.child_by_field_name("learn") is not None or _has_placeholder(reading, group):
        return True
    word = reading.name(node.child_by_field_name("word"))
    if word is not None and word.text in TEXT_WORDS:
        return True
    return bool(group.texts) and not any(child.type in {"phrase", "ERROR"} for child in node.children)


def _has_placeholder(reading: Reading, group: Group) -> bool:
    return b"{{" in reading.text[group.first.content : group.first.end]


def _read_section_without_colon(reading: Reading, node: Node, group: Group, word: Name) -> Section:
    phrases = [reading.span(child).end for child in node.children if child.type == "phrase"]
    text_on_line = _has_placeholder(reading, group) or word.text in TEXT_WORDS
    end = word.span.end if text_on_line else max(phrases, default=word.span.end)
    start = _start(reading, node, word)
    equals = _EQUALS_SIGN.match(reading.text, end) if text_on_line else None
    if node.child_by_field_name("word") is not None:
        head = decode(reading.text[start:end])
        if equals is None:
            message, fix = (
                f"A colon is missing: `{head}:` starts the text.",
                Fix("Insert `:`", (Edit(Span(end, end), ":"),)),
            )
        else:
            message = f"Text stands behind a colon, not behind `=`: write `{head}:`."
            fix = Fix("Write `:`", (Edit(Span(*equals.span()), ":"),))
        reading.report(ProblemKind.MISSING_COLON, Span(start, end), message, fix)
    # What else stands on the line was read as values; without a placeholder, only the lines below are surely text.
    return _section(
        reading,
        node,
        group,
        word,
        end,
        text_from=group.first.end if not text_on_line else end if equals is None else equals.end(),
        with_phrases=not text_on_line,
    )


def _start(reading: Reading, node: Node, word: Name) -> int:
    learn = node.child_by_field_name("learn")
    return word.span.start if learn is None else reading.span(learn).start


def _section(
    reading: Reading,
    node: Node,
    group: Group,
    word: Name,
    head_end: int,
    *,
    text_from: int | None = None,
    with_phrases: bool = True,
) -> Section:
    learn = reading.name(node.child_by_field_name("learn"))
    if learn is not None and node.child_by_field_name("word") is None:
        reading.report(ProblemKind.MISSING_PART, learn.span, "Say what is learned, such as `learn system:`.")
    text = read_text(reading.text, group, head_end if text_from is None else text_from)
    placeholders = () if word.text == "python" else read_placeholders(reading, _placeholder_nodes(node), text)
    loose = () if word.text == "python" else read_loose_braces(reading.text, text, placeholders)
    start = _start(reading, node, word)
    text_span = text.span if text.lines else Span(head_end, head_end)
    return Section(
        learn=learn,
        word=word,
        phrases=read_phrases(reading, node) if with_phrases else (),
        inline=text.inline,
        text=text.text,
        lines=text.lines,
        placeholders=placeholders,
        loose_braces=loose,
        head_span=Span(start, head_end),
        text_span=text_span,
        span=Span(start, max(head_end, text_span.end)),
    )


def _placeholder_nodes(node: Node) -> Iterator[Node]:
    for line in node.children:
        if line.type == "line":
            for piece in line.children:
                if piece.type == "placeholder":
                    yield piece


# --- text that no section asks for


def stray_text_problems(chunk: bytes, group: Group) -> Iterator[Problem]:
    """What to say of text below a line that takes none: one problem for all of it."""
    texts = group.texts
    if not texts:
        return
    first, last = texts[0], texts[-1]
    words = chunk[first.content : first.end].lstrip(b" \t")
    head = _DECLARATION.match(words)
    if head is not None and (said := head[1].decode()) in FORMS:
        message = f"`{said}` starts a declaration, which is not part of another one: move it to column 0, and its lines along."
        yield Problem(ProblemKind.TEXT_WITHOUT_SECTION, Span(first.content, last.end), message)
        return
    if words.startswith(b"#"):
        message = "A comment stands at column 0 or 2: at column 4 or deeper, a line is text."
    else:
        message = "A line at column 4 or deeper is text, and the line above takes none: end that with `:`, or move this to column 2."
    edits = tuple(Edit(Span(line.start, _content_start(chunk, line.start, line.end)), "  ") for line in texts)
    fix = Fix("Move to column 2", edits)
    yield Problem(ProblemKind.TEXT_WITHOUT_SECTION, Span(first.content, last.end), message, fix)


def _content_start(chunk: bytes, start: int, end: int) -> int:
    return end - len(chunk[start:end].lstrip(b" \t"))
