"""Findings in a session over stdio: what a person does to the text, and what happens to it from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prompts_lang.engine.store.model import FindingRecord
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.graph.slots import text_hash
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient
from tests.server.test_session import (
    FINDING,
    QUOTE,
    REWRITE,
    SLOT,
    SOURCE,
    FakeWorker,
    apply,
    lsp_position,
    lsp_range,
    optimize,
    start,
)

EVALUATE = [
    {"event": "started", "calls": 0},
    {
        "event": "report",
        "graph": "qa",
        "score": 0.5,
        "interval": [0.3, 0.7],
        "scored": 20,
        "calls": 20,
        "nodes": {
            "qa/reply": {
                "usd": 0.0002,
                "seconds": 1.25,
                "given": {"question": "what is it?"},
                "sample": {"answer": "it is"},
                "failure": {
                    "row": "row-3",
                    "score": 0.0,
                    "inputs": {"question": "why?"},
                    "outputs": {"answer": "<b>because</b>"},
                },
            }
        },
    },
    {"event": "finished", "state": "done"},
]


def findings(diagnostics: list[Message]) -> list[Message]:
    return [one for one in diagnostics if one["code"] == "finding"]


async def replace(client: RawClient, uri: str, version: int, before: str, words: str, new: str) -> list[Message]:
    """Types in the place of words; gives the findings then."""
    await client.change(uri, version, {"range": lsp_range(before, words), "text": new})
    return findings(await client.diagnostics(uri, version))


async def test_a_renamed_node_keeps_its_findings(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    client, uri = await start(start_client, fake_worker, tmp_path)
    await client.open(uri, SOURCE)
    finding = await optimize(client, uri)
    place = lsp_position(SOURCE, SOURCE.index("reply(question)"), "utf-16")
    params = {"textDocument": {"uri": uri}, "position": place, "newName": "answerer"}
    edit = await client.result("textDocument/rename", params)
    (change,) = edit["documentChanges"]
    edits = sorted(change["edits"], key=lambda one: one["range"]["start"]["line"], reverse=True)
    renamed = SOURCE
    for one in edits:
        renamed = apply(renamed, one)
    assert "llm answerer(question)" in renamed
    await client.change(uri, 2, *({"range": one["range"], "text": one["newText"]} for one in edits))
    (moved,) = findings(await client.diagnostics(uri, 2))
    assert (moved["message"], moved["severity"]) == (FINDING["critique"], 2)
    assert moved["range"] == finding["range"] == lsp_range(renamed, QUOTE)
    params = {"textDocument": {"uri": uri}, "range": moved["range"], "context": {"diagnostics": []}}
    action = next(one for one in await client.result("textDocument/codeAction", params) if one["kind"] == "quickfix")
    assert action["title"].startswith("Rewrite answerer system")
    (rewrite,) = (await client.result("codeAction/resolve", action))["edit"]["documentChanges"]
    assert REWRITE in apply(renamed, rewrite["edits"][0])


async def test_edits_undo_and_a_replaced_file(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    client, uri = await start(start_client, fake_worker, tmp_path)
    await client.open(uri, SOURCE)
    finding = await optimize(client, uri)
    (outdated,) = await replace(client, uri, 2, SOURCE, "naïvely", "well")
    assert outdated["message"] == f"Outdated: {FINDING['critique']}"
    assert (finding["severity"], outdated["severity"]) == (2, 3)
    (fresh,) = await replace(client, uri, 3, SOURCE.replace("naïvely", "well"), "well", "naïvely")
    assert fresh["message"] == FINDING["critique"]
    # An editor that reloads a file replaces all of it; the section has only moved.
    moved = f"# A comment above.\n\n{SOURCE.replace('budget 10', 'budget 20')}"
    await client.change(uri, 4, {"text": moved})
    (after,) = findings(await client.diagnostics(uri, 4))
    assert (after["range"], after["message"]) == (lsp_range(moved, QUOTE), FINDING["critique"])
    # The section goes, and comes back.
    gone = moved.replace("  learn system:\n    Answer naïvely 😀 and at length.\n", "")
    await client.change(uri, 5, {"text": gone})
    assert findings(await client.diagnostics(uri, 5)) == []
    await client.change(uri, 6, {"text": moved})
    (back,) = findings(await client.diagnostics(uri, 6))
    assert back["range"] == after["range"]


async def test_hover_shows_what_an_evaluation_has_shown(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    client: RawClient = await start_client(command=fake_worker({"evaluate": EVALUATE}))
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    order = {"command": "prompts.evaluate", "arguments": [{"uri": uri, "graph": "qa"}]}
    await client.result("workspace/executeCommand", order)
    await client.notification("prompts/status", lambda status: status["state"] == "done")

    async def hover(words: str, offset: int = 0) -> str:
        place = lsp_position(SOURCE, SOURCE.index(words) + offset, "utf-16")
        asked = {"textDocument": {"uri": uri}, "position": place}
        return (await client.result("textDocument/hover", asked))["contents"]["value"]

    node = await hover("reply(question)")
    assert "**Score** 0.50 (0.30 to 0.70) on 20 rows" in node
    assert "**Per call** $0.00020, 1.25 s" in node
    assert "**A failing row** row-3 (score 0.00)" in node
    assert "- question: `why?`" in node
    assert "For example: `what is it?`" in await hover("{{question}}", 3)
    top = {"line": 0, "character": 0}
    await client.change(uri, 2, {"range": {"start": top, "end": top}, "text": " "})
    await client.change(uri, 3, {"range": {"start": top, "end": {"line": 0, "character": 1}}, "text": ""})
    assert "*From before your edit:*" in await hover("reply(question)")


async def test_lenses_stay_while_a_head_is_broken(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    client, uri = await start(start_client, fake_worker, tmp_path)
    await client.open(uri, SOURCE)

    async def lenses() -> list[tuple[str, int]]:
        found = await client.result("textDocument/codeLens", {"textDocument": {"uri": uri}})
        return [(one["command"]["title"], one["range"]["start"]["line"]) for one in found]

    whole = await lenses()
    assert [title for title, _ in whole[:3]] == ["Run", "Evaluate", "Optimize"]
    broken = SOURCE.replace("graph qa(question: text) -> reply", "graph qa(question: te")
    for version, text in enumerate((broken, f"\n{broken}", "graph", SOURCE), 2):
        await client.change(uri, version, {"text": text})
        shift = 1 if text.startswith("\n") else 0
        if text != "graph":
            assert await lenses() == [(title, line + shift) for title, line in whole]


async def test_two_windows_share_what_was_found(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    """Each window has its server; an edit in one is none in the other."""
    store = open_store(tmp_path)
    found = FindingRecord(
        "f1", "qa.prompt", "qa", SLOT, text_hash("Answer naïvely 😀 and at length."), "r1", dict(FINDING)
    )
    store.replace_findings("qa.prompt", "qa", [found])
    store.close()
    uri = (tmp_path / "qa.prompt").as_uri()
    windows: list[RawClient] = []
    for _ in range(2):
        client: RawClient = await start_client()
        await client.initialize(RICH_CAPABILITIES)
        await client.open(uri, SOURCE)
        params = await client.notification("textDocument/publishDiagnostics", lambda one: findings(one["diagnostics"]))
        assert findings(params["diagnostics"])[0]["range"] == lsp_range(SOURCE, QUOTE)
        windows.append(client)
    (outdated,) = await replace(windows[0], uri, 2, SOURCE, "naïvely", "well")
    assert outdated["message"].startswith("Outdated")
    place = {"textDocument": {"uri": uri}, "position": lsp_range(SOURCE, QUOTE)["start"]}
    assert "before your edit" not in (await windows[1].result("textDocument/hover", place))["contents"]["value"]
