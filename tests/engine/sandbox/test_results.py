"""What code gives back: values, or a problem that points at the user's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts_lang.engine.sandbox import (
    Level,
    Limits,
    LocalSandbox,
    SandboxProblemKind,
    function_code,
    inline_code,
)
from tests.engine.sandbox.conftest import Run


async def test_inline_code_reads_its_inputs_and_sets_its_outputs_as_variables(sandbox: LocalSandbox) -> None:
    code = inline_code("total = sum(n for n in numbers)\nwords = [w.upper() for w in names]", ("total", "words"))
    result = await sandbox.call(code, {"numbers": [1, 2.5], "names": ["ä", "b"]}, Limits())
    assert result.problem is None
    assert result.value == {"total": 3.5, "words": ["Ä", "B"]}


async def test_a_result_names_the_level_and_holds_what_was_printed(run: Run, level: Level) -> None:
    result = await run("import sys; print('out', value); print('err', file=sys.stderr); result = None", value="ü")
    assert (result.level, result.stdout, result.stderr) == (level, "out ü\n", "err\n")
    assert result.value == {"result": None}


async def test_a_function_with_one_output_returns_its_value(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("def check(text, limit):\n    return {'short': len(text) < limit}\n")
    code = function_code(tmp_path / "checks.py", "check", ("report",))
    result = await sandbox.call(code, {"limit": 5, "text": "four"}, Limits())
    assert result.value == {"report": {"short": True}}


async def test_a_function_with_several_outputs_returns_them_by_name(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("def check(a):\n    return {'ok': a > 1, 'log': 'x', 'more': 0}\n")
    code = function_code(tmp_path / "checks.py", "check", ("ok", "log"))
    result = await sandbox.call(code, {"a": 2}, Limits())
    assert result.value == {"ok": True, "log": "x"}


async def test_arguments_are_passed_in_order_where_the_unit_says_so(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "metrics.py").write_text("def score(output, gold):\n    return output - gold\n")
    code = function_code(tmp_path / "metrics.py", "score", ("score",), positional=True)
    result = await sandbox.call(code, {"answer": 5, "expected": 3}, Limits())
    assert result.value == {"score": 2}


async def test_modules_beside_the_file_can_be_imported_and_nothing_else(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "__init__.py").write_text("from .words import WORD\n")
    (tmp_path / "data" / "words.py").write_text("import shared\nWORD = shared.prefix('word')\n")
    (tmp_path / "shared.py").write_text("import json\ndef prefix(text): return json.dumps('-' + text)\n")
    (tmp_path / "unrelated.py").write_text("raise RuntimeError\n")
    (tmp_path / "main.py").write_text(
        "import data\n"
        "def f():\n"
        "    try:\n"
        "        __import__('unrelated')\n"
        "    except ModuleNotFoundError as error:\n"
        "        return [data.WORD, error.name]\n"
    )
    result = await sandbox.call(function_code(tmp_path / "main.py", "f", ("x",)), {}, Limits())
    assert result.value == {"x": ['"-word"', "unrelated"]}


async def test_a_file_named_like_a_module_of_python_does_not_take_its_place(
    sandbox: LocalSandbox, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("import json\ndef f(): return json.loads('[1]')\n")
    result = await sandbox.call(function_code(tmp_path / "json.py", "f", ("x",)), {}, Limits())
    assert result.value == {"x": [1]}


async def test_dataclasses_and_their_modules_work(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "shapes.py").write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass, asdict\n"
        "@dataclass\nclass Point:\n    x: int\n    y: int = 2\n"
        "def f(): return asdict(Point(1))\n"
    )
    result = await sandbox.call(function_code(tmp_path / "shapes.py", "f", ("x",)), {}, Limits())
    assert result.value == {"x": {"x": 1, "y": 2}}


async def test_the_same_input_gives_the_same_output_every_time(run: Run) -> None:
    text = "result = list({word for word in 'the order of a set depends on the hash'.split()})"
    assert (await run(text)).value == (await run(text)).value


async def test_an_exception_points_at_the_lines_of_the_user_alone(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "parse.py").write_text("import json\ndef parse(text):\n    return json.loads(text)\n")
    (tmp_path / "main.py").write_text("import parse\n\ndef f(text):\n    return parse.parse(text)\n")
    result = await sandbox.call(function_code(tmp_path / "main.py", "f", ("x",)), {"text": "{"}, Limits())
    assert result.value is None
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.EXCEPTION
    assert [(frame.file, frame.line, frame.function, frame.text) for frame in result.problem.frames] == [
        ("main.py", 4, "f", "return parse.parse(text)"),
        ("parse.py", 3, "parse", "return json.loads(text)"),
    ]
    assert result.problem.traceback == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 4, in f\n'
        "    return parse.parse(text)\n"
        '  File "parse.py", line 3, in parse\n'
        "    return json.loads(text)\n"
        "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    )


async def test_lines_of_inline_code_count_from_where_it_stands(sandbox: LocalSandbox) -> None:
    code = inline_code("x = 1\ny = x / 0", ("y",), file="/somewhere/qa.prompt", first_line=12)
    result = await sandbox.call(code, {}, Limits())
    assert result.problem is not None
    assert [(frame.file, frame.line) for frame in result.problem.frames] == [("qa.prompt", 13)]


async def test_a_syntax_error_points_at_its_line(sandbox: LocalSandbox) -> None:
    code = inline_code("x = 1\nif x\n  y = 2", ("y",), file="qa.prompt", first_line=3)
    result = await sandbox.call(code, {}, Limits())
    assert result.problem is not None
    assert result.problem.message.startswith("SyntaxError: expected ':'")
    assert [(frame.file, frame.line, frame.text) for frame in result.problem.frames] == [("qa.prompt", 4, "if x")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_lines_are_counted_as_python_counts_them(sandbox: LocalSandbox, newline: str) -> None:
    lines = [
        "from __future__ import annotations",
        "x = 'a\u2028b\u2029c\x85d'  # \x0c \x1c \x0b",
        "if x:",
        "\ty = 1 / 0",
    ]
    code = inline_code(newline.join(lines), ("y",), file="qa.prompt", first_line=11)
    result = await sandbox.call(code, {}, Limits())
    assert result.problem is not None
    assert [(frame.line, frame.text) for frame in result.problem.frames] == [(14, "y = 1 / 0")]
    code = inline_code(newline.join([*lines[:2], "if x", ""]), ("y",), file="qa.prompt", first_line=11)
    result = await sandbox.call(code, {}, Limits())
    assert result.problem is not None
    assert result.problem.message == "SyntaxError: expected ':' (qa.prompt, line 13)"
    assert [(frame.line, frame.text) for frame in result.problem.frames] == [(13, "if x")]


async def test_half_a_character_in_an_exception_is_no_tampering(run: Run) -> None:
    result = await run("x = 1\nraise ValueError('a\\x00b\\ud800c')")
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.EXCEPTION
    assert result.problem.message == "ValueError: a\x00b?c"
    assert [frame.line for frame in result.problem.frames] == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pass", "The code ended without setting 'result'."),
        ("result = {1, 2}", "The output 'result' is not JSON: TypeError: Object of type set is not JSON serializable."),
        ("result = float('nan')", "The output 'result' is not JSON: ValueError: Out of range float values"),
        ("result = '\\ud800'", "The output 'result' is not JSON: UnicodeEncodeError"),
        ("result = []\nresult.append(result)", "The output 'result' is not JSON: ValueError: Circular reference"),
        ("result = object()", "The output 'result' is not JSON: TypeError: Object of type object"),
        ("import sys\nsys.exit(3)", "SystemExit: the code left with sys.exit(3)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class E(Exception):\n  def __str__(self): raise self\nraise E", "E"),
        ("result = 10 ** 5000", "The output 'result' is not JSON: ValueError: Exceeds the limit (4300 digits)"),
        ("result = [1e400]", "The output 'result' is not JSON: ValueError: Out of range float values"),
        ("result = (n for n in iter(int, 1))", "The output 'result' is not JSON: TypeError: Object of type generator"),
        ("result = []\nfor _ in range(100_000): result = [result]", "The output 'result'"),
        ("result = {(1, 2): 3}", "The output 'result' is not JSON: TypeError: keys must be"),
        (
            "class E:\n  __class__ = dict\n  def __eq__(self, o): return True\nresult = E()",
            "The output 'result' is not JSON: TypeError",
        ),
        ("import numpy", "ModuleNotFoundError: No module named 'numpy'"),
    ],
)
async def test_what_code_does_wrong_is_told_in_a_sentence(run: Run, text: str, message: str) -> None:
    result = await run(text)
    assert result.value is None
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.EXCEPTION
    assert result.problem.message.startswith(message)


async def test_subclasses_give_their_content_and_not_what_they_pretend(run: Run) -> None:
    text = """
        class Text(str):
            def __str__(self): return "pretended"
            def encode(self, *a): return b"pretended"
        class Number(int):
            def __repr__(self): return '1}, "other": {'
        class Fraction(float):
            def __repr__(self): return '1}, "other": {'
        result = [Text("text"), Number(4), Fraction(0.5), 9 ** 400]
    """
    assert (await run(text)).value == {"result": ["text", 4, 0.5, 9**400]}


@pytest.mark.parametrize("function", ["json.dumps", "a.b", "__class__", "", "f()", "__builtins__", "lambda: 1"])
async def test_what_names_no_function_of_the_file_is_refused(
    sandbox: LocalSandbox, tmp_path: Path, function: str
) -> None:
    (tmp_path / "main.py").write_text("import json\nclass a:\n    b = print\ndef f(): return 1\n")
    result = await sandbox.call(function_code(tmp_path / "main.py", function, ("x",)), {}, Limits())
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.REFUSED


async def test_a_function_that_leaves_outputs_out_is_told_which(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def f(): return {'a': 1}\n")
    result = await sandbox.call(function_code(tmp_path / "main.py", "f", ("a", "b")), {}, Limits())
    assert result.problem is not None
    assert result.problem.message == "f must return a dict with all its outputs; 'b' is missing."


async def test_a_function_that_does_not_exist_is_refused(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def g(): return 1\n")
    result = await sandbox.call(function_code(tmp_path / "main.py", "f", ("a",)), {}, Limits())
    assert result.problem is not None
    assert (result.problem.kind, result.problem.message) == (
        SandboxProblemKind.REFUSED,
        "main.py has no function 'f'.",
    )


@pytest.mark.parametrize("argument", [object(), float("inf"), "x" * 2**23], ids=["object", "infinity", "huge"])
async def test_arguments_that_cannot_be_passed_are_refused(run: Run, argument: object) -> None:
    result = await run("result = 1", limits=Limits(memory_bytes=2**25), argument=argument)
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.REFUSED


async def test_large_arguments_and_results_come_through_whole(run: Run) -> None:
    text = "ä€𝄞\x00\u2028" * 50_000
    result = await run("result = text[::-1]", limits=Limits(output_bytes=2**22), text=text)
    assert result.value == {"result": text[::-1]}
