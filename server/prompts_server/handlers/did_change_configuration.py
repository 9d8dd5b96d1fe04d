"""`workspace/didChangeConfiguration`: settings changed while the server runs."""

from lsprotocol import types

from prompts_server.data import as_object
from prompts_server.session import Session
from prompts_server.settings import SECTION


async def did_change_configuration(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """Takes the new settings from the notification, or asks for them where the editor wants to be asked."""
    value = as_object(params.settings).get(SECTION)
    settings = await session.editor.configuration(SECTION) if value is None else value
    if settings is not None:
        session.configure(settings)
        session.refresh()
