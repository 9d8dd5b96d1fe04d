"""The open documents, as the editor has them.

A document is an immutable value; a change makes a new one. Each content change is applied on its own and yields the
edit in bytes that it was, because the trees and the findings over a text must be moved by the same steps. Lines end
where the protocol says and nowhere else, which is `prompts_lang.text`'s promise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from lsprotocol import types

from prompts_lang.text import Document, Edit, Encoding, Position, Span
from prompts_server.uris import UriKey, key_of, path_of


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """One version of one open document.

    Attributes:
        uri: The editor's own spelling, for everything that is sent back.
        key: The URI's key, for everything that is looked up.
        version: The editor's version number.
        language_id: What the editor takes the document for.
        path: The file, with symbolic links resolved; a place that no file can have where the document is no file.
        is_file: Whether `path` is a real one.
        content: The text and its line table.
    """

    uri: str
    key: UriKey
    version: int
    language_id: str
    path: Path
    is_file: bool
    content: Document

    @property
    def text(self) -> bytes:
        """The text in UTF-8."""
        return self.content.text


@dataclass(frozen=True, slots=True)
class ContentChange:
    """One content change: the edit in bytes of the text before it, and whether it replaced the whole text unasked."""

    edit: Edit
    whole: bool
    before: Document
    after: Document


# Untitled documents and those of other schemes are analysed like files, in a folder where nothing else can be found.
_PLACE_OF_NO_FILE = Path("/prompts-document-without-file")


class Documents:
    """All open documents. Whatever arrives for a document that is not open is reported as None, never as an error."""

    def __init__(self) -> None:
        self._open: dict[UriKey, OpenDocument] = {}

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(tuple(self._open.values()))

    def get(self, uri: str) -> OpenDocument | None:
        """The open document of a URI, however it is spelled."""
        return self._open.get(key_of(uri))

    def at(self, path: Path) -> OpenDocument | None:
        """The open document of a file."""
        return next((document for document in self._open.values() if document.path == path), None)

    def open(self, item: types.TextDocumentItem) -> OpenDocument:
        """Takes over a document; one that was open already is replaced, as a reloading editor means it."""
        key = key_of(item.uri)
        file = path_of(item.uri)
        opened = OpenDocument(
            uri=item.uri,
            key=key,
            version=item.version,
            language_id=item.language_id,
            path=_PLACE_OF_NO_FILE / quote(key, safe="") if file is None else file.resolve(),
            is_file=file is not None,
            content=Document.of(item.text),
        )
        self._open[key] = opened
        return opened

    def change(
        self,
        identifier: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> tuple[OpenDocument, tuple[ContentChange, ...]] | None:
        """Applies content changes in order; gives the new version and the edits that led to it."""
        current = self._open.get(key_of(identifier.uri))
        if current is None:
            return None
        applied: list[ContentChange] = []
        content = current.content
        for change in changes:
            step = _apply(content, change, encoding)
            applied.append(step)
            content = step.after
        changed = replace(current, version=identifier.version, content=content)
        self._open[current.key] = changed
        return changed, tuple(applied)

    def close(self, uri: str) -> OpenDocument | None:
        """Gives a document back to the file system; None when it was not open."""
        return self._open.pop(key_of(uri), None)


def _apply(content: Document, change: types.TextDocumentContentChangeEvent, encoding: Encoding) -> ContentChange:
    whole = not isinstance(change, types.TextDocumentContentChangePartial)
    if whole:
        span = Span(0, len(content.text))
    else:
        start, end = change.range.start, change.range.end
        span = content.span_between(Position(start.line, start.character), Position(end.line, end.character), encoding)
    return ContentChange(Edit(span, change.text), whole, content, content.edit(span, change.text))
