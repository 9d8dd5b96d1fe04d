"""With everything logged that can be, an editor, the log and the store are told no key, whatever a provider does with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.echo import ENVIRONMENT, KEY, PASSWORD, echo, found_in
from tests.cli.endpoint import serving
from tests.server import raw_client
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient

SOURCE = """\
language 1

model m = "openai/small"
  base "{base}"
  key env TEAM_ACCESS
  retry 1

dataset rows from "rows.jsonl"
  expect expected
  split 40/30/30

graph qa(question: text) -> answer = reply.answer

llm reply(question) -> answer: text
  model m
  learn system:
    Answer.
  user:
    {{{{question}}}}

metric right(answer, expected) = exact

optimize qa on rows
  maximize right
  critic m
  rewriter m
  budget 40 calls
  rounds 2
"""


async def test_neither_the_editor_nor_the_log_is_told_a_key(
    start_client: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_client, "PATIENCE", 120.0)
    rows = [{"question": f"What is {n} + {n}?", "expected": str(2 * n)} for n in range(12)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = tmp_path / "qa.prompt"
    everything: list[str] = []
    with serving(echo) as endpoint:
        file.write_text(SOURCE.format(base=endpoint.base))
        talkative = {**ENVIRONMENT, "PROMPTS_LOG": "debug", "LITELLM_LOG": "DEBUG", "PYTHONASYNCIODEBUG": "1"}
        client: RawClient = await start_client("--log-level", "debug", environment=talkative)
        client.expect_log("")
        client.answer_everything()
        await client.initialize(RICH_CAPABILITIES, initializationOptions={"trusted": True, "protocol": 1})
        uri = file.as_uri()
        await client.open(uri, file.read_text())
        argument: Message = {"uri": uri, "graph": "qa"}
        for command in ("prompts.run", "prompts.evaluate", "prompts.optimize"):
            await client.perform(command, **argument)
            shown = {"command": "prompts.showReport", "arguments": [argument]}
            everything.append(json.dumps(await client.request("workspace/executeCommand", shown)))
        for line, text in enumerate(file.read_text().split("\n")):
            for method in ("textDocument/hover", "textDocument/codeLens", "textDocument/inlayHint"):
                position = {"line": line, "character": min(4, len(text))}
                params = {
                    "textDocument": {"uri": uri},
                    "position": position,
                    "range": {"start": {"line": 0, "character": 0}, "end": position},
                }
                everything.append(json.dumps(await client.request(method, params)))
        assert len(endpoint.requests) >= 12
        await client.leave()
    everything += [json.dumps(message) for message in client.unread]
    said = "\n".join([*everything, *client.log])
    assert "[secret]" in said
    for secret in (KEY, PASSWORD, ENVIRONMENT["OPENAI_API_KEY"]):
        assert secret not in said.replace(json.dumps(file.read_text())[1:-1], "")
        assert [name for name in found_in(tmp_path, secret) if name != "qa.prompt"] == []
