"""What people write in conditions who know other languages, anywhere in the line, and what to write instead.

As with other slips, nothing is looked for but where the parser made no sense of the line.
"""

from __future__ import annotations

import re
from typing import Final

from prompts_lang.syntax.nodes import Fix
from prompts_lang.syntax.slips import Habit, Slip
from prompts_lang.text.span import Edit, Span

_CODE: Final = "let a `code` node find that out, and ask for its boolean"

IN_CONDITIONS: Final = (
    Habit(
        re.compile(rb"\bis[ \t]+not[ \t]+(?:none|null|nil|undefined)\b|\bisn'?t[ \t]+empty\b", re.IGNORECASE),
        "Whether a value is there is asked as `is not empty`.",
        "Write `is not empty`",
        b"is not empty",
    ),
    Habit(
        re.compile(rb"\bis[ \t]+(?:none|null|nil|undefined|blank|emtpy|emty|empy)\b", re.IGNORECASE),
        "Whether a value is absent is asked as `is empty`.",
        "Write `is empty`",
        b"is empty",
    ),
    Habit(
        re.compile(rb"\bis[ \t]+(?:not[ \t]+)?(?:true|false)\b", re.IGNORECASE),
        "A name alone asks whether it is true, and `not` before it whether it is not: leave `{old}` out.",
    ),
    Habit(
        re.compile(rb"\bis[ \t]+(?!not\b|empty\b)(?:\w|\"|-)|\bis[ \t]+not[ \t]+(?!empty\b)(?:\w|\"|-)|\bisn'?t\b"),
        "`is` goes with `empty` and `not empty` alone: values are compared with `==` and `!=`.",
    ),
    Habit(re.compile(rb"!(?!=)[ \t]*"), "Conditions are turned round by `not`, not by `!`.", "Write `not`", b"not "),
    Habit(re.compile(rb"\b(?!(?:not|and|or)\()\w+\("), f"A condition calls nothing: {_CODE}."),
    Habit(
        re.compile(rb"(?:not[ \t]+)?\b(?:in|contains|startswith|endswith|matches|like)\b(?=[ \t]*[\"\[\w])"),
        f"`{{old}}` is no comparison here, where there are `==` `!=` `<` `<=` `>` `>=` and `is empty`: {_CODE}.",
    ),
    Habit(
        re.compile(rb"(?<=[ (])(?:\"_*\"|-?\d[\d.]*|true|false)[ \t]*(?:[=!]=|[<>]=?)"),
        'The name stands on the left of a comparison, as in `answer == "yes"`.',
    ),
)
"""In the line of a condition, its texts in quotes emptied."""

_QUOTED: Final = re.compile(rb'"(?:[^"\\\n]|\\.)*"')


def find_condition_slip(text: bytes, line: Span) -> tuple[Span, Slip] | None:
    """The first habit that the line of a condition shows, and where. What stands in quotes is no part of it."""
    bare = _QUOTED.sub(lambda quoted: b'"' + b"_" * (len(quoted[0]) - 2) + b'"', line.of(text))
    for habit in IN_CONDITIONS:
        if match := habit.shape.search(bare):
            place = Span(line.start + match.start(), line.start + match.end())
            message = habit.message.format(old=match[0].decode("utf-8", "replace").strip())
            fix = Fix(habit.title, (Edit(place, habit.text.decode()),)) if habit.title else None
            return place, Slip(message, fix)
    return None
