"""`textDocument/inlayHint`: inferred types, sizes of texts, scores of nodes."""

from lsprotocol import types

from prompts_lang.features.inlay_hints import HintKind, inlay_hints
from prompts_server.facts import facts_of
from prompts_server.session import Session
from prompts_server.to_lsp import position_of, span_of


def inlay_hint(session: Session, params: types.InlayHintParams) -> list[types.InlayHint] | None:
    """The hints of the declarations that are on the screen, of the kinds that the settings ask for."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    encoding = session.editor.facts.encoding
    span = span_of(document.content, params.range, encoding)
    shown = session.settings.hints
    return [
        types.InlayHint(
            position=position_of(document.content, hint.offset, encoding),
            label=hint.text,
            kind=types.InlayHintKind.Type if hint.kind is HintKind.TYPE else None,
            tooltip=hint.explanation or None,
            padding_left=hint.kind is not HintKind.TYPE,
        )
        for hint in inlay_hints(session.workspace.meaning(document), span, facts_of(session, document))
        if hint.kind in shown
    ]
