"""Rewrites as code actions: offered cheaply, worked out when chosen, and never applied to another text than the tested one.

An action carries the id of its finding and the hash of the section's text. When the editor resolves it, both are looked
at again; if the text has changed meanwhile, the answer is `ContentModified`, which editors drop silently.
"""

from collections.abc import Iterator, Mapping, Sequence

from lsprotocol import types

from prompts_lang.graph.model import SlotId
from prompts_lang.graph.slots import slot_places
from prompts_lang.text import Edit, Span
from prompts_server.capabilities import APPLY_REWRITES
from prompts_server.data import as_object, as_text
from prompts_server.documents import OpenDocument
from prompts_server.finding_text import action_title, all_title, effect, is_whole
from prompts_server.findings import Placed, State, Suggestion
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session
from prompts_server.to_lsp import text_edit

_ANNOTATION = "rewrite"


def rewrite_actions(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    """The rewrites that are offered for the findings that a span touches, one for each section.

    Where sections were rewritten and measured together, all of them at once come first and are what is preferred.
    """
    touched = {
        placed.slot: placed
        for placed in reversed(tuple(offered(session.workspace.findings(document))))
        if placed.span is not None and _touches(placed.span, span)
    }
    proven = proven_rewrites(session, document)
    if len(proven) > 1 and any(slot in proven for slot in touched):
        action = _apply_all(session, document, proven, types.CodeActionKind.QuickFix)
        action.is_preferred = is_whole([_suggestion(one) for one in proven.values()]) or None
        yield action
    for placed in reversed(touched.values()):
        yield _action(session, document, placed)


def apply_all_action(session: Session, document: OpenDocument) -> types.CodeAction | None:
    """The action that applies every proven rewrite of a document; None when there are fewer than two."""
    proven = proven_rewrites(session, document)
    return None if len(proven) < 2 else _apply_all(session, document, proven, APPLY_REWRITES)


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
        hashes, proven = as_object(data["all"]), proven_rewrites(session, document)
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


def proven_rewrites(session: Session, document: OpenDocument) -> dict[str, Placed]:
    """The findings of a document whose rewrites are proven and may be applied, one for each section."""
    findings = offered(session.workspace.findings(document))
    return {one.slot: one for one in findings if _suggestion(one).proven}


def _finish(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit already in it, for editors that cannot resolve."""
    return action if session.editor.facts.resolves_code_action_edits else resolve(session, action)


def _action(session: Session, document: OpenDocument, placed: Placed) -> types.CodeAction:
    suggestion = _suggestion(placed)
    action = types.CodeAction(
        title=action_title(placed.slot, suggestion),
        kind=types.CodeActionKind.QuickFix,
        is_preferred=(suggestion.proven and suggestion.together == 1) or None,
        tags=_tags(session),
        data={"uri": document.uri, "finding": placed.finding.id, "hash": placed.finding.text_hash},
    )
    return _finish(session, action)


def _apply_all(
    session: Session, document: OpenDocument, proven: Mapping[str, Placed], kind: types.CodeActionKind | str
) -> types.CodeAction:
    action = types.CodeAction(
        title=all_title([_suggestion(one) for one in proven.values()]),
        kind=kind,
        tags=_tags(session),
        data={"uri": document.uri, "all": {slot: one.finding.text_hash for slot, one in proven.items()}},
    )
    return _finish(session, action)


def _tags(session: Session) -> list[types.CodeActionTag] | None:
    return [types.CodeActionTag.LlmGenerated] if session.editor.facts.shows_code_action_tags else None


def _suggestion(placed: Placed) -> Suggestion:
    if placed.finding.suggestion is None:
        raise LookupError("only findings with a rewrite are offered")
    return placed.finding.suggestion


def edits_of(session: Session, document: OpenDocument, chosen: Sequence[Placed]) -> tuple[Edit, ...]:
    """The edits of a document that apply some rewrites.

    Raises:
        RequestError: A section is not there any more.
    """
    places = slot_places(session.workspace.meaning(document))
    edits: list[Edit] = []
    for one in chosen:
        place = places.get(SlotId.parse(one.slot))
        if place is None:
            raise _modified()
        edits.append(place.edit(_suggestion(one).text))
    return tuple(sorted(edits, key=lambda edit: edit.span))


def _workspace_edit(session: Session, document: OpenDocument, chosen: Sequence[Placed]) -> types.WorkspaceEdit:
    facts = session.editor.facts
    edits = edits_of(session, document, chosen)
    changes = [text_edit(document.content, edit, facts.encoding) for edit in edits]
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
    annotation = types.ChangeAnnotation(
        label="Tested rewrite", needs_confirmation=True, description=_claim([_suggestion(one) for one in chosen])
    )
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(identifier, list(annotated))],
        change_annotations={_ANNOTATION: annotation},
    )


def _claim(suggestions: Sequence[Suggestion]) -> str:
    """What may be said of these rewrites: the measured effect belongs to all of a change together."""
    return effect(suggestions[0]) if is_whole(suggestions) else "Measured only together with others"


def _touches(span: Span, other: Span) -> bool:
    return span.start <= other.end and other.start <= span.end


def _modified() -> RequestError:
    return RequestError(ErrorCode.CONTENT_MODIFIED, "The text has changed since this rewrite was tested.")


def is_ours(action: types.CodeAction) -> bool:
    """Whether an action that is to be resolved came from here."""
    data = as_object(action.data)
    return "finding" in data or "all" in data
