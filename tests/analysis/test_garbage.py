"""Whatever stands in a data or code file: a list of problems, never an exception, and nothing that hangs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts_lang.analysis.data import check_data
from prompts_lang.graph.project import Project

SOURCE = """model m = "simulated/student"

dataset rows from "rows{ending}"
  expect answer
  split by part

corpus wiki from "rows{ending}"
  text body

graph main(question: text, count: integer) -> answer = a.out, b = b.out

code a(question, count) -> out: text
  run "checks.py:check"

llm b(question) -> out: text
  model m
  learn examples from rows, at most 2:
    one
  user: {{{{question}}}}

metric score(answer, expected) = f1

optimize main on rows
  maximize score
  critic m
  rewriter m
  budget $1.00
"""
LINES = [
    b'{"question": "?", "count": 1, "answer": "!", "part": "train", "body": "x", "id": "one"}',
    b'{"question": 3, "answer": null, "part": "dev"}',
    b'{"id": [1]}',
    b'{"a": "\\ud800"}',
    b"[" * 2000,
    b'{"a": NaN}',
    b"question,count,answer,part,body",
    b'"?,1,!,train,x',
    b"?,one,!,test,x",
    b"def check(question, count): return question",
    b"def check(*, other): pass",
    b"from x import *",
    b"(" * 2000,
    b"\x00\xff\xfe",
    b"\xef\xbb\xbf",
    b"",
]


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".jsonl.gz", ".parquet"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.sampled_from(LINES) | st.binary(max_size=40), max_size=6), whole=st.booleans())
def test_garbage_is_told_and_nothing_else(ending: str, tmp_path: Path, lines: list[bytes], whole: bool):
    (tmp_path / "main.prompt").write_text(SOURCE.format(ending=ending))
    content = b"\n".join(lines)
    packed = gzip.compress(content) if ending == ".jsonl.gz" and whole else content
    (tmp_path / f"rows{ending}").write_bytes(packed)
    (tmp_path / "checks.py").write_bytes(content)
    for problem in check_data(Project(), tmp_path / "main.prompt", {}):
        assert problem.message.endswith((".", "?", ")", "…")), problem.message
        assert str(tmp_path) not in problem.message
