"""`textDocument/diagnostic`: the editor pulls what the checks find."""

from lsprotocol import types

from prompts_server.session import Session


def diagnostic(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """All diagnostics of a document, or that they are still those that the editor has."""
    document = session.workspace.documents.get(params.text_document.uri)
    if document is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    pulled = session.diagnostics.pull(document)
    if pulled.result_id == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=pulled.result_id)
    return types.RelatedFullDocumentDiagnosticReport(items=pulled.items, result_id=pulled.result_id)
