"""`textDocument/codeAction`: tested rewrites for findings, and fixes for what the checks find."""

from lsprotocol import types

from prompts_server.actions import code_actions
from prompts_server.session import Session
from prompts_server.to_lsp import span_of


def code_action(session: Session, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    """The actions of the kinds that the editor asks for."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None or not session.editor.facts.takes_code_action_literals:
        return None
    span = span_of(document.content, params.range, session.editor.facts.encoding)
    return list(code_actions(session, document, span, params.context))
