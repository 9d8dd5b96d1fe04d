"""`initialized`: the editor is ready to be asked."""

from lsprotocol import types

from prompts_server.session import Session


def initialized(session: Session, params: types.InitializedParams) -> None:
    """Nothing yet."""
