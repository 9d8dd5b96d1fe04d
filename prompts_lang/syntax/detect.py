"""Tells prompt graphs from the other files that are called `.prompt`.

Other tools use that name for front matter and a template, for tags, or for plain prose. Such files are left alone. A file that holds
nothing yet, or comments alone, is taken for one of ours, since someone is about to write it.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import UnknownDeclaration

if TYPE_CHECKING:
    from prompts_lang.syntax.file import SyntaxFile

_FOREIGN_STARTS: Final = (b"---", b"<", b"{{")
"""What files of other tools start with: front matter, tags, and Handlebars."""

_FORM: Final = re.compile(
    rb"""(?:model|corpus|dataset)[ \t]+\w+[ \t]*(?:=|from)[ \t]*["'] | (?:graph|llm|code|retrieve)[ \t]+\w+[ \t]*\([^)]*\)[ \t]*->""",
    re.IGNORECASE | re.VERBOSE,
)
"""How the first lines of our declarations go on, however they are written otherwise."""


def is_prompt_graph(file: SyntaxFile) -> bool:
    """Whether the file is meant as a prompt graph.

    It is when it does not start as another tool's file, and either has a declaration of ours that is read without a mistake or goes on as
    ours do, or has no line at column 0 but such as start with our words. (Prose has lines that start with `use` or `code`, too.)
    """
    chunks = (chunk for chunk in file.chunks if chunk.declaration is not None)
    first = next(chunks, None)
    if first is None or first.declaration is None:
        return all(not chunk.problems for chunk in file.chunks)
    if first.declaration.head_span.of(first.text).startswith(_FOREIGN_STARTS):
        return False
    only_ours = True
    for chunk in chain((first,), chunks):
        if chunk.declaration is not None and _FORM.match(chunk.declaration.head_span.of(chunk.text)):
            return True
        if isinstance(chunk.declaration, UnknownDeclaration):
            only_ours = False
        elif not chunk.problems:
            return True
    return only_ours
