"""`callHierarchy/outgoingCalls`: where the values of a node go."""

from lsprotocol import types

from prompts_lang.features.data_flow import outgoing
from prompts_server.call_hierarchy import item_again, neighbours
from prompts_server.session import Session


def outgoing_calls(
    session: Session, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall] | None:
    """The consumers, each with the outputs that it takes."""
    item = item_again(session, params.item)
    if item is None:
        return None
    found = outgoing(session.workspace.project, item)
    return [types.CallHierarchyOutgoingCall(one, places) for one, places in neighbours(session, found, item)]
