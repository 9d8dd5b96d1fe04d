"""What a new line starts with while one types: the column that the line above asks for."""

from __future__ import annotations

import re

from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.properties import DECLARATIONS
from prompts_lang.text.span import Edit, Span

_WITH_PROPERTIES = "|".join(form.keyword for form in DECLARATIONS if "\n" in form.snippet)
"""The declarations that are seldom written without properties: their snippets have some."""
_HEAD = re.compile(rf"(?:{_WITH_PROPERTIES})[ \t]|metric[ \t].*judged[ \t]+by")
_OPEN_SECTION = re.compile(r" {1,3}(?:learn )?[a-z_]+(?: [^:\"]*)?:\s*\Z")
_TEXT_COLUMN = 4


def new_line(meaning: FileMeaning, offset: int) -> Edit | None:
    """The edit that gives a line that was just begun its column; None where the editor's choice can stay."""
    text = meaning.syntax.text
    start = text.rfind(b"\n", 0, offset) + 1
    if start == 0:
        return None
    above = text[text.rfind(b"\n", 0, start - 1) + 1 : start - 1].decode("utf-8", "replace").rstrip("\r")
    end = start
    while text[end : end + 1] in (b" ", b"\t"):
        end += 1
    present = text[start:end]
    column = _column(above, len(present))
    return None if present == b" " * column else Edit(Span(start, end), " " * column)


def _column(above: str, chosen: int) -> int:
    """The column that a line belongs in below another, where an editor chose one.

    2 below a declaration that usually has properties and below a property, 4 below the head of a text. Within a text and below an empty
    line the editor may have gone on with the text, as deep as it likes: it knows the brackets and the language of what is written there.
    """
    margin = len(above) - len(above.lstrip(" "))
    if not above.strip():
        return chosen if chosen >= _TEXT_COLUMN else 0
    if margin >= _TEXT_COLUMN:
        return chosen if chosen >= _TEXT_COLUMN else margin
    if _OPEN_SECTION.match(above):
        return _TEXT_COLUMN
    if margin or _HEAD.match(above):
        return 2
    return chosen
