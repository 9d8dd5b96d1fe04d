"""Diagnostics: computed once for each version, sent by one of two ways, and never sent twice the same for one version.

What the checks find is pulled by editors that pull, and pushed to the others. Findings are slow and come when they come,
so they are always pushed; no diagnostic goes both ways. Whatever is pushed for a document replaces all that was pushed
before, so both kinds go together where both are pushed.

Editors that look at versions (Helix, Emacs) throw away what is not about the text that they have by then, and nothing tells
the server. To them the same diagnostics are sent again with every version that is looked at; to others only changes are.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from lsprotocol import types

from prompts_lang.text import Span
from prompts_server.documents import OpenDocument
from prompts_server.editor import Editor
from prompts_server.finding_diagnostics import finding_diagnostic
from prompts_server.findings import Placed
from prompts_server.row_places import RowPlaces
from prompts_server.to_lsp import Places
from prompts_server.uris import UriKey
from prompts_server.workspace import Workspace

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulled:
    """The answer to a pull: what there is, and the name under which the editor may ask whether it is still so."""

    result_id: str
    items: Sequence[types.Diagnostic]


@dataclass(frozen=True, slots=True)
class _Pushed:
    """What an editor was last sent for a document, and for which version where that makes a difference to it."""

    version: int | None
    diagnostics: Sequence[types.Diagnostic] = ()


class Diagnostics:
    """Keeps an editor's diagnostics up to date.

    Attributes:
        show_findings: Whether findings are shown.
    """

    def __init__(self, editor: Editor, workspace: Workspace, rows: RowPlaces) -> None:
        self._editor = editor
        self._workspace = workspace
        self._rows = rows
        self.show_findings = True
        self._due: set[Path] = set()
        self._pushed: dict[UriKey, _Pushed] = {}

    def changed(self, document: OpenDocument) -> None:
        """Takes note that a document is to be looked at again, with those that use it. Nothing is worked out yet."""
        self._due.add(document.path)

    def all_changed(self) -> None:
        """Takes note that anything may have changed, and makes the editor pull again."""
        self._due.update(document.path for document in self._workspace.documents)
        self._editor.refresh_diagnostics()

    def closed(self, document: OpenDocument) -> None:
        """Takes back what was pushed for a document."""
        self._due.discard(document.path)
        pushed = self._pushed.pop(document.key, None)
        if pushed is not None and pushed.diagnostics:
            self._editor.publish(document.uri, None, [])

    def push_due(self) -> None:
        """Pushes what has changed. Called when every message that has arrived is handled."""
        due, self._due = self._due, set()
        if not due:
            return
        for document in self._workspace.documents:
            try:
                if document.path in due or due & self._workspace.meaning(document).used:
                    self._push(document)
            except Exception:
                # A defect that one document brings out must not keep the others from being served.
                logger.exception("a document could not be checked")

    def pull(self, document: OpenDocument) -> Pulled:
        """What the checks find in a document now."""
        items = self._static(document)
        return Pulled(blake2b(repr(items).encode(), digest_size=8).hexdigest(), items)

    def _push(self, document: OpenDocument) -> None:
        static = [] if self._editor.facts.pulls_diagnostics else self._static(document)
        diagnostics = [*static, *(self._findings(document) if self.show_findings else ())]
        pushed = _Pushed(document.version if self._editor.facts.drops_old_diagnostics else None, diagnostics)
        if pushed != self._pushed.get(document.key):
            self._pushed[document.key] = pushed
            self._editor.publish(document.uri, document.version, diagnostics)

    def _places(self) -> Places:
        facts = self._editor.facts
        related = facts.shows_related_information or facts.pulls_diagnostics
        return Places(self._workspace, facts.encoding, related)

    def _static(self, document: OpenDocument) -> list[types.Diagnostic]:
        places = Places(self._workspace, self._editor.facts.encoding)
        return [places.diagnostic(document.content, problem) for problem in self._workspace.problems(document)]

    def _findings(self, document: OpenDocument) -> Iterable[types.Diagnostic]:
        places = self._places()
        meaning = self._workspace.meaning(document)
        for placed in sorted(self._workspace.findings(document), key=_order):
            diagnostic = finding_diagnostic(places, meaning, document.content, placed, self._rows)
            if diagnostic is not None:
                yield diagnostic


def _order(placed: Placed) -> tuple[Span, str]:
    """By place, and among those at one place always in the same order, so that nothing seems to have changed."""
    return placed.span or Span(0, 0), placed.finding.id
