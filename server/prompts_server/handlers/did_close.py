"""`textDocument/didClose`: the file on disk is the truth again."""

from lsprotocol import types

from prompts_server.session import Session


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Gives the document back, stops its jobs, and takes back what was shown for it."""
    document = session.workspace.close(params.text_document.uri)
    if document is not None:
        session.jobs.stop_where(lambda key: key.document == document.key)
        session.background.forget(document.key)
        session.diagnostics.closed(document)
        session.tokens.forget(document.key)
        session.shown_lenses.pop(document.key, None)
