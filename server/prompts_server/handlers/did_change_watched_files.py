"""`workspace/didChangeWatchedFiles`: files changed on disk, such as a dataset or a `.prompt` file that others use."""

from lsprotocol import types

from prompts_server.session import Session

_STORE = "/.prompts/"


def did_change_watched_files(session: Session, params: types.DidChangeWatchedFilesParams) -> None:
    """Forgets what was read from the files and looks at everything that is open again.

    A store that has changed has results of another process: of the command line, or of another window.
    """
    for change in params.changes:
        session.workspace.changed_on_disk(change.uri)
    session.files_changed()
    session.diagnostics.all_changed()
    if any(_STORE in change.uri for change in params.changes):
        for document in session.workspace.documents:
            session.recall(document, again=True)
