"""What the features give, as values of the protocol: outline, folds, completions, edits of several files."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from prompts_lang.features.completion import Completion, CompletionKind
from prompts_lang.features.outline import Fold, OutlineItem
from prompts_lang.text import Document, Edit, Encoding
from prompts_server.capabilities import ClientFacts
from prompts_server.documents import OpenDocument
from prompts_server.session import Session
from prompts_server.to_lsp import range_of, text_edit

_SYMBOLS = {
    "graph": types.SymbolKind.Module,
    "model": types.SymbolKind.Constant,
    "corpus": types.SymbolKind.Array,
    "dataset": types.SymbolKind.Array,
    "metric": types.SymbolKind.Operator,
    "optimize": types.SymbolKind.Event,
    "use": types.SymbolKind.Namespace,
    "section": types.SymbolKind.String,
}
_COMPLETIONS = {
    CompletionKind.KEYWORD: types.CompletionItemKind.Keyword,
    CompletionKind.PROPERTY: types.CompletionItemKind.Property,
    CompletionKind.VALUE: types.CompletionItemKind.Value,
    CompletionKind.NODE: types.CompletionItemKind.Function,
    CompletionKind.OUTPUT: types.CompletionItemKind.Field,
    CompletionKind.INPUT: types.CompletionItemKind.Variable,
    CompletionKind.NAME: types.CompletionItemKind.Class,
    CompletionKind.TYPE: types.CompletionItemKind.TypeParameter,
    CompletionKind.FORMATTER: types.CompletionItemKind.Function,
    CompletionKind.FILE: types.CompletionItemKind.File,
    CompletionKind.FUNCTION: types.CompletionItemKind.Function,
    CompletionKind.COLUMN: types.CompletionItemKind.Field,
    CompletionKind.MODEL: types.CompletionItemKind.Constant,
}


def symbol_kind(keyword: str) -> types.SymbolKind:
    """The kind of a declaration's symbol; nodes are functions."""
    return _SYMBOLS.get(keyword, types.SymbolKind.Function)


def symbol(content: Document, item: OutlineItem, encoding: Encoding) -> types.DocumentSymbol:
    """One line of the outline, with those below it."""
    return types.DocumentSymbol(
        name=item.name or item.kind,
        detail=item.detail or None,
        kind=symbol_kind(item.kind),
        range=range_of(content, item.span, encoding),
        selection_range=range_of(content, item.name_span, encoding),
        children=[symbol(content, child, encoding) for child in item.children] or None,
    )


def flat_symbols(
    document: OpenDocument, item: OutlineItem, encoding: Encoding, container: str | None = None
) -> Iterator[types.SymbolInformation]:
    """The same for editors that show no tree."""
    yield types.SymbolInformation(
        name=item.name or item.kind,
        kind=symbol_kind(item.kind),
        location=types.Location(document.uri, range_of(document.content, item.span, encoding)),
        container_name=container,
    )
    for child in item.children:
        yield from flat_symbols(document, child, encoding, item.name)


def fold(content: Document, one: Fold, encoding: Encoding) -> types.FoldingRange:
    """A fold; editors fold whole lines."""
    span = range_of(content, one.span, encoding)
    end_line = span.end.line - (1 if span.end.character == 0 and span.end.line > span.start.line else 0)
    kind = types.FoldingRangeKind.Comment if one.comment else None
    return types.FoldingRange(start_line=span.start.line, end_line=end_line, kind=kind)


def completion_item(content: Document, offer: Completion, number: int, facts: ClientFacts) -> types.CompletionItem:
    """An offer. `number` keeps the order that the feature gave; a snippet goes to editors that expand it."""
    plain = offer.snippet and not facts.expands_snippets
    documentation = types.MarkupContent(types.MarkupKind.Markdown, offer.documentation)
    return types.CompletionItem(
        label=offer.label,
        kind=_COMPLETIONS[offer.kind],
        detail=offer.detail or None,
        documentation=documentation if offer.documentation else None,
        sort_text=f"{number:04}",
        text_edit=types.TextEdit(range_of(content, offer.span, facts.encoding), offer.label if plain else offer.insert),
        insert_text_format=types.InsertTextFormat.Snippet if offer.snippet and not plain else None,
    )


def workspace_edit(session: Session, edits: Mapping[Path, tuple[Edit, ...]]) -> types.WorkspaceEdit:
    """Edits of several files, each for the version that the editor has open."""
    encoding = session.editor.facts.encoding
    changes: dict[str, list[types.TextEdit]] = {}
    versions: dict[str, int | None] = {}
    for path, found in edits.items():
        content = session.workspace.content(path)
        if content is None:
            continue
        document = session.workspace.documents.at(path)
        uri = session.workspace.uri(path)
        versions[uri] = None if document is None else document.version
        changes[uri] = [text_edit(content, edit, encoding) for edit in found]
    if not session.editor.facts.takes_document_changes:
        return types.WorkspaceEdit(changes=changes)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=versions[uri]), list(found)
            )
            for uri, found in changes.items()
        ]
    )
