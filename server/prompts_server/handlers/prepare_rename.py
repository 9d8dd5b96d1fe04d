"""`textDocument/prepareRename`: whether there is a name here that can be renamed, and which."""

from lsprotocol import types

from prompts_lang.features.rename import prepare_rename as feature
from prompts_server.asked import place_of
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def prepare_rename(session: Session, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    """The name's place and its present text."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    found = feature(session.workspace.project, document.path, offset)
    if found is None:
        return None
    place = range_of(document.content, found.span, session.editor.facts.encoding)
    return types.PrepareRenamePlaceholder(range=place, placeholder=found.name)
