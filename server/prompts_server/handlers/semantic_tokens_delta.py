"""`textDocument/semanticTokens/full/delta`: what has changed since the last answer."""

from lsprotocol import types

from prompts_server.semantic_tokens import Answer
from prompts_server.session import Session
from prompts_server.token_view import token_view


def semantic_tokens_delta(
    session: Session, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta | None:
    """One edit of the token list, or the whole list when the last answer is not known any more."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    answer = session.tokens.delta(token_view(session, document), params.previous_result_id)
    if isinstance(answer, Answer):
        return types.SemanticTokens(data=answer.data, result_id=answer.result_id)
    changed = answer.removed > 0 or len(answer.data) > 0
    edit = types.SemanticTokensEdit(start=answer.start, delete_count=answer.removed, data=answer.data)
    return types.SemanticTokensDelta(edits=[edit] if changed else [], result_id=answer.result_id)
