"""`textDocument/signatureHelp`: what belongs into the brackets of a head."""

from lsprotocol import types

from prompts_lang.features.signatures import signature_at
from prompts_server.asked import place_of
from prompts_server.session import Session


def signature_help(session: Session, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """The signature at a place. Labels of parameters are texts, which every editor understands."""
    asked = place_of(session, params)
    found = None if asked is None else signature_at(session.workspace.project, asked[0].path, asked[1])
    if found is None:
        return None
    parameters = [types.ParameterInformation(label=found.label[start:end]) for start, end in found.parameters]
    documentation = types.MarkupContent(types.MarkupKind.Markdown, found.documentation)
    signature = types.SignatureInformation(found.label, documentation, parameters)
    return types.SignatureHelp([signature], active_signature=0, active_parameter=found.active)
