"""`codeAction/resolve`: works out the edit of a rewrite, for the text as it is now or not at all."""

from lsprotocol import types

from prompts_server.rewrites import is_ours, resolve
from prompts_server.session import Session


def code_action_resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit. Actions that came complete are given back as they are."""
    return resolve(session, action) if is_ours(action) else action
