"""Code lenses as code actions, for editors that show no lenses: Helix, Kate, and Emacs up to 30.

They are offered on the line that the lens would stand above. Choosing one is the click that a run needs.
"""

from collections.abc import Iterator

from lsprotocol import types

from prompts_lang.text import Span
from prompts_server.capabilities import LENS_ACTION
from prompts_server.documents import OpenDocument
from prompts_server.lenses import code_lenses
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def lens_actions(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    """What the lenses above the lines of a span offer, with the name of the graph; nothing where the editor shows lenses."""
    if session.editor.facts.shows_code_lenses:
        return
    lines = range_of(document.content, span, session.editor.facts.encoding)
    for lens in code_lenses(session, document):
        command = lens.command
        if command is not None and lines.start.line <= lens.range.start.line <= lines.end.line:
            graph = command.arguments[0]["graph"] if command.arguments else ""
            yield types.CodeAction(title=f"{command.title} ({graph})", kind=LENS_ACTION, command=command)
