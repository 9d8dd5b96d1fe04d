"""Features that show something, each once through the protocol. What they find is tested below the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prompts_lang.engine.store.model import EventRecord, FindingRecord, RunKind, RunRecord, RunState
from prompts_lang.engine.store.protocol import KeepEvent
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.graph.slots import text_hash
from tests.server.asking import PULLING, ask, at, texts
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient
from tests.server.test_session import FINDING, REWRITE, SLOT, SOURCE, lsp_range

SHOWING: Message = {
    **RICH_CAPABILITIES,
    "window": {"showDocument": {"support": True}},
    "workspace": {**RICH_CAPABILITIES["workspace"], "textDocumentContent": {}},
}


async def test_hints_stand_where_they_belong(opened: tuple[RawClient, str]) -> None:
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    hints = await ask(opened, "inlayHint", range=whole)
    shown = {hint["label"]: hint["position"] for hint in hints}
    assert shown[": text"] == at("reply(question)", offset=len("reply(question"))
    assert shown["≈ 8 tokens"] == at("learn system:", offset=len("learn system:"))


async def test_hints_can_be_switched_off_by_kind(client: RawClient) -> None:
    await client.initialize(initializationOptions={"settings": {"typeHints": False}})
    await client.open("untitled:a", SOURCE)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    hints = await client.result("textDocument/inlayHint", {"textDocument": {"uri": "untitled:a"}, "range": whole})
    assert [hint["label"] for hint in hints] == ["≈ 8 tokens"]


async def test_links_lead_to_files(opened: tuple[RawClient, str], tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n")
    (link,) = await ask(opened, "documentLink")
    assert texts([link["range"]]) == ["rows.jsonl"]
    assert link["target"] == (tmp_path / "rows.jsonl").as_uri()


async def test_symbols_of_all_files(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    found = await client.result("workspace/symbol", {"query": "qa"})
    assert [(one["name"], one["location"]["uri"]) for one in found] == [("qa", uri), ("optimize qa on rows", uri)]
    nodes = await client.result("workspace/symbol", {"query": "first"})
    assert [(one["name"], one["containerName"]) for one in nodes] == [("first", "twice")]


async def test_the_flow_of_data_is_a_call_hierarchy(opened: tuple[RawClient, str]) -> None:
    client, _ = opened
    (reply,) = await ask(opened, "prepareCallHierarchy", "reply(")
    assert (reply["name"], reply["detail"]) == ("reply", "llm reply(question) -> answer: text")
    (source,) = await client.result("callHierarchy/incomingCalls", {"item": reply})
    assert source["from"]["name"] == "qa"
    assert texts(source["fromRanges"]) == ["question"]
    (sink,) = await client.result("callHierarchy/outgoingCalls", {"item": reply})
    assert sink["to"]["name"] == "qa"
    assert texts(sink["fromRanges"]) == ["answer"]
    callers = await client.result("callHierarchy/incomingCalls", {"item": source["from"]})
    assert [one["from"]["name"] for one in callers] == ["first", "second"]


async def test_a_stale_item_of_a_hierarchy_has_no_neighbours(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    (reply,) = await ask(opened, "prepareCallHierarchy", "reply(")
    await client.change(uri, 2, {"text": SOURCE.replace("reply", "other")})
    assert await client.result("callHierarchy/outgoingCalls", {"item": reply}) is None
    odd = {"item": {**reply, "data": [1]}}
    assert await client.result("callHierarchy/incomingCalls", odd) is None


async def test_a_call_shows_its_signature(opened: tuple[RawClient, str], tmp_path: Path) -> None:
    client, _ = opened
    uri = (tmp_path / "other.prompt").as_uri()
    await client.open(uri, 'use qa from "./qa.prompt"\n\ngraph g(q) -> a.answer\n\ncall a = qa(')
    place = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 12}}
    help_ = await client.result("textDocument/signatureHelp", place)
    assert help_["signatures"][0]["label"] == "qa(question: text) -> answer: text"
    assert help_["signatures"][0]["parameters"] == [{"label": "question: text"}]
    assert help_["activeParameter"] == 0


async def test_local_names_are_linked(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    await client.change(
        uri, 2, {"text": SOURCE.replace("reply(question)", "reply(q = question)").replace("{{question", "{{q")}
    )
    text = SOURCE.replace("reply(question)", "reply(q = question)")
    linked = await client.result(
        "textDocument/linkedEditingRange",
        {"textDocument": {"uri": uri}, "position": at("q = question", text)},
    )
    assert len(linked["ranges"]) == 2


async def test_learned_texts_are_tokens_and_become_stale(client: RawClient, tmp_path: Path) -> None:
    uri = await with_finding(client, tmp_path)
    document = {"textDocument": {"uri": uri}}
    before = await client.result("textDocument/semanticTokens/full", document)
    legend_text, learned, stale = 9, 2, 4
    assert modifiers_of(before["data"], legend_text) == [learned]
    await client.change(uri, 2, {"range": lsp_range(SOURCE, "naïvely"), "text": "well"})
    after = await client.result("textDocument/semanticTokens/full", document)
    assert modifiers_of(after["data"], legend_text) == [learned | stale]


def modifiers_of(data: list[int], kind: int) -> list[int]:
    return [data[index + 4] for index in range(0, len(data), 5) if data[index + 3] == kind]


async def with_finding(client: RawClient, tmp_path: Path) -> str:
    """A document with one finding that has a proven rewrite; its diagnostic is read."""
    suggestion = {"slot": SLOT, "status": "proven", "after": REWRITE, "interval": [0.1, 0.2]}
    body = {**FINDING, "suggestion": suggestion, "before": {"score": 0.4}, "after": {"score": 0.9, "rows": 20}}
    store = open_store(tmp_path)
    record = FindingRecord("f1", "qa.prompt", "qa", SLOT, text_hash("Answer naïvely 😀 and at length."), "r1", body)
    store.replace_findings("qa.prompt", "qa", [record])
    store.close()
    await client.initialize(SHOWING)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    await client.notification(
        "textDocument/publishDiagnostics",
        lambda params: any(one["code"] == "finding" for one in params["diagnostics"]),
    )
    return uri


async def command(client: RawClient, name: str, **argument: Any) -> Any:
    return await client.result("workspace/executeCommand", {"command": f"prompts.{name}", "arguments": [argument]})


async def test_the_suggested_version_can_be_read(client: RawClient, tmp_path: Path) -> None:
    uri = await with_finding(client, tmp_path)
    preview = await command(client, "previewRewrite", uri=uri, finding="f1")
    assert preview["original"] == uri
    assert preview["suggested"].startswith("prompts:/qa.prompt?")
    text = (await client.result("workspace/textDocumentContent", {"uri": preview["suggested"]}))["text"]
    assert text == SOURCE.replace("Answer naïvely 😀 and at length.", REWRITE)
    all_proven = await command(client, "previewRewrite", uri=uri)
    assert (await client.result("workspace/textDocumentContent", {"uri": all_proven["suggested"]}))["text"] == text
    await client.change(uri, 2, {"range": lsp_range(SOURCE, "naïvely"), "text": "well"})
    reply = await client.request("workspace/textDocumentContent", {"uri": preview["suggested"]})
    assert reply["error"]["code"] == -32803


def with_run(folder: Path) -> None:
    store = open_store(folder)
    store.start_run(RunRecord("run-1", RunKind.RUN, "qa.prompt", "qa"))
    body = {
        "graph": "qa",
        "node": "reply",
        "kind": "llm",
        "status": "done",
        "sent": [{"role": "user", "content": "How many ```` ?"}],
        "reply": "Four.",
        "outputs": {"answer": "Four."},
        "cost": {"seconds": 1.5},
    }
    store.append([KeepEvent(EventRecord(run="run-1", row="row-1", path="reply", body=body))])
    store.finish_run("run-1", RunState.DONE)
    store.close()


async def test_a_run_and_a_prompt_as_it_was_sent_can_be_read(client: RawClient, tmp_path: Path) -> None:
    with_run(tmp_path)
    client.answers["window/showDocument"] = lambda _params: {"success": True}
    await client.initialize(SHOWING)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    for name, argument in (("showRun", {}), ("showRun", {"run": "run-1"}), ("showPrompt", {"node": "reply"})):
        address = (await command(client, name, uri=uri, **argument))["uri"]
        shown = await client.wait_for(lambda message: message.get("method") == "window/showDocument", "the document")
        assert shown["params"]["uri"] == address
        text = (await client.result("workspace/textDocumentContent", {"uri": address}))["text"]
        assert "`````text\nHow many ```` ?\n`````" in text
        assert "Four." in text
    nothing = await command(client, "showRun", uri=uri, run="run-2")
    assert (await client.request("workspace/textDocumentContent", nothing))["error"]["code"] == -32803


async def test_addresses_of_nothing_are_refused(session: RawClient) -> None:
    for address in ("prompts:/a?e30", "prompts:/a", "prompts:/a?%%%", "file:///etc/passwd", "", "other:/a?e30"):
        reply = await session.request("workspace/textDocumentContent", {"uri": address})
        assert reply["error"]["code"] == -32602, address


async def test_text_content_is_offered_to_editors_that_read_it(client: RawClient) -> None:
    result = await client.initialize(SHOWING)
    assert result["capabilities"]["workspace"]["textDocumentContent"] == {"schemes": ["prompts"]}


async def test_an_editor_that_says_little_is_not_offered_it(client: RawClient) -> None:
    result = await client.initialize(PULLING)
    assert "textDocumentContent" not in result["capabilities"]["workspace"]
