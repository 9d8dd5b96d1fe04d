"""Rewrites as code actions: offered cheaply, worked out when chosen, and never applied to another text than the tested one.

An action carries the slots that it changes and the hashes of their texts. When the editor resolves it, both are looked at again; if a text
has changed meanwhile, the answer is `ContentModified`, which editors drop silently.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lsprotocol import types

from prompts_lang.text import Span
from prompts_server.capabilities import APPLY_REWRITES
from prompts_server.data import as_object, as_text
from prompts_server.documents import OpenDocument
from prompts_server.features_to_lsp import workspace_edit
from prompts_server.finding_text import action_title, all_title, effect
from prompts_server.findings import Placed, Suggestion
from prompts_server.measured_change import MeasuredChange, offered, proven_changes, single_change
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session

_ANNOTATION = "rewrite"


def rewrite_actions(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    """The rewrites that are offered for the findings that a span touches, one for each section.

    Where sections were rewritten and measured together, all of them at once come first and are what is preferred.
    """
    touched = {
        placed.slot: (placed, suggestion)
        for placed, suggestion in reversed(tuple(offered(session.workspace.findings(document))))
        if placed.span is not None and _touches(placed.span, span)
    }
    for change in proven_changes(session.workspace, document):
        if len(change.hashes) > 1 and not change.hashes.keys().isdisjoint(touched):
            action = _apply_all(session, document, change, types.CodeActionKind.QuickFix)
            action.is_preferred = change.is_whole or None
            yield action
    for placed, suggestion in reversed(touched.values()):
        yield _action(session, document, placed, suggestion)


def apply_all_actions(session: Session, document: OpenDocument) -> Iterator[types.CodeAction]:
    """The actions that apply every proven rewrite of a change, where it has two or more."""
    for change in proven_changes(session.workspace, document):
        if len(change.hashes) > 1:
            yield _apply_all(session, document, change, APPLY_REWRITES)


def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit.

    Raises:
        RequestError: A text is no longer the one that the rewrite was made for.
    """
    data = as_object(action.data)
    document = session.workspace.documents.get(as_text(data.get("uri")))
    if document is None:
        raise _modified()
    chosen = next((change for change in _candidates(session, document, data) if change.edits), None)
    if chosen is None:
        raise _modified()
    action.edit = _workspace_edit(session, chosen)
    return action


def _candidates(session: Session, document: OpenDocument, data: Mapping[str, Any]) -> Iterator[MeasuredChange]:
    """The changes that an action may mean: those whose rewrites are for the very texts that it names."""
    if "all" in data:
        hashes = as_object(data["all"])
        yield from (change for change in proven_changes(session.workspace, document) if change.hashes == hashes)
        return
    for placed, suggestion in offered(session.workspace.findings(document)):
        if (placed.finding.id, placed.finding.text_hash) == (data.get("finding"), data.get("hash")):
            yield single_change(session.workspace, document, placed, suggestion)


def _finish(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit already in it, for editors that cannot resolve."""
    return action if session.editor.facts.resolves_code_action_edits else resolve(session, action)


def _action(session: Session, document: OpenDocument, placed: Placed, suggestion: Suggestion) -> types.CodeAction:
    action = types.CodeAction(
        title=action_title(placed.slot, suggestion),
        kind=types.CodeActionKind.QuickFix,
        is_preferred=(suggestion.proven and suggestion.together == 1) or None,
        tags=_tags(session),
        data={"uri": document.uri, "finding": placed.finding.id, "hash": placed.finding.text_hash},
    )
    return _finish(session, action)


def _apply_all(
    session: Session, document: OpenDocument, change: MeasuredChange, kind: types.CodeActionKind | str
) -> types.CodeAction:
    action = types.CodeAction(
        title=all_title(change.suggestion, len(change.hashes), files=len(change.edits)),
        kind=kind,
        tags=_tags(session),
        data={"uri": document.uri, "all": dict(change.hashes)},
    )
    return _finish(session, action)


def _tags(session: Session) -> list[types.CodeActionTag] | None:
    return [types.CodeActionTag.LlmGenerated] if session.editor.facts.shows_code_action_tags else None


def _workspace_edit(session: Session, change: MeasuredChange) -> types.WorkspaceEdit:
    edit = workspace_edit(session, change.edits)
    return _with_confirmation(edit, change) if edit.document_changes and session.editor.facts.confirms_changes else edit


def _with_confirmation(edit: types.WorkspaceEdit, change: MeasuredChange) -> types.WorkspaceEdit:
    """The edits with an annotation that makes the editor show them first: a model wrote this text."""
    annotated = [
        types.TextDocumentEdit(
            one.text_document,
            [
                types.AnnotatedTextEdit(_ANNOTATION, part.range, part.new_text)
                for part in one.edits
                if isinstance(part, types.TextEdit)
            ],
        )
        for one in edit.document_changes or ()
        if isinstance(one, types.TextDocumentEdit)
    ]
    claim = effect(change.suggestion) if change.is_whole else "Measured only together with others"
    annotation = types.ChangeAnnotation(label="Tested rewrite", needs_confirmation=True, description=claim)
    return types.WorkspaceEdit(document_changes=annotated, change_annotations={_ANNOTATION: annotation})


def _touches(span: Span, other: Span) -> bool:
    return span.start <= other.end and other.start <= span.end


def _modified() -> RequestError:
    return RequestError(ErrorCode.CONTENT_MODIFIED, "The text has changed since this rewrite was tested.")


def is_ours(action: types.CodeAction) -> bool:
    """Whether an action that is to be resolved came from here."""
    data = as_object(action.data)
    return "finding" in data or "all" in data
