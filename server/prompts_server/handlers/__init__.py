"""One file for each method of the protocol, and this table, which is the only place that knows them all.

A handler is imported when its method is first called, or while nobody waits: the first diagnostics need four of them, and the features
behind the others would double the time until they show.
"""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

from lsprotocol import types

from prompts_server.handlers.own_params import Beginning, SelectionParams, TrustChangedParams
from prompts_server.routing import Routes
from prompts_server.session import Session

TRUST_CHANGED = "prompts/trustChanged"
SELECTION = "prompts/selection"

_HANDLERS: dict[str, str] = {
    # The conversation
    types.INITIALIZE: "initialize",
    types.INITIALIZED: "initialized",
    types.SHUTDOWN: "shutdown",
    types.SET_TRACE: "set_trace",
    TRUST_CHANGED: "trust_changed",
    SELECTION: "selection",
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: "work_done_progress_cancel",
    # Documents
    types.TEXT_DOCUMENT_DID_OPEN: "did_open",
    types.TEXT_DOCUMENT_DID_CHANGE: "did_change",
    types.TEXT_DOCUMENT_DID_SAVE: "did_save",
    types.TEXT_DOCUMENT_DID_CLOSE: "did_close",
    # What is shown
    types.TEXT_DOCUMENT_DIAGNOSTIC: "diagnostic",
    types.TEXT_DOCUMENT_HOVER: "hover",
    types.TEXT_DOCUMENT_CODE_LENS: "code_lens",
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: "semantic_tokens_full",
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA: "semantic_tokens_delta",
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: "semantic_tokens_range",
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: "document_symbol",
    types.TEXT_DOCUMENT_FOLDING_RANGE: "folding_range",
    types.TEXT_DOCUMENT_SELECTION_RANGE: "selection_range",
    types.TEXT_DOCUMENT_INLAY_HINT: "inlay_hint",
    types.TEXT_DOCUMENT_SIGNATURE_HELP: "signature_help",
    types.WORKSPACE_TEXT_DOCUMENT_CONTENT: "text_document_content",
    # Where things are
    types.TEXT_DOCUMENT_DEFINITION: "definition",
    types.TEXT_DOCUMENT_REFERENCES: "references",
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: "document_highlight",
    types.TEXT_DOCUMENT_DOCUMENT_LINK: "document_link",
    types.TEXT_DOCUMENT_LINKED_EDITING_RANGE: "linked_editing_range",
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: "prepare_call_hierarchy",
    types.CALL_HIERARCHY_INCOMING_CALLS: "incoming_calls",
    types.CALL_HIERARCHY_OUTGOING_CALLS: "outgoing_calls",
    types.WORKSPACE_SYMBOL: "workspace_symbol",
    # What changes the text
    types.TEXT_DOCUMENT_COMPLETION: "completion",
    types.TEXT_DOCUMENT_CODE_ACTION: "code_action",
    types.CODE_ACTION_RESOLVE: "code_action_resolve",
    types.TEXT_DOCUMENT_PREPARE_RENAME: "prepare_rename",
    types.TEXT_DOCUMENT_RENAME: "rename",
    types.TEXT_DOCUMENT_FORMATTING: "formatting",
    types.TEXT_DOCUMENT_RANGE_FORMATTING: "range_formatting.range_formatting",
    types.TEXT_DOCUMENT_RANGES_FORMATTING: "range_formatting.ranges_formatting",
    types.TEXT_DOCUMENT_ON_TYPE_FORMATTING: "on_type_formatting",
    types.WORKSPACE_WILL_RENAME_FILES: "will_rename_files",
    # The workspace
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: "did_change_configuration",
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: "did_change_watched_files",
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: "did_change_workspace_folders",
    types.WORKSPACE_DID_RENAME_FILES: "did_rename_files",
    types.WORKSPACE_EXECUTE_COMMAND: "execute_command",
}

_CUSTOM_PARAMS: dict[str, type] = {
    types.INITIALIZE: Beginning,
    TRUST_CHANGED: TrustChangedParams,
    SELECTION: SelectionParams,
}


def routes(session: Session) -> Routes:
    """The routing table with every handler bound to a session."""
    return Routes({method: partial(_handle, name, session) for method, name in _HANDLERS.items()}, _CUSTOM_PARAMS)


def import_handlers() -> Iterator[str]:
    """Imports a handler at each step, and gives its name."""
    for name in _HANDLERS.values():
        _imported(name)
        yield name


def _handle(name: str, session: Session, params: Any) -> Any:
    return _imported(name)(session, params)


def _imported(name: str) -> Any:
    """The function that a name of the table means: `file`, or `file.function` where a file has two."""
    file, _, function = name.partition(".")
    return getattr(import_module(f"{__name__}.{file}"), function or file)
