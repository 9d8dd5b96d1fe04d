"""What a request is about: the open document, and the place in it."""

from typing import Protocol

from lsprotocol import types

from prompts_server.documents import OpenDocument
from prompts_server.session import Session
from prompts_server.to_lsp import offset_of


class AboutPlace(Protocol):
    """Parameters with a document and a position in it."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier:
        """The document."""
        ...

    @property
    def position(self) -> types.Position:
        """The position."""
        ...


def place_of(session: Session, params: AboutPlace) -> tuple[OpenDocument, int] | None:
    """The document and the offset; None when the document is not open, about which nothing can be said."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    return document, offset_of(document.content, params.position, session.editor.facts.encoding)
