"""Code that fails says at which line of which file, whatever stands around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

HEAD = """\
language 1

graph qa(question: text) -> reply.answer

# One more line.
code reply(question) -> answer: text
"""
PYTHON = """\
  # Above the section.
  python:
    from __future__ import annotations
    \tx = 1 if question else 2

  # A comment between.
    y = "\u2028"  # not a line of its own
    answer = {}
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero (qa.prompt:14)"),
        ("question.nothing", "AttributeError: 'str' object has no attribute 'nothing' (qa.prompt:14)"),
        ("(lambda: [n for n in 5])()", "TypeError: 'int' object is not iterable (qa.prompt:14)"),
        (
            "__import__('json').loads(question)",
            "JSONDecodeError: Expecting value: line 1 column 1 (char 0) (qa.prompt:14)",
        ),
        ("exec('raise ValueError(1)')", "ValueError: 1 (qa.prompt:14)"),
    ],
)
def test_code_in_place_fails_at_its_line_of_the_prompt_file(
    invoke: Invoke, tmp_path: Path, line_end: str, code: str, said: str
) -> None:
    text = (HEAD + PYTHON).replace("    \tx", "    x").replace("{}", code)
    (tmp_path / "qa.prompt").write_bytes(text.replace("\n", line_end).encode())
    ran = invoke("run", "qa.prompt", "--input", "question=hi")
    assert f"reply: {said}\n" in ran.stderr


def test_code_on_the_line_of_the_colon_fails_there(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "qa.prompt").write_text(f"{HEAD}  python: answer = 1 / 0\n")
    assert "by zero (qa.prompt:7)\n" in invoke("run", "qa.prompt", "--input", "question=hi").stderr


def test_the_line_is_that_of_today_although_the_result_is_remembered(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "qa.prompt"
    file.write_text(f"{HEAD}  python: answer = 1 / 0\n")
    invoke("run", "qa.prompt", "--input", "question=hi")
    file.write_text("# Moved down.\n" + file.read_text())
    ran = invoke("run", "qa.prompt", "--input", "question=hi")
    assert "by zero (qa.prompt:8)\n" in ran.stderr


def test_code_of_a_file_fails_at_the_line_of_that_file(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "inner.py").write_text("def half(n):\n    return n / 0\n")
    (tmp_path / "checks.py").write_text("import inner\n\ndef check(question):\n    return inner.half(1)\n")
    (tmp_path / "qa.prompt").write_text(f'{HEAD}  run "checks.py:check"\n')
    assert "by zero (inner.py:2)\n" in invoke("run", "qa.prompt", "--input", "question=hi").stderr


def test_code_of_another_prompt_file_fails_at_the_line_of_that_one(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "qa.prompt").write_text(f"{HEAD}  python: answer = 1 / 0\n")
    (tmp_path / "top.prompt").write_text(
        'language 1\n\nuse qa from "./qa.prompt"\n\ngraph top(question: text) -> ask.answer\n\ncall ask = qa(question)\n'
    )
    assert "by zero (qa.prompt:7)\n" in invoke("run", "top.prompt", "--input", "question=hi").stderr
