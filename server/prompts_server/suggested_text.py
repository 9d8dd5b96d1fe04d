"""A document as it would be with a rewrite, whether the rewrite is still fresh or not worked out on this text any more."""

from prompts_lang.graph.slots import apply_edits
from prompts_server.rewrites import edits_of, offered, proven_rewrites
from prompts_server.session import Session
from prompts_server.text_content import Suggestion


def suggested_text(session: Session, asked: Suggestion) -> str | None:
    """The text; None where the document is not open, or no such rewrite is offered for its text."""
    document = session.workspace.documents.get(asked.uri)
    if document is None:
        return None
    if asked.finding is None:
        chosen = list(proven_rewrites(session, document).values())
    else:
        chosen = [one for one in offered(session.workspace.findings(document)) if one.finding.id == asked.finding]
    if not chosen:
        return None
    return apply_edits(document.text, edits_of(session, document, chosen)).decode("utf-8", "replace")
