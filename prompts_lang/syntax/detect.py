"""Tells prompt graphs from the other files that are called `.prompt`.

Other tools use that name for front matter and a template, for tags, or for plain prose. Such files are left alone. A file that holds
nothing yet, or comments alone, is taken for one of ours, since someone is about to write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import UnknownDeclaration

if TYPE_CHECKING:
    from prompts_lang.syntax.file import SyntaxFile

_FOREIGN_STARTS: Final = (b"---", b"<", b"{{")
"""What files of other tools start with: front matter, tags, and Handlebars."""


def is_prompt_graph(file: SyntaxFile) -> bool:
    """Whether the file is meant as a prompt graph: it has a declaration of ours, and does not start as another tool's file."""
    declarations = [declaration for _, declaration in file.declarations()]
    if not declarations:
        return all(not chunk.problems for chunk in file.chunks)
    if declarations[0].keyword.text.encode("utf-8", "surrogateescape").startswith(_FOREIGN_STARTS):
        return False
    return any(not isinstance(declaration, UnknownDeclaration) for declaration in declarations)
