"""What shows in data and code arrives after what shows in the text, and follows the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from prompts_lang.analysis.samples import Samples
from prompts_server.outside import OutsideFiles
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient

SOURCE = 'dataset rows from "rows.jsonl"\n  expect answr\n'


def codes(diagnostics: list[Message]) -> list[str]:
    return [one["code"] for one in diagnostics]


async def pushed(client: RawClient, uri: str, *wanted: str) -> list[Message]:
    """The next diagnostics with exactly these codes."""
    params = await client.notification(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == uri and codes(params["diagnostics"]) == list(wanted),
    )
    return params["diagnostics"]


async def test_a_column_that_is_not_there_is_pushed_when_the_data_has_been_read(client: RawClient, tmp_path: Path):
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES)
    (tmp_path / "rows.jsonl").write_text('{"question": "1", "answer": "1"}\n')
    uri = (tmp_path / "main.prompt").as_uri()
    await client.open(uri, SOURCE)
    (diagnostic,) = await pushed(client, uri, "P603")
    params = {"textDocument": {"uri": uri}, "range": diagnostic["range"], "context": {"diagnostics": [diagnostic]}}
    (action,) = await client.result("textDocument/codeAction", params)
    assert action["edit"]["documentChanges"][0]["edits"][0]["newText"] == "answer"
    await client.change(uri, 2, {"text": SOURCE.replace("answr", "answer")})
    assert await client.diagnostics(uri, 2) == []


async def test_an_editor_that_pulls_is_asked_to_pull_again(client: RawClient, tmp_path: Path):
    client.answer_everything()
    await client.initialize(
        {
            "textDocument": {"diagnostic": {"dynamicRegistration": False}},
            "workspace": {"diagnostics": {"refreshSupport": True}},
        }
    )
    (tmp_path / "rows.jsonl").write_text('{"question": "1", "answer": "1"}\n')
    uri = (tmp_path / "main.prompt").as_uri()
    await client.open(uri, SOURCE)
    await client.result("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    await client.wait_for(lambda message: message.get("method") == "workspace/diagnostic/refresh", "refresh")
    report = await client.result("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert codes(report["items"]) == ["P603"]


async def test_data_that_changes_on_disk_is_read_again(client: RawClient, tmp_path: Path):
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES)
    uri = (tmp_path / "main.prompt").as_uri()
    await client.open(uri, SOURCE)
    await pushed(client, uri, "P601")
    (tmp_path / "rows.jsonl").write_text('{"question": "1", "answr": "1"}\n')
    changes = [{"uri": (tmp_path / "rows.jsonl").as_uri(), "type": 1}]
    await client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    await pushed(client, uri)


async def test_nothing_is_read_after_the_end():
    samples = Samples(at_once=False)
    assert samples.data(Path("/nowhere/rows.jsonl")) is None
    assert samples.wanted
    outside = OutsideFiles(samples, lambda: None)
    outside.close()
    outside.look()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
