"""A document as the semantic tokens see it: with the sections that findings call stale."""

from prompts_server.documents import OpenDocument
from prompts_server.findings import State
from prompts_server.semantic_tokens import TokenView
from prompts_server.session import Session


def token_view(session: Session, document: OpenDocument) -> TokenView:
    """The view of a document as it is now."""
    stale: dict[str, set[str]] = {}
    for placed in session.workspace.findings(document):
        if placed.state is State.OUTDATED:
            node, _, section = placed.slot.rpartition("/")
            stale.setdefault(node, set()).add(section)
    sections = {node: frozenset(found) for node, found in stale.items()}
    return TokenView(document, session.workspace.meaning(document), session.editor.facts.encoding, sections)
