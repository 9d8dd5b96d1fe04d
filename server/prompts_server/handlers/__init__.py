"""One file for each method of the protocol, and this table, which is the only place that knows them all."""

from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types

from prompts_server.handlers.code_action import code_action
from prompts_server.handlers.code_action_resolve import code_action_resolve
from prompts_server.handlers.code_lens import code_lens
from prompts_server.handlers.completion import completion
from prompts_server.handlers.definition import definition
from prompts_server.handlers.diagnostic import diagnostic
from prompts_server.handlers.did_change import did_change
from prompts_server.handlers.did_change_configuration import did_change_configuration
from prompts_server.handlers.did_change_watched_files import did_change_watched_files
from prompts_server.handlers.did_change_workspace_folders import did_change_workspace_folders
from prompts_server.handlers.did_close import did_close
from prompts_server.handlers.did_open import did_open
from prompts_server.handlers.did_rename_files import did_rename_files
from prompts_server.handlers.did_save import did_save
from prompts_server.handlers.document_highlight import document_highlight
from prompts_server.handlers.document_link import document_link
from prompts_server.handlers.document_symbol import document_symbol
from prompts_server.handlers.execute_command import execute_command
from prompts_server.handlers.folding_range import folding_range
from prompts_server.handlers.formatting import formatting
from prompts_server.handlers.hover import hover
from prompts_server.handlers.incoming_calls import incoming_calls
from prompts_server.handlers.initialize import initialize
from prompts_server.handlers.initialized import initialized
from prompts_server.handlers.inlay_hint import inlay_hint
from prompts_server.handlers.linked_editing_range import linked_editing_range
from prompts_server.handlers.on_type_formatting import on_type_formatting
from prompts_server.handlers.outgoing_calls import outgoing_calls
from prompts_server.handlers.prepare_call_hierarchy import prepare_call_hierarchy
from prompts_server.handlers.prepare_rename import prepare_rename
from prompts_server.handlers.range_formatting import range_formatting, ranges_formatting
from prompts_server.handlers.references import references
from prompts_server.handlers.rename import rename
from prompts_server.handlers.selection import SelectionParams, selection
from prompts_server.handlers.selection_range import selection_range
from prompts_server.handlers.semantic_tokens_delta import semantic_tokens_delta
from prompts_server.handlers.semantic_tokens_full import semantic_tokens_full
from prompts_server.handlers.semantic_tokens_range import semantic_tokens_range
from prompts_server.handlers.set_trace import set_trace
from prompts_server.handlers.shutdown import shutdown
from prompts_server.handlers.signature_help import signature_help
from prompts_server.handlers.text_document_content import text_document_content
from prompts_server.handlers.trust_changed import TrustChangedParams, trust_changed
from prompts_server.handlers.will_rename_files import will_rename_files
from prompts_server.handlers.work_done_progress_cancel import work_done_progress_cancel
from prompts_server.handlers.workspace_symbol import workspace_symbol
from prompts_server.routing import Routes
from prompts_server.session import Session

TRUST_CHANGED = "prompts/trustChanged"
SELECTION = "prompts/selection"

_HANDLERS: dict[str, Callable[[Session, Any], Any]] = {
    # The conversation
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.SHUTDOWN: shutdown,
    types.SET_TRACE: set_trace,
    TRUST_CHANGED: trust_changed,
    SELECTION: selection,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: work_done_progress_cancel,
    # Documents
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_SAVE: did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
    # What is shown
    types.TEXT_DOCUMENT_DIAGNOSTIC: diagnostic,
    types.TEXT_DOCUMENT_HOVER: hover,
    types.TEXT_DOCUMENT_CODE_LENS: code_lens,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: semantic_tokens_full,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA: semantic_tokens_delta,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: semantic_tokens_range,
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: document_symbol,
    types.TEXT_DOCUMENT_FOLDING_RANGE: folding_range,
    types.TEXT_DOCUMENT_SELECTION_RANGE: selection_range,
    types.TEXT_DOCUMENT_INLAY_HINT: inlay_hint,
    types.TEXT_DOCUMENT_SIGNATURE_HELP: signature_help,
    types.WORKSPACE_TEXT_DOCUMENT_CONTENT: text_document_content,
    # Where things are
    types.TEXT_DOCUMENT_DEFINITION: definition,
    types.TEXT_DOCUMENT_REFERENCES: references,
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: document_highlight,
    types.TEXT_DOCUMENT_DOCUMENT_LINK: document_link,
    types.TEXT_DOCUMENT_LINKED_EDITING_RANGE: linked_editing_range,
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: prepare_call_hierarchy,
    types.CALL_HIERARCHY_INCOMING_CALLS: incoming_calls,
    types.CALL_HIERARCHY_OUTGOING_CALLS: outgoing_calls,
    types.WORKSPACE_SYMBOL: workspace_symbol,
    # What changes the text
    types.TEXT_DOCUMENT_COMPLETION: completion,
    types.TEXT_DOCUMENT_CODE_ACTION: code_action,
    types.CODE_ACTION_RESOLVE: code_action_resolve,
    types.TEXT_DOCUMENT_PREPARE_RENAME: prepare_rename,
    types.TEXT_DOCUMENT_RENAME: rename,
    types.TEXT_DOCUMENT_FORMATTING: formatting,
    types.TEXT_DOCUMENT_RANGE_FORMATTING: range_formatting,
    types.TEXT_DOCUMENT_RANGES_FORMATTING: ranges_formatting,
    types.TEXT_DOCUMENT_ON_TYPE_FORMATTING: on_type_formatting,
    types.WORKSPACE_WILL_RENAME_FILES: will_rename_files,
    # The workspace
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: did_change_watched_files,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_workspace_folders,
    types.WORKSPACE_DID_RENAME_FILES: did_rename_files,
    types.WORKSPACE_EXECUTE_COMMAND: execute_command,
}

_CUSTOM_PARAMS: dict[str, type] = {TRUST_CHANGED: TrustChangedParams, SELECTION: SelectionParams}


def routes(session: Session) -> Routes:
    """The routing table with every handler bound to a session."""
    return Routes({method: partial(handler, session) for method, handler in _HANDLERS.items()}, _CUSTOM_PARAMS)
