"""One file for each method of the protocol, and this table, which is the only place that knows them all."""

from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types

from prompts_server.handlers.did_change import did_change
from prompts_server.handlers.did_close import did_close
from prompts_server.handlers.did_open import did_open
from prompts_server.handlers.execute_command import execute_command
from prompts_server.handlers.initialize import initialize
from prompts_server.handlers.initialized import initialized
from prompts_server.handlers.shutdown import shutdown
from prompts_server.protocol import Routes
from prompts_server.session import Session

_HANDLERS: dict[str, Callable[[Session, Any], Any]] = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.SHUTDOWN: shutdown,
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    types.WORKSPACE_EXECUTE_COMMAND: execute_command,
}

_CUSTOM_PARAMS: dict[str, type] = {}


def routes(session: Session) -> Routes:
    """The routing table with every handler bound to a session."""
    return Routes({method: partial(handler, session) for method, handler in _HANDLERS.items()}, _CUSTOM_PARAMS)
