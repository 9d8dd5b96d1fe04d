"""`textDocument/didChange`: the text of an open document changed."""

import logging

from lsprotocol import types

from prompts_server.session import Session

logger = logging.getLogger(__name__)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """Applies the changes in order. What follows from them is worked out when no more messages wait."""
    encoding = session.editor.facts.encoding
    document = session.workspace.change(params.text_document, params.content_changes, encoding)
    if document is None:
        logger.warning("ignored a change to a document that is not open")
        return
    session.diagnostics.changed(document)
    session.jobs.table.outdate(document.key)
    session.background.changed(document)
