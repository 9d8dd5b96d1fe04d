"""`textDocument/documentHighlight`: the places of a name in its own file."""

from lsprotocol import types

from prompts_lang.features.navigation import highlights
from prompts_server.asked import place_of
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def document_highlight(session: Session, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """Definitions are writes, everything else is a read."""
    asked = place_of(session, params)
    if asked is None:
        return []
    document, offset = asked
    kinds = {True: types.DocumentHighlightKind.Write, False: types.DocumentHighlightKind.Read}
    encoding = session.editor.facts.encoding
    return [
        types.DocumentHighlight(range_of(document.content, place.span, encoding), kinds[place.writes])
        for place in highlights(session.workspace.project, document.path, offset)
    ]
