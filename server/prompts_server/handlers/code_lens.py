"""`textDocument/codeLens`: Run, Evaluate, Optimize, Stop and the last score."""

from lsprotocol import types

from prompts_server.lenses import code_lenses
from prompts_server.session import Session


def code_lens(session: Session, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    """The lenses of a document, with their commands: there is nothing left to resolve."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None or not session.settings.code_lens:
        return None
    return list(code_lenses(session, document))
