"""A document as it would be with a rewrite, whether the rewrite is still fresh or not worked out on this text any more."""

from collections.abc import Iterator

from prompts_lang.graph.slots import apply_edits
from prompts_server.documents import OpenDocument
from prompts_server.measured_change import MeasuredChange, offered, proven_changes, single_change
from prompts_server.session import Session
from prompts_server.text_content import Suggestion


def suggested_text(session: Session, asked: Suggestion) -> str | None:
    """The text; None where the document is not open, or no such rewrite is offered for its text."""
    document = session.workspace.documents.get(asked.uri)
    if document is None:
        return None
    edits = [edit for change in _asked(session, document, asked) for edit in change.edits.get(document.path, ())]
    if not edits:
        return None
    edits.sort(key=lambda edit: edit.span)
    return apply_edits(document.text, edits).decode("utf-8", "replace")


def _asked(session: Session, document: OpenDocument, asked: Suggestion) -> Iterator[MeasuredChange]:
    """Every proven change, or the one rewrite that is asked for."""
    if asked.finding is None:
        yield from proven_changes(session.workspace, document)
        return
    for placed, suggestion in offered(session.workspace.findings(document)):
        if placed.finding.id == asked.finding:
            yield single_change(session.workspace, document, placed, suggestion)
