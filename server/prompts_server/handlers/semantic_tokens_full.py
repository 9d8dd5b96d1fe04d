"""`textDocument/semanticTokens/full`: all tokens of a document."""

from lsprotocol import types

from prompts_server.session import Session
from prompts_server.token_view import token_view


def semantic_tokens_full(session: Session, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
    """The tokens, with an id for later deltas."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    answer = session.tokens.full(token_view(session, document))
    return types.SemanticTokens(data=answer.data, result_id=answer.result_id)
