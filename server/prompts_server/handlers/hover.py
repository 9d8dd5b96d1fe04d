"""`textDocument/hover`: what is known about the place at the mouse, and the findings that stand there."""

from lsprotocol import types

from prompts_lang.features import hover as feature
from prompts_server.asked import place_of
from prompts_server.facts import facts_of
from prompts_server.finding_text import beside_diagnostics, hover_markdown, settled_markdown
from prompts_server.findings import State
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """Findings first, since they are why a person looks; then the name, the property or the keyword.

    A rewrite that was accepted keeps its evidence: what it mended, and how that was measured.
    """
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    findings = [
        placed
        for placed in session.workspace.findings(document)
        if placed.span is not None and placed.span.touches(offset)
    ]
    settled = [placed for placed in findings if placed.state is State.SETTLED]
    findings = [placed for placed in findings if placed.state is not State.SETTLED]
    beside = session.editor.shows_diagnostics_in_hover and session.settings.findings
    known = feature.hover(session.workspace.project, document.path, offset, facts_of(session, document))
    told = beside_diagnostics(findings) if beside else [hover_markdown(placed) for placed in findings]
    parts = [*told, *settled_markdown(settled), *([known.markdown] if known is not None else [])]
    if not parts:
        return None
    places = [*(placed.span for placed in (*findings, *settled)), None if known is None else known.span]
    span = next((span for span in places if span is not None), None)
    facts = session.editor.facts
    kind = types.MarkupKind.Markdown if facts.shows_markdown else types.MarkupKind.PlainText
    return types.Hover(
        contents=types.MarkupContent(kind, "\n\n---\n\n".join(parts)),
        range=None if span is None else range_of(document.content, span, facts.encoding),
    )
