"""`textDocument/definition`: where a name is declared; for a path in quotes, the file or the function."""

from lsprotocol import types

from prompts_lang.features.navigation import definitions
from prompts_server.asked import place_of
from prompts_server.session import Session


def definition(session: Session, params: types.DefinitionParams) -> list[types.Location]:
    """The places, usually one."""
    asked = place_of(session, params)
    if asked is None:
        return []
    document, offset = asked
    found = definitions(session.workspace.project, document.path, offset)
    locations = (session.places.location(place.file, place.span) for place in found)
    return [location for location in locations if location is not None]
