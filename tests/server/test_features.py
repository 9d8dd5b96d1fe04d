"""Each feature once through the protocol. What they find is tested below the protocol; here it is the way there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.engine.store.model import FindingRecord
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.graph.slots import text_hash
from tests.server.asking import METHODS, OTHER, ask, at, texts
from tests.server.raw_client import RICH_CAPABILITIES, RawClient
from tests.server.test_session import FINDING, SLOT, SOURCE, apply, lsp_range


async def test_hover_explains_a_property(opened: tuple[RawClient, str]) -> None:
    hover = await ask(opened, "hover", "maximize")
    assert hover["contents"]["kind"] == "markdown"
    assert texts([hover["range"]]) == ["maximize"]


async def test_hover_on_nothing_is_null(opened: tuple[RawClient, str]) -> None:
    assert await ask(opened, "hover", "Answer") is None


async def test_definition_leads_to_the_declaration(opened: tuple[RawClient, str]) -> None:
    (location,) = await ask(opened, "definition", "m\n  learn")
    assert location["uri"] == opened[1]
    assert texts([location["range"]]) == ["m"]
    assert location["range"]["start"]["line"] == 0


async def test_references_reach_files_that_are_not_open(opened: tuple[RawClient, str]) -> None:
    found = await ask(opened, "references", "qa(", context={"includeDeclaration": True})
    assert {Path(location["uri"]).name for location in found} == {"qa.prompt", "other.prompt"}
    fewer = await ask(opened, "references", "qa(", context={"includeDeclaration": False})
    assert len(fewer) == len(found) - 1


async def test_highlights_tell_writing_from_reading(opened: tuple[RawClient, str]) -> None:
    found = await ask(opened, "documentHighlight", "rows from")
    assert sorted(one["kind"] for one in found) == [2, 3]
    assert set(texts([one["range"] for one in found])) == {"rows"}


async def test_rename_edits_every_file(opened: tuple[RawClient, str]) -> None:
    prepared = await ask(opened, "prepareRename", "qa(")
    assert prepared["placeholder"] == "qa"
    edit = await ask(opened, "rename", "qa(", newName="answerer")
    assert {Path(uri).name for uri in edit["changes"]} == {"qa.prompt", "other.prompt"}
    changed = SOURCE
    for one in reversed(edit["changes"][opened[1]]):
        changed = apply(changed, one, "utf-8")
    assert "graph answerer(" in changed
    assert "optimize answerer on" in changed


async def test_a_rename_that_cannot_be_says_why(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    params = {"textDocument": {"uri": uri}, "position": at("qa("), "newName": "no name"}
    error = (await client.request("textDocument/rename", params))["error"]
    assert (error["code"], "is not a name" in error["message"]) == (-32803, True)


async def test_symbols_form_a_tree(opened: tuple[RawClient, str]) -> None:
    symbols = await ask(opened, "documentSymbol")
    graph = next(symbol for symbol in symbols if symbol["name"] == "qa")
    (node,) = graph["children"]
    assert node["name"] == "reply"
    assert [section["name"] for section in node["children"]] == ["system", "user"]


async def test_folds_cover_more_than_one_line(opened: tuple[RawClient, str]) -> None:
    folds = await ask(opened, "foldingRange")
    assert folds
    assert all(fold["endLine"] > fold["startLine"] for fold in folds)


async def test_selections_grow(opened: tuple[RawClient, str]) -> None:
    (chain,) = await ask(opened, "selectionRange", positions=[at("at length")])
    sizes: list[int] = []
    while chain is not None:
        span = chain["range"]
        sizes.append(1000 * (span["end"]["line"] - span["start"]["line"]) + span["end"]["character"])
        chain = chain.get("parent")
    assert len(sizes) > 3


async def test_completion_offers_what_fits(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    place = at("{{question}}", offset=2)
    await client.change(uri, 2, {"range": {"start": place, "end": {**place, "character": 40}}, "text": ""})
    found = await client.result("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
    assert [item["label"] for item in found["items"]] == ["question"]
    (item,) = found["items"]
    assert item["textEdit"] == {"range": {"start": place, "end": place}, "newText": "question"}


async def test_tokens_in_full_in_part_and_as_a_change(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    document = {"textDocument": {"uri": uri}}
    before = await client.result("textDocument/semanticTokens/full", document)
    assert len(before["data"]) % 5 == 0
    top = {"line": 0, "character": 0}
    await client.change(uri, 2, {"range": {"start": top, "end": top}, "text": 'model extra = "x/y"\n'})
    previous = {**document, "previousResultId": before["resultId"]}
    delta = await client.result("textDocument/semanticTokens/full/delta", previous)
    data = list(before["data"])
    for edit in delta["edits"]:
        data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit["data"]
    after = await client.result("textDocument/semanticTokens/full", document)
    assert data == after["data"]
    visible = {"range": {"start": top, "end": {"line": 0, "character": 5}}}
    part = await client.result("textDocument/semanticTokens/range", {**document, **visible})
    assert part["data"] == after["data"][: len(part["data"])]
    assert 0 < len(part["data"]) < len(after["data"])
    unknown = {**document, "previousResultId": "long ago"}
    assert (await client.result("textDocument/semanticTokens/full/delta", unknown))["data"] == after["data"]


async def test_formatting_is_one_small_edit_and_then_none(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    options = {"options": {"tabSize": 2, "insertSpaces": True}}
    assert await ask(opened, "formatting", **options) is None
    untidy = SOURCE.replace("graph qa(question: text)", "graph   qa( question : text )")
    await client.change(uri, 2, {"text": untidy})
    (edit,) = await ask(opened, "formatting", **options)
    assert apply(untidy, edit, "utf-8") == SOURCE
    assert edit["range"]["start"]["line"] == edit["range"]["end"]["line"]


async def test_diagnostics_are_pulled_and_known_ones_are_not_sent_again(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    await client.change(uri, 2, {"text": SOURCE.replace("{{question}}", "{{qestion}}")})
    first = await ask(opened, "diagnostic")
    assert "P501" in [one["code"] for one in first["items"]]
    again = await ask(opened, "diagnostic", previousResultId=first["resultId"])
    while again["kind"] == "full":  # what shows in data and models has come in between
        first, again = again, await ask(opened, "diagnostic", previousResultId=again["resultId"])
    assert again == {"kind": "unchanged", "resultId": first["resultId"]}
    pushed = [one for one in client.unread if one.get("method") == "textDocument/publishDiagnostics"]
    assert all(one["params"]["diagnostics"] == [] for one in pushed)


async def test_a_fix_of_a_check_is_a_quick_fix(opened: tuple[RawClient, str]) -> None:
    client, uri = opened
    broken = SOURCE.replace("{{question}}", "{{qestion}}")
    await client.change(uri, 2, {"text": broken})
    (diagnostic,) = [one for one in (await ask(opened, "diagnostic"))["items"] if one["code"] == "P501"]
    params = {"range": diagnostic["range"], "context": {"diagnostics": [diagnostic], "only": ["quickfix"]}}
    (action,) = await ask(opened, "codeAction", **params)
    assert action["diagnostics"] == [diagnostic]
    (edit,) = action["edit"]["changes"][uri]
    assert apply(broken, edit, "utf-8") == SOURCE
    others = await ask(opened, "codeAction", **{**params, "context": {"diagnostics": [], "only": ["refactor"]}})
    assert {other["kind"].split(".")[0] for other in others} == {"refactor"}


async def test_a_file_changed_on_disk_is_read_again(client: RawClient, tmp_path: Path) -> None:
    (tmp_path / "qa.prompt").write_text("graph other(x: text) -> x\n")
    await client.initialize(RICH_CAPABILITIES)
    uri = (tmp_path / "other.prompt").as_uri()
    await client.open(uri, OTHER)
    assert "P201" in [one["code"] for one in await client.diagnostics(uri)]
    (tmp_path / "qa.prompt").write_text(SOURCE)
    changes = [{"uri": (tmp_path / "qa.prompt").as_uri(), "type": 2}]
    await client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert "P201" not in [one["code"] for one in await client.diagnostics(uri)]


async def test_an_edit_in_one_file_shows_in_the_files_that_use_it(client: RawClient, tmp_path: Path) -> None:
    await client.initialize(RICH_CAPABILITIES)
    used, user = ((tmp_path / name).as_uri() for name in ("qa.prompt", "other.prompt"))
    await client.open(used, SOURCE)
    await client.open(user, OTHER)
    assert [one for one in await client.diagnostics(user) if one["severity"] == 1] == []
    await client.change(used, 2, {"text": SOURCE.replace("graph qa(", "graph renamed(")})
    assert "P201" in [one["code"] for one in await client.diagnostics(user)]


async def test_findings_come_back_with_the_editor(client: RawClient, tmp_path: Path) -> None:
    suggestion = {"slot": SLOT, "status": "proven", "after": "Better.", "interval": [0.1, 0.2]}
    scores = {"together": 3, "before": {"score": 0.4}, "after": {"score": 0.9, "rows": 20}}
    body = {**FINDING, "suggestion": suggestion, **scores}
    store = open_store(tmp_path)
    text = "Answer naïvely 😀 and at length."
    store.replace_findings(
        "qa.prompt", "qa", [FindingRecord("f1", "qa.prompt", "qa", SLOT, text_hash(text), "r1", body)]
    )
    store.close()
    await client.initialize(RICH_CAPABILITIES)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    params = await client.notification(
        "textDocument/publishDiagnostics",
        lambda params: any(one["code"] == "finding" for one in params["diagnostics"]),
    )
    (finding,) = [one for one in params["diagnostics"] if one["code"] == "finding"]
    assert finding["range"] == lsp_range(SOURCE, "at length")
    context = {"range": finding["range"], "context": {"diagnostics": [finding]}}
    actions = await client.result("textDocument/codeAction", {"textDocument": {"uri": uri}, **context})
    assert "together with 2 more" in actions[0]["title"]


async def test_a_store_that_cannot_be_read_is_a_line_in_the_log(client: RawClient, tmp_path: Path) -> None:
    (tmp_path / ".prompts").mkdir()
    (tmp_path / ".prompts" / "store.sqlite").write_bytes(b"no database at all" * 100)
    await client.initialize(RICH_CAPABILITIES)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    await client.diagnostics(uri)
    assert await client.leave() == 0


async def test_settings_of_the_wrong_kind_keep_their_default_and_are_named(client: RawClient) -> None:
    await client.initialize(initializationOptions={"settings": {"codeLens": "yes", "colour": 1}})
    shown = {(await client.notification("window/showMessage"))["message"] for _ in range(2)}
    assert shown == {
        "The setting 'prompts.codeLens' must be true or false; it is left at its default.",
        "There is no setting 'prompts.colour'.",
    }
    await client.notify("workspace/didChangeConfiguration", {"settings": {"prompts": {"codeLens": False}}})
    await client.open("untitled:a", SOURCE)
    lenses = {"textDocument": {"uri": "untitled:a"}}
    assert await client.result("textDocument/codeLens", lenses) is None


async def test_settings_are_asked_for_where_the_editor_answers(client: RawClient) -> None:
    client.answers["workspace/configuration"] = lambda _params: [{"codeLens": False}]
    await client.initialize({"workspace": {"configuration": True}})
    await client.wait_for(lambda message: message.get("method") == "workspace/configuration", "question")
    await client.open("untitled:a", SOURCE)
    await client.diagnostics("untitled:a")
    assert await client.result("textDocument/codeLens", {"textDocument": {"uri": "untitled:a"}}) is None


async def test_settings_that_change_are_asked_for_again(client: RawClient) -> None:
    settings = [{"codeLens": True}]
    client.answers["workspace/configuration"] = lambda _params: settings
    client.answers["client/registerCapability"] = lambda _params: None
    capabilities = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}
    await client.initialize(capabilities)
    asked = await client.wait_for(lambda one: one.get("method") == "client/registerCapability", "registration")
    assert [one["method"] for one in asked["params"]["registrations"]] == ["workspace/didChangeConfiguration"]
    await client.open("untitled:a", SOURCE)
    await client.diagnostics("untitled:a")
    lenses = {"textDocument": {"uri": "untitled:a"}}
    assert await client.result("textDocument/codeLens", lenses)

    settings[0] = {"codeLens": False}
    await client.notify("workspace/didChangeConfiguration", {"settings": None})
    await client.diagnostics("untitled:a")
    assert await client.result("textDocument/codeLens", lenses) is None


async def test_nothing_is_said_about_documents_that_are_not_open(session: RawClient) -> None:
    for method, params in METHODS:
        reply = await session.request(
            f"textDocument/{method}", {"textDocument": {"uri": "file:///never-opened.prompt"}, **params}
        )
        assert "error" not in reply, method
        assert reply["result"] in (None, [], {"kind": "full", "items": []}), method


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "\ufeff" + SOURCE,
        "---\nfront: matter\n---\nhello",
        "\t\tgraph x",
        "\u2028\u2029\x00",
        SOURCE[:200],
        "}}{{" * 50,
    ],
)
async def test_every_feature_stands_any_text(session: RawClient, text: str) -> None:
    uri = "untitled:odd"
    await session.open(uri, text)
    for method, params in METHODS:
        reply = await session.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, **params})
        assert reply.get("error", {}).get("code", -32803) == -32803, (method, reply)
    session.unread.clear()
