"""`prompts/selection`: where the cursor is, so that the panel can show its node."""

from prompts_lang.features.locations import entry_at
from prompts_server.graphs import graph_at
from prompts_server.handlers.own_params import SelectionParams
from prompts_server.session import Session
from prompts_server.to_lsp import offset_of


def selection(session: Session, params: SelectionParams) -> None:
    """Tells the panel which node of which graph the cursor is in, if any."""
    document = session.workspace.documents.get(params.uri)
    if document is None or session.panel is None:
        return
    meaning = session.workspace.meaning(document)
    offset = offset_of(document.content, params.position, session.editor.facts.encoding)
    found = entry_at(meaning, offset)
    name = None if found is None or found[0].graph is None else found[0].declaration.name
    session.panel.cursor(document, graph_at(meaning, offset), None if name is None else name.text)
