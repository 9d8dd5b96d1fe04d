"""`textDocument/semanticTokens/range`: the tokens that are on the screen."""

from lsprotocol import types

from prompts_server.session import Session
from prompts_server.token_view import token_view


def semantic_tokens_range(session: Session, params: types.SemanticTokensRangeParams) -> types.SemanticTokens | None:
    """The tokens on the lines of a range."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    first, last = params.range.start.line, params.range.end.line
    return types.SemanticTokens(data=session.tokens.within(token_view(session, document), first, last))
