"""`initialize`: learns what the editor can do and says what this server offers."""

from lsprotocol import types

from prompts_server.capabilities import ClientFacts, server_capabilities
from prompts_server.server import NAME, package_version
from prompts_server.session import Session


def initialize(session: Session, params: types.InitializeParams) -> types.InitializeResult:
    """Starts the conversation."""
    session.editor.facts = ClientFacts.of(params.capabilities)
    if params.process_id is not None:
        session.watch_process(params.process_id)
    return types.InitializeResult(
        capabilities=server_capabilities(session.editor.facts),
        server_info=types.ServerInfo(name=NAME, version=package_version()),
    )
