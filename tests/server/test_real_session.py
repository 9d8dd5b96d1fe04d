"""The whole loop with nothing replaced: the real server, the real worker, an example of ours, its simulated model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.server import raw_client
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient
from tests.server.test_session import apply

EXAMPLE = Path(__file__).parents[2] / "examples" / "multihop"
PATIENCE = 300.0
"""Seconds. An optimisation asks the simulated model several hundred times, perhaps on a busy machine."""


def pushed_findings(client: RawClient, uri: str) -> list[Message]:
    """The findings that were pushed last for a file."""
    published = [one["params"] for one in client.unread if one.get("method") == "textDocument/publishDiagnostics"]
    of_file = [one["diagnostics"] for one in published if one["uri"] == uri]
    return [one for one in of_file[-1] if one["code"] == "finding"]


async def perform(client: RawClient, command: str, uri: str) -> Message:
    """Runs a command to its end; gives the report."""
    argument = {"uri": uri, "graph": "multihop"}
    status = await client.perform(command, **argument)
    assert status["state"] == "done", client.unread
    return await client.result("workspace/executeCommand", {"command": "prompts.showReport", "arguments": [argument]})


async def test_write_optimise_accept_evaluate_undo(
    start_client: Callable[..., Any], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(raw_client, "PATIENCE", PATIENCE)
    folder = tmp_path / "multihop"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".prompts"))
    file = folder / "multihop.prompt"
    uri, text = file.as_uri(), file.read_text()
    other = folder / "search.prompt"
    searched = other.as_uri()
    texts = {uri: text, searched: other.read_text()}
    client: RawClient = await start_client()
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})

    # A broken copy is underlined; the file itself is clean.
    await client.open("untitled:broken", text.replace("{{question}}", "{{qestion}}", 1))
    assert "P501" in [one["code"] for one in await client.diagnostics("untitled:broken")]
    await client.open(searched, texts[searched])
    await client.open(uri, text)
    assert await client.diagnostics(uri) == []

    # Optimise: findings stand on text of the file, and the report claims a gain on held-out rows.
    report = await perform(client, "prompts.optimize", uri)
    assert report["after"]["score"] - report["before"]["score"] >= 0.25
    findings = pushed_findings(client, uri)
    assert findings
    lines = text.split("\n")
    for finding in findings:
        assert lines[finding["range"]["start"]["line"]][finding["range"]["start"]["character"] :].strip()
    hover = await client.result(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": findings[0]["range"]["start"]}
    )
    assert findings[0]["message"][:20] in hover["contents"]["value"].replace("\\", "")

    # Accept every proven rewrite, those of the other file too; an evaluation of the texts, not yet saved, gives the score of the report.
    context = {"diagnostics": [], "only": ["source"]}
    params = {"textDocument": {"uri": uri}, "range": findings[0]["range"], "context": context}
    (action,) = await client.result("textDocument/codeAction", params)
    changes = (await client.result("codeAction/resolve", action))["edit"]["documentChanges"]
    assert {change["textDocument"]["uri"] for change in changes} == {uri, searched}
    for change in changes:
        rewritten = texts[change["textDocument"]["uri"]]
        for edit in reversed(change["edits"]):
            rewritten = apply(rewritten, edit)
        await client.change(change["textDocument"]["uri"], 2, {"text": rewritten})
    evaluated = await perform(client, "prompts.evaluate", uri)
    assert evaluated["score"] == report["after"]["score"]
    assert (file.read_text(), other.read_text()) == (text, texts[searched])

    # Undo: every finding is fresh again. A new server brings them back from the store.
    await client.change(searched, 3, {"text": texts[searched]})
    await client.change(uri, 3, {"text": text})
    undone = [one for one in await client.diagnostics(uri, 3) if one["code"] == "finding"]
    assert undone == findings
    assert await client.leave() == 0
    again: RawClient = await start_client()
    await again.initialize(RICH_CAPABILITIES)
    await again.open(uri, text)
    params = await again.notification("textDocument/publishDiagnostics", lambda one: one["diagnostics"] != [])
    places = sorted((one["range"]["start"]["line"], one["message"]) for one in params["diagnostics"])
    assert places == sorted((one["range"]["start"]["line"], one["message"]) for one in findings)
