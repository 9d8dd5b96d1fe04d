"""`textDocument/references`: every place where a name is written, in all files of the workspace."""

from lsprotocol import types

from prompts_lang.features.navigation import definitions
from prompts_lang.features.navigation import references as feature
from prompts_server.asked import place_of
from prompts_server.session import Session


def references(session: Session, params: types.ReferenceParams) -> list[types.Location]:
    """The places, with the declaration where the editor wants it."""
    asked = place_of(session, params)
    if asked is None:
        return []
    document, offset = asked
    workspace = session.workspace
    found = feature(workspace.project, workspace.files(), document.path, offset)
    declared = () if params.context.include_declaration else definitions(workspace.project, document.path, offset)
    locations = (session.places.location(place.file, place.span) for place in found if place not in declared)
    return [location for location in locations if location is not None]
