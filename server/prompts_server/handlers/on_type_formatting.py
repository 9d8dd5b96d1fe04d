"""`textDocument/onTypeFormatting`: the column of a line that was just begun."""

from lsprotocol import types

from prompts_lang.features.indentation import new_line
from prompts_server.asked import place_of
from prompts_server.session import Session
from prompts_server.to_lsp import text_edit


def on_type_formatting(session: Session, params: types.DocumentOnTypeFormattingParams) -> list[types.TextEdit] | None:
    """At most one edit, of the spaces at the start of the line."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    edit = new_line(session.workspace.meaning(document), offset)
    return None if edit is None else [text_edit(document.content, edit, session.editor.facts.encoding)]
