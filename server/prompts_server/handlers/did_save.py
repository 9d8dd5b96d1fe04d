"""`textDocument/didSave`: the text is known from the changes; a save is when people expect everything to be up to date."""

from lsprotocol import types

from prompts_server.session import Session


def did_save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """Looks at the document again, and optimises in the background where the settings say so."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is not None:
        session.files_changed()
        session.diagnostics.changed(document)
        session.background.saved(document)
