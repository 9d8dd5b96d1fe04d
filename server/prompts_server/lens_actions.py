"""Code lenses as code actions, for editors that show no lenses: Helix, Kate, and Emacs up to 30.

They are offered on the line that the lens would stand above. Choosing one is the click that a run needs.
"""

from collections.abc import Iterator

from lsprotocol import types

from prompts_lang.text import Span
from prompts_server.capabilities import LENS_ACTION
from prompts_server.documents import OpenDocument
from prompts_server.lenses import offers
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def lens_actions(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    """What the lenses above the lines of a span offer, with the name of the graph; nothing where the editor shows lenses."""
    if session.editor.facts.shows_code_lenses:
        return
    lines = range_of(document.content, span, session.editor.facts.encoding)
    for offer in offers(session, document):
        if lines.start.line <= offer.place.start.line <= lines.end.line:
            title = f"{offer.command.title} ({offer.graph})"
            yield types.CodeAction(title=title, kind=LENS_ACTION, command=offer.command)
