"""`textDocument/linkedEditingRange`: a local name in a head and in its texts."""

from lsprotocol import types

from prompts_lang.features.linked_editing import linked_places
from prompts_server.asked import place_of
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def linked_editing_range(session: Session, params: types.LinkedEditingRangeParams) -> types.LinkedEditingRanges | None:
    """The places that are typed together; None where there is one or none."""
    asked = place_of(session, params)
    if asked is None:
        return None
    document, offset = asked
    places = linked_places(session.workspace.project, document.path, offset)
    encoding = session.editor.facts.encoding
    ranges = [range_of(document.content, place, encoding) for place in places]
    return types.LinkedEditingRanges(ranges, word_pattern="[A-Za-z_][A-Za-z0-9_]*") if ranges else None
