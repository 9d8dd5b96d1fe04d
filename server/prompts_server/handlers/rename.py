"""`textDocument/rename`: a new name, in every file that uses it."""

from lsprotocol import types

from prompts_lang.features.rename import rename as feature
from prompts_server.asked import place_of
from prompts_server.features_to_lsp import workspace_edit
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session


def rename(session: Session, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """The edits, or an error that says why there are none."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    workspace = session.workspace
    edits = feature(workspace.project, workspace.files(), document.path, offset, params.new_name)
    if isinstance(edits, str):
        raise RequestError(ErrorCode.REQUEST_FAILED, edits)
    return workspace_edit(session, edits)
