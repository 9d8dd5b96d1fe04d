"""`textDocument/didOpen`: the editor owns a document from now on."""

from lsprotocol import types

from prompts_server.session import Session


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """Takes the document over from the disk, and brings back what earlier optimisations found in it."""
    document = session.workspace.open(params.text_document)
    session.diagnostics.changed(document)
    session.recall(document)
