"""`textDocument/semanticTokens/full`: all tokens of a document."""

from lsprotocol import types

from prompts_server.session import Session


def semantic_tokens_full(session: Session, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
    """The tokens, with an id for later deltas."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    meaning, encoding = session.workspace.meaning(document), session.editor.facts.encoding
    answer = session.tokens.full(document, meaning, encoding)
    return types.SemanticTokens(data=answer.data, result_id=answer.result_id)
