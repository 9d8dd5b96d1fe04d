"""Whatever rows, code and models say, a terminal is not driven, and a command that is suggested does what it says."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

ATTACK = "\x1b]0;title\x07\x1b[2J\x9b31m\r\u202egnp.exe\u2066\x00"
SHELL = "$(touch touched); `touch touched` 'x\" -- row"
DRIVING = set("\x00\x07\x08\r\x1b\x7f\x9b\u202e\u2066")

SOURCE = """\
language 1

dataset rows from "rows.jsonl"
  expect expected

graph qa(question: text) -> answer = reply.answer

code reply(question) -> answer: text
  run "code.py:reply"

metric right(answer, expected) from "code.py:right"

optimize qa on rows
  maximize right
  critic m
  rewriter m
  budget 10 calls

model m = "simulated/teacher"
"""
CODE = """\
def reply(question):
    print(question)
    if "fail" in question:
        raise ValueError(question)
    return question


def right(answer, expected):
    return {"score": 0.5, "feedback": answer}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "qa.prompt").write_text(SOURCE)
    (tmp_path / "code.py").write_text(CODE)
    rows = [
        {"id": f"{SHELL}{ATTACK}{n}", "question": f"{ATTACK}{'fail' if n % 4 == 0 else ''}{n}", "expected": ATTACK}
        for n in range(12)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_no_command_lets_a_row_drive_the_terminal(invoke: Invoke, project: Path) -> None:
    said = ""
    for command in (
        ("check", "."),
        ("run", "qa.prompt", "--row", "1", "--trace"),
        ("run", "qa.prompt", "--row", "2"),
        ("run", "qa.prompt", "--input", f"question={ATTACK.replace(chr(0), '')}"),
        ("run", "qa.prompt", "--row", f"{SHELL}{ATTACK}".replace("\x00", "")),
        ("eval", "qa.prompt", "--split", "all"),
        ("runs", "."),
    ):
        ran = invoke(*command)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), command
        said += ran.stdout + ran.stderr
    for record in json.loads(invoke("runs", ".", "--json").stdout):
        said += (shown := invoke("show", record["run"])).stdout + shown.stderr
        said += (shown := invoke("show", record["run"], "--row", "1")).stdout + shown.stderr
    assert "gnp.exe" in said
    assert "Lowest rows:" in said
    assert DRIVING & set(said) == set()


def test_a_command_that_is_suggested_names_a_row_and_runs_nothing(invoke: Invoke, project: Path) -> None:
    invoke("run", "qa.prompt", "--row", "2")
    (record,) = json.loads(invoke("runs", ".", "--json").stdout)
    (suggested,) = [line for line in invoke("show", record["run"]).stderr.splitlines() if "--row" in line]
    words = shlex.split(suggested.partition("`")[2].rpartition("`")[0])
    assert words[:4] == ["prompts", "show", record["run"], "--row"]
    assert words[4].startswith(SHELL)
    assert len(words) == 5
