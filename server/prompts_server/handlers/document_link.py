"""`textDocument/documentLink`: paths that lead to a file."""

from lsprotocol import types

from prompts_lang.features.document_links import document_links
from prompts_server.session import Session
from prompts_server.to_lsp import range_of


def document_link(session: Session, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
    """The links of a document, each with its target; a function's line stands in the fragment."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return None
    encoding = session.editor.facts.encoding
    return [
        types.DocumentLink(
            range=range_of(document.content, link.span, encoding),
            target=session.workspace.uri(link.target) + ("" if link.line is None else f"#L{link.line + 1}"),
        )
        for link in document_links(session.workspace.meaning(document))
    ]
