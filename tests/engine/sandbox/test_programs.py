"""Programs in the shape of HumanEval: prompt, solution, test, and a call of the check. Good ones pass; bad ones fail, whatever they do."""

from __future__ import annotations

import pytest

from prompts_lang.engine.sandbox import Limits, SandboxProblemKind
from tests.engine.sandbox.conftest import Run

PROMPT = '''from typing import List


def running_maximum(numbers: List[int]) -> List[int]:
    """ From a list of integers, generate the list of the greatest element found until each moment.
    >>> running_maximum([1, 3, 2])
    [1, 3, 3]
    """
'''
TEST = """

METADATA = {}


def check(candidate):
    assert candidate([]) == []
    assert candidate([1, 3, 2, 4]) == [1, 3, 3, 4]
    assert candidate([4, 3, 2, 1]) == [4, 4, 4, 4]
"""
RUN = """
    program = prompt + solution + "\\n" + test + f"\\ncheck({entry_point})\\n"
    exec(compile(program, "<program>", "exec"), {"__name__": "__program__"})
    result = True
"""
GOOD = """
    result, greatest = [], None
    for number in numbers:
        greatest = number if greatest is None else max(greatest, number)
        result.append(greatest)
    return result
"""


async def attempt(run: Run, solution: str) -> object:
    """Runs the program with this solution. Returns True, or the kind of its problem and its message."""
    limits = Limits(seconds=3, memory_bytes=2**27, output_bytes=2**16)
    result = await run(RUN, limits=limits, prompt=PROMPT, solution=solution, test=TEST, entry_point="running_maximum")
    if result.problem is not None:
        return result.problem.kind, result.problem.message
    assert result.value is not None
    return result.value["result"]


async def test_a_good_solution_passes(run: Run) -> None:
    assert await attempt(run, GOOD) is True


@pytest.mark.parametrize(
    ("solution", "kind", "message"),
    [
        ("    return numbers\n", SandboxProblemKind.EXCEPTION, "AssertionError"),
        ("    return numbers[\n", SandboxProblemKind.EXCEPTION, "SyntaxError"),
        ("    return nmbers\n", SandboxProblemKind.EXCEPTION, "NameError: name 'nmbers' is not defined"),
        ("    return input('numbers? ')\n", SandboxProblemKind.EXCEPTION, "EOFError"),
        ("    import sys\n    sys.exit(0)\n", SandboxProblemKind.EXCEPTION, "SystemExit"),
        ("    exit()\n", SandboxProblemKind.EXCEPTION, "NameError"),
        ("    import os\n    os._exit(0)\n", SandboxProblemKind.PROTOCOL, "The code ended its process"),
        ("    return running_maximum(numbers)\n", SandboxProblemKind.EXCEPTION, "RecursionError"),
        ("    return list(range(10 ** 9))\n", SandboxProblemKind.MEMORY, "MemoryError"),
        ("    while True: pass\n", SandboxProblemKind.TIMEOUT, "The code did not end"),
        ("    while True: print(numbers)\n", SandboxProblemKind.OUTPUT, "The code printed"),
        ("    import os\n    while True: os.fork()\n", SandboxProblemKind.EXCEPTION, "BlockingIOError"),
        (
            "    import threading\n    while True: threading.Thread(target=threading.Event().wait).start()\n",
            SandboxProblemKind.EXCEPTION,
            "RuntimeError: can't start new thread",
        ),
        (
            "    import sys\n    sys.setrecursionlimit(10 ** 9)\n    return running_maximum(numbers)\n",
            None,  # the stack or the memory ends first, by version of Python
            "",
        ),
    ],
)
async def test_a_bad_solution_fails(run: Run, solution: str, kind: SandboxProblemKind | None, message: str) -> None:
    outcome = await attempt(run, solution)
    assert isinstance(outcome, tuple)
    if kind is not None:
        assert outcome[0] is kind
        assert outcome[1].startswith(message)


async def test_frames_of_a_program_that_the_code_compiled_are_shown(run: Run) -> None:
    result = await run(RUN, prompt=PROMPT, solution="    return 1 / 0\n", test=TEST, entry_point="running_maximum")
    assert result.problem is not None
    assert [(frame.file, frame.function) for frame in result.problem.frames][1:] == [
        ("<program>", "<module>"),
        ("<program>", "check"),
        ("<program>", "running_maximum"),
    ]
