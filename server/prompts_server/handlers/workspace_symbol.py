"""`workspace/symbol`: declarations and nodes of all files, by parts of their names."""

from lsprotocol import types

from prompts_lang.features.workspace_symbols import workspace_symbols
from prompts_server.features_to_lsp import symbol_kind
from prompts_server.session import Session


def workspace_symbol(session: Session, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    """The symbols, best first."""
    workspace = session.workspace
    return [
        types.WorkspaceSymbol(
            name=found.name, kind=symbol_kind(found.kind), location=location, container_name=found.container or None
        )
        for found in workspace_symbols(workspace.project, workspace.files(), params.query)
        if (location := session.places.location(found.file, found.span)) is not None
    ]
