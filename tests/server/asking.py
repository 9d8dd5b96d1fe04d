"""Asks a server about the document of `tests.server.test_session` by its words instead of by numbers."""

from __future__ import annotations

from typing import Any

from tests.server.raw_client import Message, RawClient
from tests.server.test_session import SOURCE, lsp_position, lsp_range

PULLING: Message = {
    "general": {"positionEncodings": ["utf-8"]},
    "textDocument": {
        "diagnostic": {},
        "rename": {"prepareSupport": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    },
}

OTHER = """\
use qa from "./qa.prompt"

graph twice(question: text) -> second.answer

call first = qa(question)
call second = qa(question = first.answer)
"""


def at(words: str, text: str = SOURCE, offset: int = 0) -> Message:
    return lsp_position(text, text.index(words) + offset, "utf-8")


async def ask(opened: tuple[RawClient, str], method: str, words: str = "", **params: Any) -> Any:
    client, uri = opened
    place = {"position": at(words)} if words else {}
    return await client.result(f"textDocument/{method}", {"textDocument": {"uri": uri}, **place, **params})


def texts(ranges: list[Message]) -> list[str]:
    lines = SOURCE.encode().split(b"\n")
    return [lines[one["start"]["line"]][one["start"]["character"] : one["end"]["character"]].decode() for one in ranges]


METHODS = [
    ("hover", {"position": {"line": 0, "character": 0}}),
    ("completion", {"position": {"line": 0, "character": 0}}),
    ("definition", {"position": {"line": 0, "character": 0}}),
    ("references", {"position": {"line": 0, "character": 0}, "context": {"includeDeclaration": True}}),
    ("documentHighlight", {"position": {"line": 0, "character": 0}}),
    ("prepareRename", {"position": {"line": 0, "character": 0}}),
    ("rename", {"position": {"line": 0, "character": 0}, "newName": "x"}),
    ("documentSymbol", {}),
    ("foldingRange", {}),
    ("selectionRange", {"positions": [{"line": 0, "character": 0}]}),
    ("semanticTokens/full", {}),
    ("semanticTokens/full/delta", {"previousResultId": "x"}),
    ("semanticTokens/range", {"range": lsp_range("a", "a")}),
    ("codeLens", {}),
    ("codeAction", {"range": lsp_range("a", "a"), "context": {"diagnostics": []}}),
    ("formatting", {"options": {"tabSize": 2, "insertSpaces": True}}),
    ("rangeFormatting", {"range": lsp_range("a", "a"), "options": {"tabSize": 2, "insertSpaces": True}}),
    ("rangesFormatting", {"ranges": [lsp_range("a", "a")], "options": {"tabSize": 2, "insertSpaces": True}}),
    (
        "onTypeFormatting",
        {"position": {"line": 0, "character": 0}, "ch": "\n", "options": {"tabSize": 2, "insertSpaces": True}},
    ),
    ("inlayHint", {"range": lsp_range("a", "a")}),
    ("documentLink", {}),
    ("linkedEditingRange", {"position": {"line": 0, "character": 0}}),
    ("prepareCallHierarchy", {"position": {"line": 0, "character": 0}}),
    ("signatureHelp", {"position": {"line": 0, "character": 0}}),
    ("diagnostic", {}),
]
"""Every request about a document, with parameters that fit any text."""
