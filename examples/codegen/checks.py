"""What the graph and the metric run in the sandbox: a program against the examples in its task, and against its hidden tests."""

from __future__ import annotations

import ast
import doctest
from typing import Any


def run_examples(prompt: str, program: str) -> dict[str, Any]:
    """Runs the examples that stand in the task's own docstring. A task without examples is only checked to load."""
    names, problem = _load(program)
    if problem:
        return {"ok": False, "log": problem}
    parsed = doctest.DocTestParser().get_doctest(_docstring(prompt), names, "task", None, 0)
    lines: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(parsed, out=lines.append)
    return {"ok": runner.failures == 0, "log": "".join(lines)[-1500:]}


def pass_at_1(program: str, prompt: str, entry_point: str, test: str) -> dict[str, Any]:
    """HumanEval's check: 1 where the program passes all hidden tests, else 0, with the reason."""
    # HumanEval's own models continue the task's text; a program may do so too.
    names, problem = _load(prompt + program if program[:1].isspace() else program)
    if not problem and entry_point not in names:
        problem = f"There is no function {entry_point!r}."
    if problem:
        return {"score": 0.0, "feedback": problem}
    exec(compile(test, "test", "exec"), names)  # noqa: S102 - this is what the sandbox is for
    try:
        names["check"](names[entry_point])
    except Exception as error:  # noqa: BLE001 - whatever a generated program raises is its failure
        return {"score": 0.0, "feedback": f"A hidden test fails: {type(error).__name__}: {error}".rstrip(": ")}
    return {"score": 1.0, "feedback": ""}


def _docstring(prompt: str) -> str:
    functions = [part for part in ast.parse(f"{prompt}    pass\n").body if isinstance(part, ast.FunctionDef)]
    return (ast.get_docstring(functions[-1]) if functions else None) or ""


def _load(program: str) -> tuple[dict[str, Any], str]:
    names: dict[str, Any] = {"__name__": "program"}
    try:
        exec(compile(program, "program", "exec"), names)  # noqa: S102 - this is what the sandbox is for
    except Exception as error:  # noqa: BLE001 - whatever a generated program raises is its failure
        return names, f"The program does not load: {type(error).__name__}: {error}"
    return names, ""
