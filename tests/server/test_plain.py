"""Our plain data against lsprotocol's own converter."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import converters, types

from prompts_server.capabilities import ClientFacts, server_capabilities
from prompts_server.plain import to_plain

POSITION = types.Position(1, 2)
RANGE = types.Range(POSITION, POSITION)

VALUES: list[Any] = [
    server_capabilities(ClientFacts()),
    server_capabilities(ClientFacts(pulls_diagnostics=True, takes_code_action_literals=True, prepares_rename=True)),
    types.Diagnostic(
        RANGE, "m", severity=types.DiagnosticSeverity.Hint, code=3, data={"a": None, "b": [1, {"c_d": 2}]}
    ),
    types.CodeAction("t", kind=types.CodeActionKind.QuickFix, tags=[types.CodeActionTag.LlmGenerated], data={"x": 1}),
    types.SelectionRange(RANGE, types.SelectionRange(RANGE)),
    types.CallHierarchyIncomingCall(
        types.CallHierarchyItem("n", types.SymbolKind.Function, "file:///a", RANGE, RANGE), [RANGE]
    ),
    types.RenameRegistrationOptions(document_selector=None),
    types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier("file:///a"), [types.AnnotatedTextEdit("x", RANGE, "t")]
            )
        ],
        change_annotations={"x_y": types.ChangeAnnotation("l", needs_confirmation=False)},
    ),
    types.ProgressParams(7, value=types.WorkDoneProgressBegin(title="x", percentage=0)),
    types.SemanticTokens(data=[1, 2, 3]),
    types.ShowMessageRequest(id="1", params=types.ShowMessageRequestParams(types.MessageType.Info, "m")),
    types.ShutdownResponse(id=1, result=None),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_it_is_what_the_library_makes(value: Any) -> None:
    assert to_plain(value) == converters.get_converter().unstructure(value)
