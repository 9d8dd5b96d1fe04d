"""Code nodes in the real sandbox: in place, from files, and within their limits."""

from __future__ import annotations

import pytest

from prompts_lang.engine.values import ProblemKind
from tests.language.running import Language

INLINE = """graph main(text: text, n: integer) -> a.out, more = a.more

code a(text, n) -> out: text, more: list[integer]
  python:
    import math
    out = text * n
    more = [math.factorial(k) for k in range(n)]
"""


async def test_inputs_and_outputs_are_variables(sandboxed: Language):
    sandboxed.write(INLINE)
    assert (await sandboxed.run(text="ab", n=3)).outputs == {"out": "ababab", "more": [1, 1, 2]}


FUNCTION = """graph main(text: text) -> a.ok, why = a.why

code a(text) -> ok: boolean, why: text
  run "checks.py:check"
"""


async def test_a_function_of_a_file_takes_inputs_by_name_and_gives_outputs_by_name(sandboxed: Language):
    sandboxed.write(
        FUNCTION,
        checks__py="from helper import limit\n\ndef check(*, text):\n    return {'ok': len(text) < limit, 'why': 'length'}\n",
        helper__py="limit = 3\n",
    )
    assert (await sandboxed.run(text="ab")).outputs == {"ok": True, "why": "length"}


def test_a_function_is_looked_for_by_parsing(language: Language):
    language.write(FUNCTION, checks__py="def chek(text):\n    return {}\n")
    assert language.told() == ["P602"]
    language.write(FUNCTION, checks__py="def check(txt):\n    return {}\n")
    assert language.told() == ["P611"]


@pytest.mark.parametrize(
    ("python", "kind", "part"),
    [
        ("out = 1 / 0", ProblemKind.EXCEPTION, "ZeroDivisionError"),
        ("while True: out = 1", ProblemKind.TIMEOUT, "1"),
        ("out = len(bytearray(400_000_000))", ProblemKind.RESOURCES, "Memory"),
        ("import socket; out = socket.create_connection(('127.0.0.1', 9)) and 1", ProblemKind.EXCEPTION, "Error"),
        ("out = 'no number'", ProblemKind.SCHEMA, "'out' must be an integer"),
    ],
)
async def test_what_code_does_wrong_is_the_nodes_failure(
    sandboxed: Language, python: str, kind: ProblemKind, part: str
):
    seconds = 1 if kind is ProblemKind.TIMEOUT else 30
    sandboxed.write(
        f"graph main() -> a\n\ncode a() -> out: integer\n  timeout {seconds}s\n  memory 128mb\n  network off\n"
        f"  python: {python}\n"
    )
    problem = (await sandboxed.run()).event("a").problem
    assert problem is not None
    assert (problem.kind, part in problem.message) == (kind, True)


def test_code_that_cannot_work_is_told_before_it_runs(language: Language):
    language.write("graph main() -> a\n\ncode a() -> out: integer\n  python: out = (\n")
    assert language.told() == ["P509"]
    language.write("graph main() -> a\n\ncode a() -> out: integer\n  python: result = 1\n")
    assert language.told() == ["P509"]
