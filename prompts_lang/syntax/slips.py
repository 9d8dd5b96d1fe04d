"""What people write here who know other languages, and what to write instead.

A slip is looked for only where the parser made no sense of the words, so that none of this can be wrong about what can be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that was found: one sentence with the way out, and a fix where there is only one."""

    message: str
    fix: Fix | None


@dataclass(frozen=True, slots=True)
class Habit:
    """A habit from another language.

    Attributes:
        shape: what the words look like, from their start on; the fix replaces what it matches.
        message: what to write instead; `{old}` and `{new}` stand for the words and for what replaces them.
        title: what the fix does; empty where there is none.
        text: the words to put in place, as a template of the match.
    """

    shape: re.Pattern[bytes]
    message: str
    title: str = ""
    text: bytes = b""


_COMMENT: Final = Habit(
    re.compile(rb"//+|/\*+|--+(?= )|;+(?=.)"),
    "A comment starts with `#`, not with `{old}`.",
    "Start the comment with `#`",
    b"#",
)
_SINGLE_QUOTES: Final = Habit(
    re.compile(rb"'([^'\"\\]*)'"),
    "A string stands in double quotes: write `{new}`.",
    "Put it in double quotes",
    rb'"\1"',
)
_NO_QUOTES: Final = Habit(
    re.compile(rb"(?=[\w./@:-]*\w)(?=[^ \t]*[/.])([\w./@:-]+)\Z"),
    "A path or an id stands in quotes: write `{new}`.",
    "Put it in quotes",
    rb'"\1"',
)
_BRACKET: Final = Habit(
    re.compile(rb"[ \t]*[{}:;]\Z"),
    "Columns carry the structure, so no line needs a `{old}` at its end: leave it out.",
    "Remove it",
)

IN_HEADS: Final = (
    _COMMENT,
    _SINGLE_QUOTES,
    _NO_QUOTES,
    _BRACKET,
    Habit(re.compile(rb"=>"), "Outputs stand behind `->`, not behind `=>`.", "Write `->`", b"->"),
    Habit(re.compile(rb":"), "Outputs stand behind `->`, each with its name, as in `-> answer: text`."),
    Habit(
        re.compile(rb"-(\w+)"),
        "A name has letters, digits and `_`, and no `-`: write `{new}` here.",
        "Write `_`",
        rb"_\1",
    ),
)
"""In the first line of a declaration."""

IN_PROPERTIES: Final = (
    _COMMENT,
    _SINGLE_QUOTES,
    _NO_QUOTES,
    _BRACKET,
    Habit(
        re.compile(rb"=[ \t]*(?![ \t\"'])"), "A property has no `=`: leave it out, as in `temperature 0`.", "Remove `=`"
    ),
    Habit(re.compile(rb"="), "A property has no `=`: write the value behind the word alone, and text behind a colon."),
    Habit(re.compile(rb"&&"), "Conditions are joined by `and`, not by `&&`.", "Write `and`", b"and"),
    Habit(re.compile(rb"\|\|"), "Conditions are joined by `or`, not by `||`.", "Write `or`", b"or"),
    Habit(re.compile(rb"-\w"), "A name has no `-`: write `_` in its place, or put what is not a name in quotes."),
)
"""In the line of a property."""

IN_PLACE_OF_DECLARATIONS: Final = (
    _COMMENT,
    _BRACKET,
    Habit(re.compile(rb"<{7}|={7}|>{7}"), "This marks a merge conflict: keep one of its sides, and remove the marks."),
)
"""In a line that starts no declaration."""

DECLARATIONS_ELSEWHERE: Final = {
    "import": "use",
    "include": "use",
    "def": "code",
    "function": "code",
    "prompt": "llm",
    "agent": "llm",
    "workflow": "graph",
    "flow": "graph",
    "pipeline": "graph",
    "evaluator": "metric",
}
"""The words that start declarations in other languages, and those that do here."""


def find_slip(habits: Iterable[Habit], text: bytes, place: Span) -> Slip | None:
    """The first of these habits that the words at a place show, or None. `text` is the chunk that they stand in."""
    words = place.of(text)
    for habit in habits:
        if match := habit.shape.match(words):
            at = Span(place.start, place.start + match.end())
            old, new = (part.decode("utf-8", "replace") for part in (match[0], match.expand(habit.text)))
            message = habit.message.format(old=old.strip(), new=new)
            return Slip(message, Fix(habit.title, (Edit(at, new),)) if habit.title else None)
    return None
