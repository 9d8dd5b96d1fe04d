"""`workspace/didChangeWorkspaceFolders`: folders came or went."""

from lsprotocol import types

from prompts_server.session import Session
from prompts_server.uris import uri_of


def did_change_workspace_folders(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Names are looked for in the folders that are there now."""
    removed = {folder.uri for folder in params.event.removed}
    kept = [uri for folder in session.workspace.folders if (uri := uri_of(folder)) not in removed]
    session.workspace.set_folders([*kept, *(folder.uri for folder in params.event.added)])
