"""`textDocument/selectionRange`: what a growing selection covers."""

from functools import reduce

from lsprotocol import types

from prompts_lang.features.outline import selection_ranges
from prompts_server.documents import OpenDocument
from prompts_server.session import Session
from prompts_server.to_lsp import offset_of, range_of


def selection_range(session: Session, params: types.SelectionRangeParams) -> list[types.SelectionRange] | None:
    """One chain for each position, from the smallest range outwards."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    return [_chain(session, document, position) for position in params.positions]


def _chain(session: Session, document: OpenDocument, position: types.Position) -> types.SelectionRange:
    encoding = session.editor.facts.encoding
    offset = offset_of(document.content, position, encoding)
    spans = selection_ranges(session.workspace.meaning(document), offset)
    ranges = [range_of(document.content, span, encoding) for span in reversed(spans)]
    outermost, *inner = ranges or [types.Range(position, position)]
    return reduce(lambda parent, own: types.SelectionRange(own, parent), inner, types.SelectionRange(outermost))
