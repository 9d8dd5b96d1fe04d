"""`workspace/willRenameFiles`: paths follow the files that they lead to."""

from lsprotocol import types

from prompts_lang.features.file_renames import edits_for_moves
from prompts_server.features_to_lsp import workspace_edit
from prompts_server.session import Session
from prompts_server.uris import path_of


def will_rename_files(session: Session, params: types.RenameFilesParams) -> types.WorkspaceEdit | None:
    """The edits, made before the files move; None where no path has to change."""
    moves = {
        old.resolve(): new.parent.resolve() / new.name
        for one in params.files
        if (old := path_of(one.old_uri)) is not None and (new := path_of(one.new_uri)) is not None
    }
    edits = edits_for_moves(session.workspace.project, session.workspace.files(), moves)
    return workspace_edit(session, edits) if edits else None
