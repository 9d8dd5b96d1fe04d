"""An editor that dies while an optimisation runs, and comes back: nothing is left behind, nothing is lost, nothing is paid twice."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.engine.store.model import RunState
from prompts_lang.engine.store.sqlite import open_store
from tests.server import raw_client
from tests.server.processes import gone
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient
from tests.server.test_real_session import EXAMPLE

PATIENCE = 300.0
BUDGET = 400
ORDER = {"options": {"budget": f"{BUDGET} calls"}}


async def open_session(start_client: Callable[..., Any], uri: str, text: str) -> RawClient:
    client: RawClient = await start_client()
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
    await client.open(uri, text)
    return client


def with_findings(params: Message, uri: str) -> bool:
    return params["uri"] == uri and any(one["code"] == "finding" for one in params["diagnostics"])


def family(process: int) -> list[int]:
    """The children of a process, and theirs."""
    found = [process]
    for one in found:
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            found.extend(int(child) for child in tasks.read_text().split())
    return found[1:]


@pytest.mark.parametrize("end", [signal.SIGKILL, None], ids=["the server is killed", "the editor closes its end"])
async def test_an_optimisation_is_gone_on_with_where_it_ended(
    start_client: Callable[..., Any], tmp_path: Path, monkeypatch: Any, end: signal.Signals | None
) -> None:
    monkeypatch.setattr(raw_client, "PATIENCE", PATIENCE)
    folder = tmp_path / "multihop"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".prompts"))
    file = folder / "multihop.prompt"
    uri, text = file.as_uri(), file.read_text()
    argument = {"uri": uri, "graph": "multihop", **ORDER}
    order = {"command": "prompts.optimize", "arguments": [argument]}

    # The editor dies as soon as it has shown a finding.
    first = await open_session(start_client, uri, text)
    await first.result("workspace/executeCommand", order)
    seen = await first.notification("textDocument/publishDiagnostics", lambda params: with_findings(params, uri))
    shown = {one["message"] for one in seen["diagnostics"] if one["code"] == "finding"}
    calls = max(one["params"].get("calls", 0) for one in first.unread if one.get("method") == "prompts/status")
    children = family(first.process.pid)
    assert children
    endings = [gone(child) for child in children]
    first.answers.clear()
    if end is None:
        first.close_input()
    else:
        os.kill(first.process.pid, end)
    await first.exit_code()
    await asyncio.gather(*endings)

    # What it has paid for is in the store.
    store = open_store(folder)
    (run,) = store.runs(file=file.name)
    paid = store.spent(run.id)
    store.close()
    assert run.state is RunState.STOPPED
    assert paid.calls >= calls > 0

    # The next one shows what was found so far, and offers to go on; what was paid for is not paid for again.
    second = await open_session(start_client, uri, text)
    params = await second.notification("textDocument/publishDiagnostics", lambda params: with_findings(params, uri))
    assert shown <= {one["message"] for one in params["diagnostics"] if one["code"] == "finding"}
    await second.wait_for(lambda message: message.get("method") == "workspace/codeLens/refresh", "refresh of lenses")
    lenses = await second.result("textDocument/codeLens", {"textDocument": {"uri": uri}})
    (resume,) = {one["command"]["title"] for one in lenses if one["command"]["title"].startswith("Resume")}
    assert resume.startswith(f"Resume optimizing · {paid.calls} calls")
    await second.result("workspace/executeCommand", order)
    await second.notification("prompts/status", lambda status: status["state"] == "done")
    assert await second.leave() == 0
    store = open_store(folder)
    (again,) = store.runs(file=file.name)
    entries = Counter(entry.key for entry in store.entries(run.id) if entry.state.value == "committed")
    spent = store.spent(run.id)
    store.close()
    assert (again.id, again.state) == (run.id, RunState.DONE)
    assert paid.calls < spent.calls <= BUDGET
    assert max(entries.values()) == 1
