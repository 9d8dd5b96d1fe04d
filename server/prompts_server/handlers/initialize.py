"""`initialize`: learns what the editor can do and says what this server offers."""

from lsprotocol import types

from prompts_server.capabilities import ClientFacts, server_capabilities
from prompts_server.data import as_object
from prompts_server.handlers.own_params import Beginning
from prompts_server.server import NAME, package_version
from prompts_server.session import Session


def initialize(session: Session, params: Beginning) -> types.InitializeResult:
    """Starts the conversation. `initializationOptions` may hold `trusted`, `settings` and what an extension can do."""
    session.editor.facts = ClientFacts.of(params.capabilities)
    options = as_object(params.initialization_options)
    session.trusted = options.get("trusted") is True
    session.editor.understands_ours = isinstance(options.get("protocol"), int)
    session.editor.shows_panel = options.get("panel") is True
    session.editor.shows_diagnostics_in_hover = options.get("diagnosticsInHover") is True
    if options.get("settings") is not None:
        session.configure(options["settings"])
    session.workspace.set_folders(_folders(params))
    if params.process_id is not None:
        session.watch_process(params.process_id)
    return types.InitializeResult(
        capabilities=server_capabilities(session.editor.facts),
        server_info=types.ServerInfo(name=NAME, version=package_version()),
    )


def _folders(params: Beginning) -> list[str]:
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    return [params.root_uri] if params.root_uri else []
