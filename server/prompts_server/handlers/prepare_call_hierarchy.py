"""`textDocument/prepareCallHierarchy`: the node or graph whose flow of data is asked for."""

from lsprotocol import types

from prompts_lang.features.data_flow import flow_item_at
from prompts_server.asked import place_of
from prompts_server.call_hierarchy import hierarchy_item
from prompts_server.session import Session


def prepare_call_hierarchy(
    session: Session, params: types.CallHierarchyPrepareParams
) -> list[types.CallHierarchyItem] | None:
    """The one item at a place."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    found = flow_item_at(session.workspace.project, document.path, offset)
    item = None if found is None else hierarchy_item(session, found)
    return None if item is None else [item]
