"""What a new line starts with while one types: the column that the line above asks for."""

from __future__ import annotations

import re

from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.properties import DECLARATIONS
from prompts_lang.text.span import Edit, Span

_KEYWORDS = "|".join(form.keyword for form in DECLARATIONS if form.keyword not in ("language", "use"))
_HEAD = re.compile(rf"(?:{_KEYWORDS})\b")
_OPEN_SECTION = re.compile(r" {1,3}(?:learn )?[a-z_]+(?: [^:\"]*)?:\s*\Z")


def new_line(meaning: FileMeaning, offset: int) -> Edit | None:
    """The edit that gives a line that was just begun its column; None where it has it."""
    text = meaning.syntax.text
    start = text.rfind(b"\n", 0, offset) + 1
    if start == 0:
        return None
    above = text[text.rfind(b"\n", 0, start - 1) + 1 : start - 1].decode("utf-8", "replace").rstrip("\r")
    end = start
    while text[end : end + 1] in (b" ", b"\t"):
        end += 1
    column = _column(above)
    present = text[start:end]
    return None if present == b" " * column else Edit(Span(start, end), " " * column)


def _column(above: str) -> int:
    """4 below the head of a text and within one, 2 below a declaration and a property, 0 below an empty line."""
    margin = len(above) - len(above.lstrip(" "))
    if not above.strip():
        return 0
    if margin >= 4:
        return margin
    if _OPEN_SECTION.match(above):
        return 4
    return 2 if margin or _HEAD.match(above) else 0
