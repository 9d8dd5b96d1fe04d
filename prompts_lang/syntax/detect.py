"""Tells prompt graphs from the other files that are called `.prompt`.

Other tools use that name for front matter and a template, for tags, or for plain prose. Such files are left alone. A file that holds
nothing yet, or comments alone, is taken for one of ours, since someone is about to write it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import UnknownDeclaration

if TYPE_CHECKING:
    from prompts_lang.syntax.file import SyntaxFile

_FOREIGN_STARTS: Final = (b"---", b"<", b"{{")
"""What files of other tools start with: front matter, tags, and Handlebars."""


def is_prompt_graph(file: SyntaxFile) -> bool:
    """Whether the file is meant as a prompt graph.

    It is when it does not start as another tool's file, and either has a declaration of ours without a mistake, or has no line at column
    0 but such as start with our words. (Prose has lines that start with `use` or `code` too, but hardly any that go on as ours do.)
    """
    chunks = (chunk for chunk in file.chunks if chunk.declaration is not None)
    first = next(chunks, None)
    if first is None or first.declaration is None:
        return all(not chunk.problems for chunk in file.chunks)
    if first.declaration.head_span.of(first.text).startswith(_FOREIGN_STARTS):
        return False
    only_ours = True
    for chunk in chain((first,), chunks):
        if isinstance(chunk.declaration, UnknownDeclaration):
            only_ours = False
        elif not chunk.problems:
            return True
    return only_ours
