"""`textDocument/documentSymbol`: the outline."""

from lsprotocol import types

from prompts_lang.features.outline import outline
from prompts_server.features_to_lsp import flat_symbols, symbol
from prompts_server.session import Session


def document_symbol(
    session: Session, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation] | None:
    """A tree where the editor shows one, else a list."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    items = outline(session.workspace.meaning(document))
    facts = session.editor.facts
    if facts.shows_symbol_tree:
        return [symbol(document.content, item, facts.encoding) for item in items]
    return [flat for item in items for flat in flat_symbols(document, item, facts.encoding)]
