"""The one edge where values of the language become values of the protocol.

Everything below counts bytes of UTF-8; everything that an editor sees counts lines and units of its encoding. A span is
only ever converted together with the text that it belongs to.
"""

from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from prompts_lang.graph.located import LocatedProblem
from prompts_lang.graph.problem import Severity
from prompts_lang.text import Document, Edit, Encoding, Position, Span
from prompts_server.workspace import Workspace

SOURCE = "prompts"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
_UNNECESSARY = {"P206", "P207", "P309"}


def range_of(content: Document, span: Span, encoding: Encoding) -> types.Range:
    """A span of a text as a range."""
    return types.Range(position_of(content, span.start, encoding), position_of(content, span.end, encoding))


def position_of(content: Document, offset: int, encoding: Encoding) -> types.Position:
    """An offset of a text as a position."""
    position = content.position_at(offset, encoding)
    return types.Position(position.line, position.character)


def offset_of(content: Document, position: types.Position, encoding: Encoding) -> int:
    """A position of an editor's as an offset."""
    return content.offset_at(Position(position.line, position.character), encoding)


def span_of(content: Document, range_: types.Range, encoding: Encoding) -> Span:
    """A range of an editor's as a span."""
    start, end = range_.start, range_.end
    return content.span_between(Position(start.line, start.character), Position(end.line, end.character), encoding)


def text_edit(content: Document, edit: Edit, encoding: Encoding) -> types.TextEdit:
    """An edit of a text as the protocol's."""
    return types.TextEdit(range_of(content, edit.span, encoding), edit.text)


@dataclass(frozen=True, slots=True)
class Places:
    """Turns places in files of a workspace into what an editor shows.

    Attributes:
        workspace: The files.
        encoding: The unit that the editor counts in.
        related: Whether the editor shows related information.
    """

    workspace: Workspace
    encoding: Encoding
    related: bool = True

    def location(self, path: Path, span: Span) -> types.Location | None:
        """A span of a file; None where the file can no longer be read."""
        content = self.workspace.content(path)
        if content is None:
            return None
        return types.Location(self.workspace.uri(path), range_of(content, span, self.encoding))

    def diagnostic(self, content: Document, problem: LocatedProblem) -> types.Diagnostic:
        """A problem of a file as a diagnostic."""
        related = [
            types.DiagnosticRelatedInformation(location, place.message)
            for place in (problem.related if self.related else ())
            if (location := self.location(place.file, place.span)) is not None
        ]
        return types.Diagnostic(
            range=range_of(content, problem.span, self.encoding),
            message=problem.message,
            severity=_SEVERITIES[problem.severity],
            code=problem.code,
            source=SOURCE,
            tags=[types.DiagnosticTag.Unnecessary] if problem.code in _UNNECESSARY else None,
            related_information=related or None,
        )
