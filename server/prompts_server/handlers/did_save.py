"""`textDocument/didSave`: accepted, because some editors send it unasked; the text is known from the changes."""

from lsprotocol import types

from prompts_server.session import Session


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """Looks at the document again: a save is when people expect everything to be up to date."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is not None:
        session.outside.outdate()
        session.diagnostics.changed(document)
