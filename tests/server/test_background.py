"""Optimising without being asked, and what other processes and earlier sessions have found."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.engine.store.model import FindingRecord, Purpose, RunKind, RunRecord, RunState
from prompts_lang.engine.store.protocol import Reserve
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.graph.slots import text_hash
from tests.server.raw_client import RICH_CAPABILITIES, RawClient
from tests.server.test_session import FINDING, OPTIMIZE, SLOT, SOURCE, FakeWorker

SAVED: dict[str, Any] = {"background": "onSave", "backgroundBudget": "6 calls"}


async def session_with(
    start_client: Any, command: Any, folder: Path, settings: dict[str, Any], *, trusted: bool = True
) -> tuple[RawClient, str]:
    (folder / "rows.jsonl").write_text('{"question": "q", "answer": "a"}\n')
    client: RawClient = await start_client(command=command)
    client.answer_everything()
    options = {"trusted": trusted, "protocol": 1, "settings": settings}
    await client.initialize(RICH_CAPABILITIES, initializationOptions=options)
    uri = (folder / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    return client, uri


async def save(client: RawClient, uri: str) -> None:
    await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})


def statuses(client: RawClient) -> list[str]:
    return [one["params"]["state"] for one in client.unread if one.get("method") == "prompts/status"]


async def test_a_saved_file_is_optimised_once_and_quietly(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    client, uri = await session_with(start_client, fake_worker({"optimize": OPTIMIZE}), tmp_path, SAVED)
    await save(client, uri)
    await client.notification("prompts/status", lambda status: status["state"] == "done")
    assert not [one for one in client.unread if one.get("method") == "window/showMessage"]
    client.unread.clear()
    await save(client, uri)
    await client.request("workspace/symbol", {"query": ""})
    assert statuses(client) == []
    await client.change(uri, 2, {"text": SOURCE.replace("at length", "briefly")})
    await save(client, uri)
    await client.notification("prompts/status", lambda status: status["state"] == "done")


async def test_a_pause_in_typing_counts_where_the_settings_say_so(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    settings = {"background": "onIdle", "backgroundIdle": 2}
    client, uri = await session_with(start_client, fake_worker({"optimize": OPTIMIZE}), tmp_path, settings)
    await client.change(uri, 2, {"text": SOURCE.replace("at length", "briefly")})
    await client.notification("prompts/status", lambda status: status["state"] == "done")


@pytest.mark.parametrize(
    ("settings", "trusted", "text"),
    [
        ({}, True, SOURCE),
        (SAVED, False, SOURCE),
        (SAVED, True, SOURCE.replace("{{question}}", "{{qestion}}")),
        (SAVED, True, SOURCE.partition("optimize")[0]),
        ({**SAVED, "backgroundBudget": "0 calls"}, True, SOURCE),
    ],
    ids=["by default", "without trust", "with errors", "with nothing to optimise", "without a budget"],
)
async def test_nothing_is_optimised(
    start_client: Any,
    fake_worker: FakeWorker,
    tmp_path: Path,
    settings: dict[str, Any],
    trusted: bool,
    text: str,
) -> None:
    command = fake_worker({"optimize": OPTIMIZE})
    client, uri = await session_with(start_client, command, tmp_path, settings, trusted=trusted)
    await client.change(uri, 2, {"text": text})
    await save(client, uri)
    await client.leave()
    assert statuses(client) == []


def spend(folder: Path, calls: int) -> None:
    """Books calls of another run, made just now on the store of a folder."""
    store = open_store(folder)
    store.start_run(RunRecord("elsewhere", RunKind.OPTIMIZE, "other.prompt", "g", seed=1, parameters={}, started=0.0))
    spent = [Reserve("elsewhere", str(call), Purpose.FORWARD, "g/n", "openai/x", Decimal(0)) for call in range(calls)]
    store.append(spent)
    store.close()


@pytest.mark.parametrize(("spent", "left"), [(0, "6 calls"), (4, "2 calls"), (6, None)])
async def test_the_budget_of_a_day_counts_all_that_was_spent_on_the_store(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path, spent: int, left: str | None
) -> None:
    order = tmp_path / "order.json"
    command = fake_worker({"optimize": [{"do": "keep", "file": str(order)}, *OPTIMIZE]})
    spend(tmp_path, spent)
    client, uri = await session_with(start_client, command, tmp_path, SAVED)
    await save(client, uri)
    if left is None:
        await client.leave()
        assert not order.exists()
    else:
        await client.notification("prompts/status", lambda status: status["state"] == "done")
        assert json.loads(order.read_text())["options"]["budget"] == left


def keep_finding(folder: Path, critique: str) -> None:
    body = {**FINDING, "critique": critique}
    store = open_store(folder)
    record = FindingRecord("f", "qa.prompt", "qa", SLOT, text_hash("Answer naïvely 😀 and at length."), "r1", body)
    store.replace_findings("qa.prompt", "qa", [record])
    store.close()


async def test_what_another_window_finds_is_shown_here(client: RawClient, tmp_path: Path) -> None:
    await client.initialize(RICH_CAPABILITIES)
    uri = (tmp_path / "qa.prompt").as_uri()
    keep_finding(tmp_path, "Too long.")
    await client.open(uri, SOURCE)

    def says(critique: str) -> Any:
        return lambda params: critique in [one["message"] for one in params["diagnostics"]]

    await client.notification("textDocument/publishDiagnostics", says("Too long."))
    keep_finding(tmp_path, "Much too long.")
    store = {"uri": (tmp_path / ".prompts" / "store.sqlite").as_uri(), "type": 2}
    await client.notify("workspace/didChangeWatchedFiles", {"changes": [store]})
    await client.notification("textDocument/publishDiagnostics", says("Much too long."))


async def test_the_last_score_comes_back_with_the_editor(client: RawClient, tmp_path: Path) -> None:
    path = tmp_path / "qa.prompt"
    path.write_text(SOURCE)
    store = open_store(tmp_path)
    store.start_run(RunRecord("r1", RunKind.EVAL, "qa.prompt", "qa", started=path.stat().st_mtime + 1))
    store.finish_run("r1", RunState.DONE, {"score": 0.62, "interval": [0.5, 0.7], "scored": 60})
    store.close()
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES)
    await client.open(path.as_uri(), SOURCE)
    await client.wait_for(lambda one: one.get("method") == "workspace/codeLens/refresh", "the refresh")
    lenses = await client.result("textDocument/codeLens", {"textDocument": {"uri": path.as_uri()}})
    titles = [lens["command"]["title"] for lens in lenses]
    assert "62 % (50-70) on 60 rows" in titles
    await client.change(path.as_uri(), 2, {"text": SOURCE + "\n"})
    lenses = await client.result("textDocument/codeLens", {"textDocument": {"uri": path.as_uri()}})
    assert "62 % (50-70) on 60 rows · stale" in [lens["command"]["title"] for lens in lenses]


async def test_a_checkout_underneath_keeps_what_still_fits(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    keep_finding(tmp_path, "Too long.")
    client, uri = await session_with(start_client, fake_worker({}), tmp_path, {})

    def is_shown(prefix: str) -> Any:
        return lambda params: f"{prefix}Too long." in [one["message"] for one in params["diagnostics"]]

    await client.notification("textDocument/publishDiagnostics", is_shown(""))
    other = "# Another branch.\n" + SOURCE.replace("naïvely", "well").replace("graph qa", "\ngraph qa")
    await client.change(uri, 2, {"text": other})
    await client.notification("textDocument/publishDiagnostics", is_shown("Outdated: "))
    await client.change(uri, 3, {"text": "# Another branch.\n" + SOURCE})
    await client.notification("textDocument/publishDiagnostics", is_shown(""))
