"""`textDocument/formatting`: canonical form; a file with syntax errors is left as it is."""

from lsprotocol import types

from prompts_lang.features.formatting import format_file
from prompts_lang.text import Edit
from prompts_server.findings import changed_bytes
from prompts_server.session import Session
from prompts_server.to_lsp import text_edit


def formatting(session: Session, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """The smallest edit that leads there, so that cursors stay where they are."""
    document = session.workspace.documents.get(params.text_document.uri)
    formatted = None if document is None else format_file(session.workspace.meaning(document).syntax)
    if document is None or formatted is None or formatted == document.content.text:
        return None
    span, count = changed_bytes(document.content.text, formatted)
    replacement = formatted[span.start : span.start + count].decode("utf-8", "replace")
    return [text_edit(document.content, Edit(span, replacement), session.editor.facts.encoding)]
