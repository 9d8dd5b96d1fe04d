"""`initialized`: the editor is ready to be asked."""

from lsprotocol import types

from prompts_server.session import Session
from prompts_server.settings import SECTION

_WATCHED = "**/*.{prompt,jsonl,csv,parquet,py,txt,md}"

_STORE = "**/.prompts/store.sqlite"


async def initialized(session: Session, _params: types.InitializedParams) -> None:
    """Asks for the settings, and to be told of changes to them and on disk."""
    settings = await session.editor.configuration(SECTION)
    if settings is not None:
        session.configure(settings)
        session.refresh()
    if session.editor.facts.announces_configuration:
        await session.editor.register(types.WORKSPACE_DID_CHANGE_CONFIGURATION, None)
    if session.editor.facts.watches_files:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in (_WATCHED, _STORE)]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        await session.editor.register(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
