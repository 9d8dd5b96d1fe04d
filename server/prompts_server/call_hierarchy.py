"""The flow of data as the protocol's call hierarchy. An item finds its node again by the data that travels with it."""

from collections.abc import Iterable

from lsprotocol import types

from prompts_lang.features.data_flow import Flow, FlowItem, flow_item
from prompts_server.data import as_object, as_text
from prompts_server.features_to_lsp import symbol_kind
from prompts_server.session import Session
from prompts_server.uris import path_of


def hierarchy_item(session: Session, item: FlowItem) -> types.CallHierarchyItem | None:
    """A node or a graph; None where its file can no longer be read."""
    whole, name = session.places.location(item.file, item.span), session.places.location(item.file, item.name_span)
    if whole is None or name is None:
        return None
    return types.CallHierarchyItem(
        name=item.name,
        kind=symbol_kind(item.kind),
        uri=whole.uri,
        range=whole.range,
        selection_range=name.range,
        detail=item.detail,
        data={"graph": item.graph, "node": item.node},
    )


def item_again(session: Session, item: types.CallHierarchyItem) -> FlowItem | None:
    """The node or graph that an item stands for, as it is now."""
    data = as_object(item.data)
    path = path_of(item.uri)
    document = session.workspace.documents.get(item.uri)
    file = document.path if document is not None else None if path is None else path.resolve()
    node = data.get("node")
    if file is None or not isinstance(node, str | None):
        return None
    return flow_item(session.workspace.project, file, as_text(data.get("graph")), node)


def neighbours(
    session: Session, found: Iterable[Flow], producer: FlowItem | None
) -> list[tuple[types.CallHierarchyItem, list[types.Range]]]:
    """Neighbours as items, with the places of the values; `producer` has them, or else each neighbour itself."""
    shown: list[tuple[types.CallHierarchyItem, list[types.Range]]] = []
    for flow in found:
        item = hierarchy_item(session, flow.item)
        file = (producer or flow.item).file
        places = (session.places.location(file, span) for span in flow.spans)
        if item is not None:
            shown.append((item, [place.range for place in places if place is not None]))
    return shown
