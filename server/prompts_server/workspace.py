"""The workspace: open documents, what they and the files on disk mean, and the findings over them.

Every change to a document goes through here once, in one order: the text, the ranges of the findings, the tree. The text is
there at once; the tree is read when somebody asks for what the document means, so that of many changes in a row it is read
once. Nobody sees the difference: everything that is asked of a document is answered from its latest version.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types

from prompts_lang.analysis.data import DataChecks
from prompts_lang.analysis.samples import Samples
from prompts_lang.analysis.static import StaticChecks
from prompts_lang.graph.located import LocatedProblem, by_place
from prompts_lang.graph.project import FileMeaning, Project, read_disk
from prompts_lang.graph.slots import text_hash
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text import Document, Encoding, Span
from prompts_server.discovery import prompt_files
from prompts_server.documents import ContentChange, Documents, OpenDocument
from prompts_server.findings import Finding, Placed, changed_bytes, place, reanchor, shift
from prompts_server.pending_edit import PendingEdit
from prompts_server.sections import Section, sections_of
from prompts_server.uris import UriKey, path_of, uri_of


class Workspace:
    """All files of one session.

    Args:
        read: Reads a file that is not open; None where it cannot be read.

    Attributes:
        samples: What has been read of the data and code that the files name. Nothing is read here.
    """

    def __init__(self, read: Callable[[Path], bytes | None] = read_disk) -> None:
        self.documents = Documents()
        self._read = read
        self._project = Project(read)
        self.samples = Samples(at_once=False)
        self._checks = StaticChecks(self._project)
        self._data_checks = DataChecks(self._project, self.samples, os.environ)
        self._folders: tuple[Path, ...] = ()
        self._discovered: tuple[Path, ...] | None = None
        self._syntax: dict[UriKey, SyntaxFile] = {}
        self._pending: dict[UriKey, PendingEdit] = {}
        self._findings: dict[UriKey, tuple[Placed, ...]] = {}

    # --- documents -------------------------------------------------------------------------------------------------

    def open(self, item: types.TextDocumentItem) -> OpenDocument:
        """Takes a document over from the disk."""
        document = self.documents.open(item)
        self._put(document, SyntaxFile.parse(document.content.text))
        return document

    def change(
        self,
        identifier: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> OpenDocument | None:
        """Applies content changes one by one; None when the document is not open."""
        changed = self.documents.change(identifier, changes, encoding)
        if changed is None:
            return None
        document, steps = changed
        for step in steps:
            removed, inserted = _moved_bytes(step)
            pending = self._pending.get(document.key)
            together = PendingEdit.of(removed, inserted) if pending is None else pending.then(removed, inserted)
            if together is None:
                self._read_changes(document.key, step.before.text)
                together = PendingEdit.of(removed, inserted)
            self._pending[document.key] = together
            if placed := self._findings.get(document.key):
                self._findings[document.key] = shift(placed, removed, inserted)
        return document

    def close(self, uri: str) -> OpenDocument | None:
        """Gives a document back to the disk; None when it was not open."""
        document = self.documents.close(uri)
        if document is not None:
            self._project.forget(document.path)
            self._checks.forget(document.path)
            self._data_checks.forget(document.path)
            del self._syntax[document.key]
            self._pending.pop(document.key, None)
            self._findings.pop(document.key, None)
        return document

    def changed_on_disk(self, uri: str) -> None:
        """Takes note that a file may have changed; open documents beat the disk."""
        self._discovered = None
        path = path_of(uri)
        if path is not None and self.documents.at(path.resolve()) is None:
            self._project.forget(path.resolve())

    # --- folders ---------------------------------------------------------------------------------------------------

    def set_folders(self, folders: Iterable[str]) -> None:
        """Sets the folders, by URI, in which names are looked for beyond the open files."""
        self._folders = tuple(path for uri in folders if (path := path_of(uri)) is not None)
        self._discovered = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the workspace."""
        return self._folders

    def files(self) -> tuple[Path, ...]:
        """Every `.prompt` file that is known: the open ones, and those in the folders, which are listed once."""
        if self._discovered is None:
            self._discovered = tuple(prompt_files(self._folders))
        return tuple(dict.fromkeys([*(document.path for document in self.documents), *self._discovered]))

    # --- what files mean -------------------------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """What all files mean now."""
        self._settle()
        return self._project

    def meaning(self, document: OpenDocument) -> FileMeaning:
        """What an open document means now."""
        meaning = self.project.meaning(document.path)
        if meaning is None:
            raise LookupError("an open document always has a meaning")
        return meaning

    def problems(self, document: OpenDocument) -> tuple[LocatedProblem, ...]:
        """What the checks find in an open document now; of data and code, as far as somebody has read them."""
        self._settle()
        static, data = self._checks.problems(document.path), self._data_checks.problems(document.path)
        return tuple(sorted((*static, *data), key=by_place)) if data else static

    def content(self, path: Path) -> Document | None:
        """The text of a file, from the editor or else from disk."""
        document = self.documents.at(path)
        if document is not None:
            return document.content
        if path.suffix != ".prompt":
            # Data and code that a name leads to: there is nothing in them for the project to understand.
            text = self._read(path)
            return None if text is None else Document.of(text)
        meaning = self.project.meaning(path)
        return None if meaning is None else Document.of(meaning.syntax.text)

    def uri(self, path: Path) -> str:
        """The URI of a file, in the editor's own spelling where the editor has it open."""
        document = self.documents.at(path)
        return uri_of(path) if document is None else document.uri

    def unsaved(self, document: OpenDocument) -> Mapping[Path, str]:
        """The texts that a run of a document needs and that only the editor has."""
        files = {document.path, *self.meaning(document).used}
        return {
            open_one.path: open_one.content.text.decode("utf-8", "surrogateescape")
            for open_one in self.documents
            if open_one.path in files
        }

    def text_hashes(self, document: OpenDocument) -> Mapping[str, str]:
        """The hashes of a document's text and of those that it uses, by the names that a store beside it has for them."""
        found = {file: self.project.meaning(file) for file in (document.path, *self.meaning(document).used)}
        return {
            _stored_name(file, document.path.parent): ""
            if meaning is None
            else text_hash(meaning.syntax.text.decode("utf-8", "replace"))
            for file, meaning in found.items()
        }

    # --- findings --------------------------------------------------------------------------------------------------

    def findings(self, document: OpenDocument) -> tuple[Placed, ...]:
        """The findings of a document, where they stand in its current text."""
        self._settle()
        return self._findings.get(document.key, ())

    def set_findings(self, document: OpenDocument, findings: Sequence[Finding]) -> None:
        """Replaces the findings of a document by those of a later run or of the store."""
        self._findings[document.key] = place(findings, self._sections(document))

    def _put(self, document: OpenDocument, syntax: SyntaxFile) -> None:
        self._pending.pop(document.key, None)
        self._syntax[document.key] = syntax
        self._project.put(document.path, syntax)

    def _read_changes(self, key: UriKey, text: bytes) -> None:
        """Reads the tree of what has changed; `text` is what the changes so far led to."""
        pending = self._pending.pop(key)
        self._syntax[key] = self._syntax[key].edit(pending.known, text[pending.now.start : pending.now.end])

    def _settle(self) -> None:
        """Works out what follows from the changes of all documents, if there are any."""
        changed = [document for document in self.documents if document.key in self._pending] if self._pending else []
        for document in changed:
            self._read_changes(document.key, document.text)
            self._project.put(document.path, self._syntax[document.key])
        for document in changed:
            if placed := self._findings.get(document.key):
                self._findings[document.key] = reanchor(placed, self._sections(document))

    def _sections(self, document: OpenDocument) -> tuple[Section, ...]:
        return sections_of(self.meaning(document))


def _stored_name(path: Path, folder: Path) -> str:
    """As `prompts_lang.engine.session.stored_name`, which would bring the engine along."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _moved_bytes(step: ContentChange) -> tuple[Span, int]:
    """What a change removed, and how much it inserted; of a replaced document only what differs."""
    if step.whole:
        return changed_bytes(step.before.text, step.after.text)
    return step.edit.span, len(step.after.text) - len(step.before.text) + len(step.edit.span)
