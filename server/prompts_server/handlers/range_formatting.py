"""`textDocument/rangeFormatting` and `rangesFormatting`: some lines, whatever is broken elsewhere."""

from collections.abc import Sequence

from lsprotocol import types

from prompts_lang.features.range_formatting import format_range
from prompts_server.session import Session
from prompts_server.to_lsp import span_of, text_edit


def range_formatting(session: Session, params: types.DocumentRangeFormattingParams) -> list[types.TextEdit] | None:
    """The edits on the lines of one range."""
    return _edits(session, params.text_document.uri, [params.range])


def ranges_formatting(session: Session, params: types.DocumentRangesFormattingParams) -> list[types.TextEdit] | None:
    """The edits on the lines of several ranges."""
    return _edits(session, params.text_document.uri, params.ranges)


def _edits(session: Session, uri: str, ranges: Sequence[types.Range]) -> list[types.TextEdit] | None:
    document = session.workspace.documents.get(uri)
    if document is None:
        return None
    encoding = session.editor.facts.encoding
    syntax = session.workspace.meaning(document).syntax
    spans = [span_of(document.content, one, encoding) for one in ranges]
    edits = dict.fromkeys(edit for span in spans for edit in format_range(syntax, span))
    return [text_edit(document.content, edit, encoding) for edit in sorted(edits, key=lambda edit: edit.span)]
