"""`workspace/didRenameFiles`: files have moved."""

from lsprotocol import types

from prompts_server.session import Session


def did_rename_files(session: Session, params: types.RenameFilesParams) -> None:
    """Forgets the old places and the new ones, and looks at everything that is open again."""
    for one in params.files:
        session.workspace.changed_on_disk(one.old_uri)
        session.workspace.changed_on_disk(one.new_uri)
    session.diagnostics.all_changed()
