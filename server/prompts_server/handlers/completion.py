"""`textDocument/completion`: what can be typed next."""

from lsprotocol import types

from prompts_lang.features.completion import CompletionKind, completions
from prompts_server.asked import place_of
from prompts_server.features_to_lsp import completion_item
from prompts_server.session import Session


def completion(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    """The offers at a place, best first."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    offers = completions(session.workspace.project, document.path, offset)
    facts = session.editor.facts
    items = [completion_item(document.content, offer, number, facts) for number, offer in enumerate(offers)]
    # There are thousands of models, so that what is typed decides which of them are offered.
    narrows = any(offer.kind is CompletionKind.MODEL for offer in offers)
    return types.CompletionList(is_incomplete=narrows, items=items)
