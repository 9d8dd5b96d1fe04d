"""`$/setTrace`: accepted; the server's log is set by `--log-level`."""

from lsprotocol import types

from prompts_server.session import Session


def set_trace(_session: Session, _params: types.SetTraceParams) -> None:
    """Does nothing."""
