"""`textDocument/semanticTokens/full/delta`: what has changed since the last answer."""

from lsprotocol import types

from prompts_server.semantic_tokens import Answer
from prompts_server.session import Session


def semantic_tokens_delta(
    session: Session, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta | None:
    """One edit of the token list, or the whole list when the last answer is not known any more."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    meaning, encoding = session.workspace.meaning(document), session.editor.facts.encoding
    answer = session.tokens.delta(document, params.previous_result_id, meaning, encoding)
    if isinstance(answer, Answer):
        return types.SemanticTokens(data=answer.data, result_id=answer.result_id)
    changed = answer.removed > 0 or len(answer.data) > 0
    edit = types.SemanticTokensEdit(start=answer.start, delete_count=answer.removed, data=answer.data)
    return types.SemanticTokensDelta(edits=[edit] if changed else [], result_id=answer.result_id)
