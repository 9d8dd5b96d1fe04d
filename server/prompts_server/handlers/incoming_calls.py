"""`callHierarchy/incomingCalls`: where the values of a node come from."""

from lsprotocol import types

from prompts_lang.features.data_flow import incoming
from prompts_server.call_hierarchy import item_again, neighbours
from prompts_server.session import Session


def incoming_calls(
    session: Session, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall] | None:
    """The producers, each with the outputs that are taken from it."""
    item = item_again(session, params.item)
    if item is None:
        return None
    found = incoming(session.workspace.project, session.workspace.files(), item)
    return [types.CallHierarchyIncomingCall(one, places) for one, places in neighbours(session, found, None)]
