"""Rewrites as code actions: offered cheaply, worked out when chosen, and never applied to another text than the tested one.

An action carries the id of its finding and the hash of the section's text. When the editor resolves it, both are looked
at again; if the text has changed meanwhile, the answer is `ContentModified`, which editors drop silently.
"""

from collections.abc import Iterator, Sequence

from lsprotocol import types

from prompts_lang.graph.model import SlotId
from prompts_lang.graph.slots import slot_places
from prompts_lang.text import Edit, Span
from prompts_server.capabilities import APPLY_REWRITES
from prompts_server.data import as_object, as_text
from prompts_server.documents import OpenDocument
from prompts_server.finding_text import action_title, all_title, effect
from prompts_server.findings import Placed, State
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session
from prompts_server.to_lsp import text_edit

_ANNOTATION = "rewrite"


def rewrite_actions(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    """The rewrites that are offered for the findings that a span touches, one for each section."""
    slots: set[str] = set()
    for placed in offered(session.workspace.findings(document)):
        if placed.span is not None and _touches(placed.span, span) and placed.slot not in slots:
            slots.add(placed.slot)
            yield _action(session, document, placed)


def apply_all_action(session: Session, document: OpenDocument) -> types.CodeAction | None:
    """The action that applies every proven rewrite of a document; None when there are fewer than two."""
    proven = _proven(session, document)
    if len(proven) < 2:
        return None
    action = types.CodeAction(
        title=all_title([one.finding.suggestion for one in proven.values() if one.finding.suggestion is not None]),
        kind=APPLY_REWRITES,
        data={"uri": document.uri, "all": {slot: one.finding.text_hash for slot, one in proven.items()}},
    )
    return _finish(session, action)


def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit.

    Raises:
        RequestError: The text is no longer the one that the rewrite was made for.
    """
    data = as_object(action.data)
    document = session.workspace.documents.get(as_text(data.get("uri")))
    if document is None:
        raise _modified()
    if "all" in data:
        hashes, proven = as_object(data["all"]), _proven(session, document)
        chosen = [one for slot, one in proven.items() if hashes.get(slot) == one.finding.text_hash]
        wanted = len(hashes)
    else:
        name = (data.get("finding"), data.get("hash"))
        findings = offered(session.workspace.findings(document))
        chosen = [one for one in findings if (one.finding.id, one.finding.text_hash) == name]
        wanted = 1
    if len(chosen) != wanted:
        raise _modified()
    action.edit = _workspace_edit(session, document, chosen)
    return action


def offered(findings: Sequence[Placed]) -> Iterator[Placed]:
    """The findings whose rewrite may be applied: it was made for exactly the text that stands there."""
    return (one for one in findings if one.state is State.FRESH and one.finding.suggestion is not None)


def _finish(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit already in it, for editors that cannot resolve."""
    return action if session.editor.facts.resolves_code_action_edits else resolve(session, action)


def _action(session: Session, document: OpenDocument, placed: Placed) -> types.CodeAction:
    suggestion = placed.finding.suggestion
    if suggestion is None:
        raise LookupError("only findings with a rewrite are offered")
    facts = session.editor.facts
    action = types.CodeAction(
        title=action_title(placed.slot, suggestion),
        kind=types.CodeActionKind.QuickFix,
        is_preferred=suggestion.proven or None,
        tags=[types.CodeActionTag.LlmGenerated] if facts.shows_code_action_tags else None,
        diagnostics=None,
        data={"uri": document.uri, "finding": placed.finding.id, "hash": placed.finding.text_hash},
    )
    return _finish(session, action)


def _workspace_edit(session: Session, document: OpenDocument, chosen: Sequence[Placed]) -> types.WorkspaceEdit:
    facts = session.editor.facts
    places = slot_places(session.workspace.meaning(document))
    edits: list[Edit] = []
    for one in chosen:
        suggestion, place = one.finding.suggestion, places.get(SlotId.parse(one.slot))
        if suggestion is None or place is None:
            raise _modified()
        edits.append(place.edit(suggestion.text))
    changes = [text_edit(document.content, edit, facts.encoding) for edit in sorted(edits, key=lambda edit: edit.span)]
    if not facts.takes_document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    if not facts.confirms_changes:
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, list(changes))])
    return _with_confirmation(identifier, changes, chosen)


def _with_confirmation(
    identifier: types.OptionalVersionedTextDocumentIdentifier,
    changes: Sequence[types.TextEdit],
    chosen: Sequence[Placed],
) -> types.WorkspaceEdit:
    """The edits with an annotation that makes the editor show them first: a model wrote this text."""
    annotated = [types.AnnotatedTextEdit(_ANNOTATION, change.range, change.new_text) for change in changes]
    suggestion = chosen[0].finding.suggestion
    annotation = types.ChangeAnnotation(
        label="Tested rewrite",
        needs_confirmation=True,
        description=None if suggestion is None else effect(suggestion),
    )
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(identifier, list(annotated))],
        change_annotations={_ANNOTATION: annotation},
    )


def _proven(session: Session, document: OpenDocument) -> dict[str, Placed]:
    findings = offered(session.workspace.findings(document))
    return {one.slot: one for one in findings if one.finding.suggestion is not None and one.finding.suggestion.proven}


def _touches(span: Span, other: Span) -> bool:
    return span.start <= other.end and other.start <= span.end


def _modified() -> RequestError:
    return RequestError(ErrorCode.CONTENT_MODIFIED, "The text has changed since this rewrite was tested.")


def is_ours(action: types.CodeAction) -> bool:
    """Whether an action that is to be resolved came from here."""
    data = as_object(action.data)
    return "finding" in data or "all" in data
