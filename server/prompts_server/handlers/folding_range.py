"""`textDocument/foldingRange`: declarations, graphs, sections and comments fold."""

from lsprotocol import types

from prompts_lang.features.outline import folds
from prompts_server.features_to_lsp import fold
from prompts_server.session import Session


def folding_range(session: Session, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """The folds of more than one line."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return []
    encoding = session.editor.facts.encoding
    found = [fold(document.content, one, encoding) for one in folds(session.workspace.meaning(document))]
    return [one for one in found if one.end_line > one.start_line]
