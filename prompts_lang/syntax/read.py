"""Reads a chunk: its bytes become a declaration and problems.

Invariants: reading is a function of the chunk's bytes and nothing else; it never raises; and of all that is wrong with a line, the most
exact problem is told and no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.condition_slips import find_condition_slip
from prompts_lang.syntax.layout import Layout, Line, LineKind, layout_of
from prompts_lang.syntax.nodes import (
    Comment,
    Declaration,
    Fix,
    Item,
    Name,
    Problem,
    ProblemKind,
    Section,
    UnknownDeclaration,
    decode,
)
from prompts_lang.syntax.read_heads import FORMS, declared_behind, read_head
from prompts_lang.syntax.read_items import read_item, stray_text_problems
from prompts_lang.syntax.reading import Reading
from prompts_lang.syntax.recovery import LONGEST_LINE, ParsedGroup, parse_groups
from prompts_lang.syntax.slips import (
    DECLARATIONS_ELSEWHERE,
    IN_HEADS,
    IN_PLACE_OF_DECLARATIONS,
    IN_PROPERTIES,
    Habit,
    find_slip,
)
from prompts_lang.syntax.words import LEARNED_WORDS, PROPERTY_WORDS, resembles_property
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator


_EXACT: Final = frozenset(
    {
        ProblemKind.UNCLOSED_STRING,
        ProblemKind.UNCLOSED_BRACKET,
        ProblemKind.BAD_STRING,
        ProblemKind.BAD_CONDITION,
        ProblemKind.MISSING_COLON,
        ProblemKind.UNKNOWN_DECLARATION,
        ProblemKind.LINE_TOO_LONG,
    }
)
_ITEM_FORM: Final = "a property reads `word value, value`, and text starts behind a colon"
_ITEM_FORMS: Final = {
    "condition_property": "a condition reads like `not check.ok and check.score >= 3`",
    "each_property": "this line reads `each NAME in LIST`",
    "repeat_property": "this line reads `repeat until CONDITION, at most N`",
}
_WITH_CONDITION: Final = frozenset({"condition_property", "repeat_property"})
_LONGEST_EXCERPT: Final = 40
_LEARNED: Final = re.compile(rb"learn[ \t]+(?:%s)\b" % b"|".join(word.encode() for word in sorted(LEARNED_WORDS)))


@dataclass(frozen=True, slots=True)
class ChunkContent:
    """What a chunk says. `comments` are those of a chunk without a declaration; a declaration holds its own."""

    declaration: Declaration | None
    comments: tuple[Comment, ...]
    problems: tuple[Problem, ...]


def read_chunk(text: bytes) -> ChunkContent:
    """Reads the bytes of one chunk, as `split_chunks` cuts them."""
    layout = layout_of(text)
    head, items = parse_groups(text, layout)
    problems = [*_encoding_problems(text), *_margin_problems(text, layout)]
    declaration = None if head is None else _read_declaration(text, head, problems)
    read_items = _read_items(text, items, problems)
    leading = tuple(_comment(text, line) for line in layout.leading if line.kind is LineKind.COMMENT)
    groups = [parsed for parsed in (head, *items) if parsed is not None]
    comments = tuple(comment for parsed in groups for comment in _comments(text, parsed))
    if declaration is None:
        problems.extend(_orphan_problems(text, layout))
        return ChunkContent(None, leading + comments, _in_order(problems))
    end = max((item.span.end for item in read_items), default=declaration.head_span.end)
    span = declaration.span.cover(Span(end, end))
    declaration = replace(declaration, items=read_items, documentation=leading, comments=comments, span=span)
    return ChunkContent(declaration, (), _in_order(problems))


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.span, problem.kind)))


# --- reading


def _read_declaration(text: bytes, parsed: ParsedGroup, problems: list[Problem]) -> Declaration:
    group = parsed.group
    place = _without_comment(text, parsed)
    reading = Reading(text, parsed.shift)
    declaration = None if parsed.node is None else read_head(reading, parsed.node, place)
    if declaration is None:
        word = Name(decode(place.of(text)), place)
        declaration = UnknownDeclaration(keyword=word, head_span=place, span=place)
    if isinstance(declaration, UnknownDeclaration):
        _report_unknown(reading, declaration.keyword)
    elif parsed.too_long:
        _report_long_line(reading, group.first)
    elif parsed.error is not None:
        keyword = declaration.keyword
        habits = () if parsed.error.start == keyword.span.end else IN_HEADS
        _report_error(reading, parsed.error, f"this line reads `{FORMS[keyword.text]}`", habits)
    problems.extend(_most_telling(reading.problems))
    problems.extend(stray_text_problems(text, group))
    return declaration


def _read_items(text: bytes, parsed_groups: list[ParsedGroup], problems: list[Problem]) -> tuple[Item, ...]:
    items: list[Item] = []
    text_may_follow = text_is_missing = False
    too_far_left: list[Line] = []
    for parsed in parsed_groups:
        reading = Reading(text, parsed.shift)
        item = None if parsed.node is None else read_item(reading, parsed.node, parsed.group)
        if text_is_missing and not parsed.too_long and _is_meant_as_text(text, parsed, item):
            too_far_left.append(parsed.group.first)
            continue
        text_is_missing = isinstance(item, Section) and not item.text
        if parsed.too_long:
            _report_long_line(reading, parsed.group.first)
        elif item is None or parsed.error is not None:
            form = _ITEM_FORM if parsed.node is None else _ITEM_FORMS.get(parsed.node.type, _ITEM_FORM)
            whole = _without_comment(text, parsed)
            is_condition = parsed.node is not None and parsed.node.type in _WITH_CONDITION
            if is_condition and (found := find_condition_slip(text, whole)) is not None:
                place, slip = found
                reading.report(ProblemKind.SLIP, place, slip.message, slip.fix)
            else:
                _report_error(reading, parsed.error or whole, form, IN_PROPERTIES)
        if len(parsed.group.first.margin) != 2 and b"\t" not in parsed.group.first.margin.of(text):
            problems.append(_indentation_problem(parsed.group.first, text_may_follow=text_may_follow))
            if text_may_follow:
                continue  # Most likely a line of the text above, and not a property with strange values.
        else:
            problems.extend(_most_telling(reading.problems))
        if item is not None:
            items.append(item)
            if not isinstance(item, Section):
                problems.extend(stray_text_problems(text, parsed.group))
            text_may_follow = isinstance(item, Section)
    if too_far_left:
        problems.append(_too_far_left(too_far_left))
    return tuple(items)


def _is_meant_as_text(text: bytes, parsed: ParsedGroup, item: Item | None) -> bool:
    """Whether a line at column 2 below a section without text was meant as its text."""
    line = parsed.group.first
    if len(line.margin) != 2:
        return False
    if text.startswith(b"{{", line.content, line.end):
        return True
    return item is None or not resembles_property(item.word.text)


def _report_error(reading: Reading, place: Span, form: str, habits: tuple[Habit, ...]) -> None:
    if slip := find_slip(habits, reading.text, place):
        reading.report(ProblemKind.SLIP, place, slip.message, slip.fix)
        return
    words = decode(place.of(reading.text)).strip()
    said = f"{_quoted(words)} is not understood here" if words else "Something is missing at the end of this line"
    reading.report(ProblemKind.UNEXPECTED, place, f"{said}: {form}.")


def _report_long_line(reading: Reading, line: Line) -> None:
    message = (
        f"This line has {line.end - line.start:,} bytes, and at most {LONGEST_LINE:,} are read: put text below a colon, "
        "and rows into a file of their own."
    )
    reading.report(ProblemKind.LINE_TOO_LONG, line.content_span, message)


def _most_telling(problems: list[Problem]) -> list[Problem]:
    """What to tell of all that is wrong with a group: the exact problems if there are any, else slips, else the first that was found."""
    exact = [problem for problem in problems if problem.kind in _EXACT]
    unexpected = [problem for problem in problems if problem.kind is ProblemKind.UNEXPECTED]
    slips = [problem for problem in problems if problem.kind is ProblemKind.SLIP]
    return exact or slips or unexpected or problems[:1]


def _report_unknown(reading: Reading, keyword: Name) -> None:
    if slip := find_slip(IN_PLACE_OF_DECLARATIONS, reading.text, keyword.span):
        reading.report(ProblemKind.UNKNOWN_DECLARATION, keyword.span, slip.message, slip.fix)
        return
    if (declared := declared_behind(reading, keyword)) is not None:
        _report_word_before(reading, keyword, declared)
        return
    learned = _LEARNED.match(reading.text, keyword.span.start)
    if keyword.text in PROPERTY_WORDS or learned:
        head = keyword.text if learned is None else decode(learned[0])
        message = f"`{head}` starts a property or a section: move it to column 2, below its declaration."
        fix = Fix("Move to column 2", (Edit(Span(keyword.span.start, keyword.span.start), "  "),))
        reading.report(ProblemKind.UNKNOWN_DECLARATION, keyword.span, message, fix)
        return
    if keyword.text == "learn":
        message = (
            "`learn` starts no declaration: it stands before a section of a node, as in `learn system:`, at column 2."
        )
        reading.report(ProblemKind.UNKNOWN_DECLARATION, keyword.span, message)
        return
    elsewhere = DECLARATIONS_ELSEWHERE.get(keyword.text)
    close = [elsewhere] if elsewhere else get_close_matches(keyword.text.lower(), FORMS, n=1, cutoff=0.6)
    said = _quoted(keyword.text)
    if close:
        fix = Fix(f"Change to `{close[0]}`", (Edit(keyword.span, close[0]),))
        reading.report(
            ProblemKind.UNKNOWN_DECLARATION,
            keyword.span,
            f"{said} starts no declaration: did you mean `{close[0]}`?",
            fix,
        )
    else:
        way_out = "write one such as `llm` or `graph`, or move text to column 4"
        reading.report(ProblemKind.UNKNOWN_DECLARATION, keyword.span, f"{said} starts no declaration: {way_out}.")


def _report_word_before(reading: Reading, keyword: Name, declared: str) -> None:
    if keyword.text == "learn":
        message = (
            f"`learn` stands before a section, as in `learn system:`, and not before `{declared}`: leave it out here."
        )
    elif keyword.text in PROPERTY_WORDS:
        message = f"`{keyword.text}` stands below the declaration, at column 2, and not before `{declared}`."
    else:
        message = f"{_quoted(keyword.text)} means nothing before `{declared}`: leave it out."
    end = reading.text.index(declared.encode(), keyword.span.end)
    fix = Fix(f"Remove {_quoted(keyword.text)}", (Edit(Span(keyword.span.start, end), ""),))
    reading.report(ProblemKind.UNKNOWN_DECLARATION, keyword.span, message, fix)


def _quoted(words: str) -> str:
    return f"`{words}`" if len(words) <= _LONGEST_EXCERPT else f"`{words[: _LONGEST_EXCERPT - 1]}…`"


# --- comments


def _comment(text: bytes, line: Line) -> Comment:
    return _comment_at(text, Span(line.content, line.end))


def _comment_at(text: bytes, place: Span) -> Comment:
    return Comment(decode(place.of(text)).lstrip("#").strip(), place)


def _comments(text: bytes, parsed: ParsedGroup) -> Iterator[Comment]:
    if parsed.trailing_comment is not None:
        yield _comment_at(text, parsed.trailing_comment)
    for line in parsed.group.lines[1:]:
        if line.kind is LineKind.COMMENT:
            yield _comment(text, line)


def _without_comment(text: bytes, parsed: ParsedGroup) -> Span:
    """The first line of a group, without its margin, its comment and the space around them."""
    first = parsed.group.first
    end = first.end if parsed.trailing_comment is None else parsed.trailing_comment.start
    return Span(first.content, first.content + len(text[first.content : end].rstrip(b" \t")))


# --- problems of lines and bytes


def _encoding_problems(text: bytes) -> Iterator[Problem]:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        message = "These bytes are not UTF-8: save the file in that encoding."
        yield Problem(ProblemKind.NOT_UTF8, Span(error.start, error.end), message)


def _margin_problems(text: bytes, layout: Layout) -> Iterator[Problem]:
    groups = (layout.head, *layout.items)
    lines = [*layout.leading, *(line for group in groups if group is not None for line in group.lines)]
    tabbed = [line for line in lines if line.kind in {LineKind.ITEM, LineKind.TEXT} and b"\t" in line.margin.of(text)]
    if tabbed:
        edits = tuple(Edit(line.margin, "    " if line.kind is LineKind.TEXT else "  ") for line in tabbed)
        message = "Tabs have no fixed width, and columns carry meaning here: indent with two spaces for a property, four for text."
        yield Problem(ProblemKind.TAB_IN_MARGIN, tabbed[0].margin, message, Fix("Replace the tabs in margins", edits))


def _indentation_problem(line: Line, *, text_may_follow: bool) -> Problem:
    column = len(line.margin)
    goal = 4 if text_may_follow else 2
    message = f"This line stands at column {column}: a property stands at column 2, and text at column 4 or deeper."
    return Problem(
        ProblemKind.BAD_INDENTATION,
        line.margin,
        message,
        Fix(f"Move to column {goal}", (Edit(line.margin, " " * goal),)),
    )


def _too_far_left(lines: list[Line]) -> Problem:
    message = "Text stands at column 4 or deeper: move it there, since at column 2 this reads as a property."
    edits = tuple(Edit(line.margin, "    ") for line in lines)
    return Problem(ProblemKind.BAD_INDENTATION, lines[0].content_span, message, Fix("Move the text to column 4", edits))


def _orphan_problems(text: bytes, layout: Layout) -> Iterator[Problem]:
    lines = [*(line for line in layout.leading if line.kind is LineKind.TEXT), *(group.first for group in layout.items)]
    if lines:
        first = lines[0]
        place = Span(first.content, first.content + len(text[first.content : first.end].rstrip(b" \t")))
        message = "No declaration stands above this line: start one at column 0, such as `llm` or `graph`."
        yield Problem(ProblemKind.ITEM_WITHOUT_DECLARATION, place, message)
