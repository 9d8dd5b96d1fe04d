"""A person's session, over stdio: write, optimise, look, accept, edit, undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient

SOURCE = """\
model m = "openai/gpt-4o-mini"

dataset rows from "rows.jsonl"
  expect answer

graph qa(question: text) -> reply

llm reply(question) -> answer: text
  model m
  learn system:
    Answer naïvely 😀 and at length.
  user: {{question}}

metric score(answer, expected) = exact

optimize qa on rows
  maximize score
  critic m
  rewriter m
  budget 10 calls
"""
SLOT = "qa/reply/system"
QUOTE = "at length"
REWRITE = "Answer naïvely 😀 in one word."
FINDING = {
    "slot": SLOT,
    "range": None,
    "verdict": "causes",
    "verified": True,
    "critique": "The <b>answers</b> are too long.",
    "quote": QUOTE,
    "rows": ["row-3", "row-7"],
    "downstream": "reply",
}
REPORT = {
    "event": "report",
    "graph": "qa",
    "calls": 9,
    "usd": 0.03,
    "before": {"score": 0.4, "interval": [0.2, 0.6], "rows": 20},
    "after": {"score": 0.9, "interval": [0.8, 1.0], "rows": 20},
    "slots": [
        {"slot": SLOT, "status": "proven", "before": "x", "after": REWRITE, "effect": 0.5, "interval": [0.3, 0.7]}
    ],
    "findings": [FINDING],
}
OPTIMIZE = [
    {"event": "started", "calls": 0},
    {"event": "bound", "bound": {"calls": 10, "usd": 0.1}},
    {"event": "progress", "done": 1, "total": 2, "calls": 4},
    {"event": "finding", **FINDING},
    REPORT,
    {"event": "finished", "state": "done"},
]

ROWS = """\
{"id": "row-1", "question": "q", "answer": "a"}
{"id": "row-3", "question": "naïve 😀", "answer": "a"}
"""
THIRD_END = {"line": 1, "character": len(ROWS.splitlines()[1].encode("utf-16-le")) // 2}

FakeWorker = Callable[[dict[str, Any]], Any]


def lsp_position(text: str, index: int, encoding: str) -> Message:
    line = text.count("\n", 0, index)
    before = text[text.rfind("\n", 0, index) + 1 : index]
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    name = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    return {"line": line, "character": len(before.encode(name)) // size}


def lsp_range(text: str, words: str, encoding: str = "utf-16") -> Message:
    start = text.index(words)
    return {
        "start": lsp_position(text, start, encoding),
        "end": lsp_position(text, start + len(words), encoding),
    }


NODE = {**lsp_range(SOURCE, "reply(question)"), "end": lsp_position(SOURCE, SOURCE.index("(question) ->"), "utf-16")}
DATASET = {"start": {"line": 2, "character": 8}, "end": {"line": 2, "character": 12}}


def apply(text: str, edit: Message, encoding: str = "utf-16") -> str:
    """Applies one text edit, as an editor would."""
    lines = text.split("\n")
    size, name = {"utf-8": (1, "utf-8"), "utf-16": (2, "utf-16-le"), "utf-32": (4, "utf-32-le")}[encoding]

    def index(position: Message) -> int:
        before = sum(len(line) + 1 for line in lines[: position["line"]])
        units = lines[position["line"]].encode(name)[: position["character"] * size]
        return before + len(units.decode(name))

    return text[: index(edit["range"]["start"])] + edit["newText"] + text[index(edit["range"]["end"]) :]


async def start(
    start_client: Any,
    fake_worker: FakeWorker,
    tmp_path: Path,
    capabilities: Message = RICH_CAPABILITIES,
    **options: Any,
) -> tuple[RawClient, str]:
    client: RawClient = await start_client(command=fake_worker({"optimize": OPTIMIZE}))
    client.answer_everything()
    await client.initialize(capabilities, initializationOptions={"trusted": True, "protocol": 1, **options})
    uri = (tmp_path / "qa.prompt").as_uri()
    (tmp_path / "rows.jsonl").write_text(ROWS, encoding="utf-8")
    return client, uri


async def with_rows(client: RawClient, uri: str) -> list[Message]:
    """The findings' diagnostics, once the places of failing rows have been looked up."""
    params = await client.notification(
        "textDocument/publishDiagnostics",
        lambda params: any("row-3 fails" in json.dumps(one) for one in params["diagnostics"]),
    )
    assert params["uri"] == uri
    return [one for one in params["diagnostics"] if one["code"] == "finding"]


async def optimize(client: RawClient, uri: str) -> Message:
    """Optimises, and gives the finding's diagnostic as the report leaves it."""
    await client.result("workspace/executeCommand", {"command": "prompts.optimize", "arguments": [{"uri": uri}]})
    await client.notification("prompts/status", lambda status: status["state"] == "done")
    found = [
        message["params"] for message in client.unread if message.get("method") == "textDocument/publishDiagnostics"
    ]
    diagnostics = [one for params in found for one in params["diagnostics"] if one["code"] == "finding"]
    client.unread = [message for message in client.unread if message.get("method") != "textDocument/publishDiagnostics"]
    return diagnostics[-1]


async def test_from_the_first_keystroke_to_the_accepted_rewrite(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    client, uri = await start(start_client, fake_worker, tmp_path)

    # A slip of the pen is underlined, and its correction takes the line away.
    await client.open(uri, SOURCE.replace("{{question}}", "{{qestion}}"))
    (slip,) = [one for one in await client.diagnostics(uri) if one["severity"] == 1]
    assert slip["code"] == "P501"
    await client.change(uri, 2, {"range": slip["range"], "text": "{{question}}"})
    assert [one for one in await client.diagnostics(uri, 2) if one["severity"] == 1] == []

    # Optimise: the answer comes at once, progress and the finding follow.
    started = await client.result(
        "workspace/executeCommand", {"command": "prompts.optimize", "arguments": [{"uri": uri, "graph": "qa"}]}
    )
    token = f"prompts/{started['job']}"
    begin = await client.notification("$/progress", lambda params: params["token"] == token)
    assert (begin["value"]["kind"], begin["value"]["title"]) == ("begin", "Optimize qa")
    await client.notification("$/progress", lambda params: params["value"]["kind"] == "end")
    await client.notification("prompts/status", lambda status: status["state"] == "done")
    (finding,) = await with_rows(client, uri)
    assert finding["range"] == lsp_range(SOURCE, QUOTE)
    assert finding["severity"] == 2
    assert finding["message"] == FINDING["critique"]
    shown, third, seventh = finding["relatedInformation"]
    assert shown == {"location": {"uri": uri, "range": NODE}, "message": "The failure shows here."}
    assert third["message"] == "The row row-3 fails."
    rows = (tmp_path / "rows.jsonl").as_uri()
    assert third["location"] == {"uri": rows, "range": {"start": {"line": 1, "character": 0}, "end": THIRD_END}}
    assert seventh == {
        "location": {"uri": uri, "range": DATASET},
        "message": "Failing rows: row-7.",
    }

    # Hover shows the evidence, and shows what a model wrote as text.
    at_finding = {"textDocument": {"uri": uri}, "position": finding["range"]["start"]}
    hover = (await client.result("textDocument/hover", at_finding))["contents"]["value"]
    assert "40 % → 90 % on 20 held-out rows" in hover
    assert "<b>" not in hover

    # The light bulb offers the rewrite; the edit is worked out when it is chosen, and is shown before it is made.
    context = {"diagnostics": [finding], "only": ["quickfix"]}
    params = {"textDocument": {"uri": uri}, "range": finding["range"], "context": context}
    (action,) = await client.result("textDocument/codeAction", params)
    assert action["title"] == "Rewrite reply system: 40 % → 90 % on 20 held-out rows"
    assert (action["isPreferred"], action["tags"]) == (True, [1])
    assert "edit" not in action
    resolved = await client.result("codeAction/resolve", action)
    (change,) = resolved["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 2}
    (edit,) = change["edits"]
    assert resolved["edit"]["changeAnnotations"][edit["annotationId"]]["needsConfirmation"] is True
    rewritten = apply(SOURCE, edit)
    assert rewritten == SOURCE.replace("Answer naïvely 😀 and at length.", REWRITE)

    # Accepted: the finding is settled. Another edit outdates it; undoing everything makes it fresh again.
    await client.change(uri, 3, {"range": edit["range"], "text": edit["newText"]})
    assert [one for one in await client.diagnostics(uri, 3) if one["code"] == "finding"] == []

    # Its evidence stays on hover, on any word of the accepted text.
    at_rewrite = {"textDocument": {"uri": uri}, "position": lsp_range(rewritten, "one word")["start"]}
    hover = (await client.result("textDocument/hover", at_rewrite))["contents"]["value"]
    assert hover.startswith("**Tested rewrite: 40 % → 90 % on 20 held-out rows.** Gain: 30 to 70 points.")
    assert "row-3, row-7" in hover
    assert "The failure shows at reply." in hover
    assert "<b>" not in hover
    await client.change(uri, 4, {"text": SOURCE.replace("naïvely", "well")})
    (outdated,) = [one for one in await client.diagnostics(uri, 4) if one["code"] == "finding"]
    assert outdated["message"].startswith("Outdated: ")
    assert outdated["severity"] == 3
    refused = await client.request("codeAction/resolve", action)
    assert refused["error"]["code"] == -32801
    assert await client.result("textDocument/codeAction", params) == []
    await client.change(uri, 5, {"text": SOURCE})
    (fresh,) = [one for one in await client.diagnostics(uri, 5) if one["code"] == "finding"]
    assert fresh == finding
    assert await client.leave() == 0


@pytest.mark.parametrize("findings", [True, False])
async def test_a_hover_that_shows_diagnostics_anyway_says_nothing_twice(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path, *, findings: bool
) -> None:
    settings = {"findings": findings}
    client, uri = await start(start_client, fake_worker, tmp_path, diagnosticsInHover=True, settings=settings)
    await client.open(uri, SOURCE)
    await client.result("workspace/executeCommand", {"command": "prompts.optimize", "arguments": [{"uri": uri}]})
    await client.notification("prompts/status", lambda status: status["state"] == "done")

    at_finding = {"textDocument": {"uri": uri}, "position": lsp_range(SOURCE, QUOTE)["start"]}
    hover = (await client.result("textDocument/hover", at_finding))["contents"]["value"]

    # Where findings are not shown as diagnostics, the hover is the only one to say it.
    assert ("row-3" in hover) is not findings
    assert ("Words at fault" in hover) is not findings
    assert hover.startswith("**Verified fault in reply system**")
    assert "40 % → 90 % on 20 held-out rows" in hover


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_every_position_encoding_finds_the_same_words(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path, encoding: str
) -> None:
    capabilities = {**RICH_CAPABILITIES, "general": {"positionEncodings": [encoding, "utf-16"]}}
    client, uri = await start(start_client, fake_worker, tmp_path, capabilities)
    await client.open(uri, SOURCE)
    finding = await optimize(client, uri)
    assert finding["range"] == lsp_range(SOURCE, QUOTE, encoding)
    params = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": []}}
    action = (await client.result("textDocument/codeAction", params))[0]
    (change,) = (await client.result("codeAction/resolve", action))["edit"]["documentChanges"]
    assert REWRITE in apply(SOURCE, change["edits"][0], encoding)


async def test_an_edit_above_moves_the_finding_and_its_rewrite(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    client, uri = await start(start_client, fake_worker, tmp_path)
    await client.open(uri, SOURCE)
    finding = await optimize(client, uri)
    top = {"line": 0, "character": 0}
    await client.change(
        uri, 2, {"range": {"start": top, "end": top}, "text": "# A comment with U+2028 \u2028 in it.\n\n"}
    )
    (moved,) = [one for one in await client.diagnostics(uri, 2) if one["code"] == "finding"]
    assert moved["range"]["start"]["line"] == finding["range"]["start"]["line"] + 2
    assert moved["message"] == finding["message"]


async def test_an_editor_that_supports_little_gets_a_complete_plain_edit(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    capabilities = {"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}
    client, uri = await start(start_client, fake_worker, tmp_path, capabilities)
    await client.open(uri, SOURCE)
    finding = await optimize(client, uri)
    params = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": []}}
    action = (await client.result("textDocument/codeAction", params))[0]
    assert REWRITE in apply(SOURCE, action["edit"]["changes"][uri][0])


async def test_lenses_offer_what_can_be_done_now(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    script = {"optimize": [OPTIMIZE[0], OPTIMIZE[2], {"do": "await-stop"}, {"event": "finished", "state": "stopped"}]}
    client: RawClient = await start_client(command=fake_worker(script))
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)

    head = lsp_position(SOURCE, SOURCE.index("graph qa"), "utf-16")

    async def titles() -> list[str]:
        found = await client.result("textDocument/codeLens", {"textDocument": {"uri": uri}})
        return [lens["command"]["title"] for lens in found if lens["range"]["start"] == head]

    assert await titles() == ["Run", "Evaluate", "Optimize"]
    arguments = [{"uri": uri, "position": lsp_position(SOURCE, SOURCE.index("learn system"), "utf-16")}]
    await client.result("workspace/executeCommand", {"command": "prompts.optimize", "arguments": arguments})
    await client.notification("prompts/status", lambda status: status.get("calls") == 4)
    assert await titles() == ["Stop · optimize · 1 of 2 · 4 calls"]
    assert await client.result("workspace/executeCommand", {"command": "prompts.stop"}) == {"stopped": 1}
    await client.notification("prompts/status", lambda status: status["state"] == "idle")
    assert await titles() == ["Run", "Evaluate", "Resume optimizing · 4 calls paid", "stopped"]


async def test_an_editor_without_lenses_is_offered_them_as_actions(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    script = {"optimize": [OPTIMIZE[0], {"do": "await-stop"}, {"event": "finished", "state": "stopped"}]}
    client: RawClient = await start_client(command=fake_worker(script))
    client.answer_everything()
    actions = RICH_CAPABILITIES["textDocument"]["codeAction"]
    without = RICH_CAPABILITIES | {"textDocument": {"codeAction": actions}}
    await client.initialize(without, initializationOptions={"trusted": True, "protocol": 1})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    head = lsp_range(SOURCE, "graph qa", "utf-16")

    async def offered(**context: Any) -> list[dict[str, Any]]:
        params = {"textDocument": {"uri": uri}, "range": head, "context": {"diagnostics": [], **context}}
        found = await client.result("textDocument/codeAction", params)
        return [action["command"] for action in found if action["kind"] == "source.run.prompts"]

    assert [command["command"] for command in await offered()] == [
        f"prompts.{name}" for name in ("run", "evaluate", "optimize")
    ]
    assert await offered(triggerKind=2) == []
    assert await offered(only=["quickfix"]) == []
    await client.result("workspace/executeCommand", (await offered(only=["source"]))[2])
    await client.notification("prompts/status", lambda status: status["state"] == "running")
    (stop,) = await offered()
    assert await client.result("workspace/executeCommand", stop) == {"stopped": 1}


@pytest.mark.parametrize("route", ["progress", "command", "lens", "close", "trust", "shutdown"])
async def test_a_job_can_be_stopped_by_every_route(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path, route: str
) -> None:
    script = {"optimize": [OPTIMIZE[0], {"do": "await-stop"}, {"event": "finished", "state": "stopped"}]}
    client: RawClient = await start_client(command=fake_worker(script))
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    order = {"command": "prompts.optimize", "arguments": [{"uri": uri}]}
    job = (await client.result("workspace/executeCommand", order))["job"]
    await client.notification("prompts/status", lambda status: status["state"] == "running")
    match route:
        case "progress":
            await client.notify("window/workDoneProgress/cancel", {"token": f"prompts/{job}"})
        case "command":
            stop = {"command": "prompts.stop", "arguments": [{"job": job}]}
            assert await client.result("workspace/executeCommand", stop) == {"stopped": 1}
        case "lens":
            lenses = await client.result("textDocument/codeLens", {"textDocument": {"uri": uri}})
            (stop,) = {json.dumps(one["command"]) for one in lenses if one["command"]["title"].startswith("Stop")}
            assert await client.result("workspace/executeCommand", json.loads(stop)) == {"stopped": 1}
        case "shutdown":
            await client.result("shutdown")
        case "close":
            await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        case _:
            await client.notify("prompts/trustChanged", {"trusted": False})
    await client.notification("$/progress", lambda params: params["value"]["kind"] == "end")


async def test_nothing_runs_without_trust(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> None:
    client: RawClient = await start_client(command=fake_worker({"run": [{"do": "crash"}]}))
    await client.initialize()
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    order = {"command": "prompts.run", "arguments": [{"uri": uri}]}
    refused = await client.request("workspace/executeCommand", order)
    assert refused["error"]["code"] == -32803
    assert "trust" in refused["error"]["message"]
    client.unread.clear()
    await client.notify("prompts/trustChanged", {"trusted": True})
    assert "job" in await client.result("workspace/executeCommand", order)
    crash = await client.notification("window/showMessage")
    assert "code 9" in crash["message"]


async def test_a_document_without_a_file_is_served_but_not_run(session: RawClient) -> None:
    for uri in ("untitled:Untitled-1", "vscode-notebook-cell:/a%20b#1", "git:/x.prompt?ref"):
        await session.open(uri, "graph g(x: text) -> y\n")
        assert (await session.diagnostics(uri))[0]["code"]
        await session.notify("prompts/trustChanged", {"trusted": True})
        order = {"command": "prompts.run", "arguments": [{"uri": uri}]}
        reply = await session.request("workspace/executeCommand", order)
        assert "Save the document first" in reply["error"]["message"]


async def test_a_finding_leads_to_where_its_failure_shows(
    start_client: Any, fake_worker: FakeWorker, tmp_path: Path
) -> None:
    """The engine does not name the node; then it is the one whose result is judged."""
    text = SOURCE.replace("-> reply\n", "-> shorten\n").replace(
        "metric score", "llm shorten(reply) -> short: text\n  model m\n  user: {{reply}}\n\nmetric score"
    )
    unnamed = {name: value for name, value in FINDING.items() if name != "downstream"}
    steps = [OPTIMIZE[0], {"event": "finding", **unnamed}, {"event": "finished", "state": "done"}]
    client: RawClient = await start_client(command=fake_worker({"optimize": steps}))
    client.answer_everything()
    await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, text)
    finding = await optimize(client, uri)
    first = finding["relatedInformation"][0]
    start = lsp_position(text, text.index("shorten(reply)"), "utf-16")
    assert (first["location"]["range"]["start"], first["message"]) == (
        start,
        "The failure shows in what comes out here.",
    )
