"""All code actions for a place: rewrites, fixes of the checks, what lenses offer elsewhere, changes of the graph's shape."""

from collections.abc import Iterator, Sequence

from lsprotocol import types

from prompts_lang.features.refactor import RefactoringKind, refactorings
from prompts_lang.graph.located import LocatedProblem
from prompts_lang.text import Span
from prompts_server.conversions import conversion_actions
from prompts_server.documents import OpenDocument
from prompts_server.features_to_lsp import workspace_edit
from prompts_server.finding_diagnostics import CODE
from prompts_server.lens_actions import lens_actions
from prompts_server.rewrites import apply_all_actions, rewrite_actions
from prompts_server.session import Session


def code_actions(
    session: Session, document: OpenDocument, span: Span, context: types.CodeActionContext
) -> Iterator[types.CodeAction]:
    """The actions whose kind the editor wants."""
    for action in _all(session, document, span, context):
        if _wanted(action.kind or "", context.only):
            yield action


def _all(
    session: Session, document: OpenDocument, span: Span, context: types.CodeActionContext
) -> Iterator[types.CodeAction]:
    shown = [diagnostic for diagnostic in context.diagnostics if diagnostic.code == CODE]
    rewrites = tuple(rewrite_actions(session, document, span))
    for action in rewrites:
        action.diagnostics = shown or None
        yield action
    yield from _fixes(session, document, span, context)
    yield from conversion_actions(session, document)
    if not rewrites or context.only is not None:  # else they are among the rewrites of this place
        yield from apply_all_actions(session, document)
    if context.trigger_kind is not types.CodeActionTriggerKind.Automatic:
        yield from lens_actions(session, document, span)
    if _asks_for_refactorings(context):
        yield from _refactorings(session, document, span)


def _asks_for_refactorings(context: types.CodeActionContext) -> bool:
    """They take the most time, so an editor that looks by itself, at every movement of the cursor, gets none."""
    automatic = context.trigger_kind is types.CodeActionTriggerKind.Automatic
    wanted = any(_wanted(kind.value, context.only) for kind in RefactoringKind)
    return wanted and (context.only is not None or not automatic)


def _refactorings(session: Session, document: OpenDocument, span: Span) -> Iterator[types.CodeAction]:
    for found in refactorings(session.workspace.project, session.workspace.meaning(document), span):
        yield types.CodeAction(
            title=found.title, kind=found.kind.value, edit=workspace_edit(session, {document.path: found.edits})
        )


def _fixes(
    session: Session, document: OpenDocument, span: Span, context: types.CodeActionContext
) -> Iterator[types.CodeAction]:
    for problem in session.workspace.problems(document):
        if problem.fix is None or not (problem.span.start <= span.end and span.start <= problem.span.end):
            continue
        yield types.CodeAction(
            title=problem.fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[one for one in context.diagnostics if _shows(one, problem)] or None,
            edit=workspace_edit(session, {document.path: problem.fix.edits}),
        )


def _shows(diagnostic: types.Diagnostic, problem: LocatedProblem) -> bool:
    return diagnostic.code == problem.code and diagnostic.message == problem.message


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Kinds are hierarchical: whoever asks for `source` wants `source.fixAll` too."""
    return only is None or any(kind == one or kind.startswith(f"{one}.") or one == "" for one in only)
