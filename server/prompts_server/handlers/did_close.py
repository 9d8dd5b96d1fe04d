"""`textDocument/didClose`: the file on disk is the truth again."""

from lsprotocol import types

from prompts_server.session import Session


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Gives the document back."""
    session.documents.close(params.text_document.uri)
