"""Time, memory, output, processes and the temporary folder are bounded at every level."""

from __future__ import annotations

import pytest

from prompts_lang.engine.sandbox import Level, Limits, SandboxProblemKind
from prompts_lang.errors import UsageError
from tests.engine.sandbox.conftest import Run

SHORT = Limits(seconds=0.5)


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "import threading\nthreading.Event().wait()",
        "from signal import *\nsignal(SIGTERM, SIG_IGN)\nsignal(SIGXCPU, SIG_IGN)\nwhile 1:\n  try:\n    while 1: pass\n  except: pass",
        "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
        "10 ** 10 ** 10",
        "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
        "import os\nos.fork()\nwhile True: pass",
    ],
    ids=["loop", "sleep", "wait", "signals ignored", "regular expression", "power", "exception's text", "fork"],
)
async def test_code_that_does_not_end_is_ended(run: Run, text: str) -> None:
    result = await run(text, limits=SHORT)
    assert result.value is None
    assert result.problem is not None
    assert (result.problem.kind, result.problem.message) == (
        SandboxProblemKind.TIMEOUT,
        "The code did not end within 0.5 s.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "result = 'x' * 10 ** 9",
        "result = []\nwhile True: result.append('x' * 10 ** 6 + str(len(result)))",
        "result = bytearray(2 ** 40)",
        "import mmap\nresult = mmap.mmap(-1, 2 ** 32)",
        "def bomb():\n  global kept\n  kept = []\n  while True: kept.append(bytearray(10 ** 5))\nbomb()",
    ],
    ids=["one text", "a list", "more than there is", "mapping", "kept alive"],
)
async def test_code_that_takes_too_much_memory_is_told_so(run: Run, text: str) -> None:
    result = await run(text, limits=Limits(memory_bytes=2**27))
    assert result.problem is not None
    assert result.problem.kind in {SandboxProblemKind.MEMORY, SandboxProblemKind.EXCEPTION}
    assert "memory" in result.problem.message.lower()


async def test_processes_share_one_bound_on_memory(run: Run) -> None:
    text = """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                taken = bytearray(os.urandom(2**20) * 40)
                time.sleep(60)
        time.sleep(60)
    """
    result = await run(text, limits=Limits(seconds=30, memory_bytes=2**27))
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.MEMORY


@pytest.mark.parametrize(
    "text",
    [
        "while True: print('x' * 1000)",
        "import sys\nprint('x' * 10 ** 6, file=sys.stderr)\nresult = 1",
        "import os\nwhile True: os.write(1, b'y' * 4096)",
        "import subprocess\nsubprocess.run(['/usr/bin/yes'])",
        "result = 'x' * 10 ** 6",
        "result = ['x'] * 10 ** 6",
    ],
    ids=["print", "stderr", "write", "child", "result", "list"],
)
async def test_code_that_says_too_much_is_stopped(run: Run, text: str) -> None:
    result = await run(text, limits=Limits(output_bytes=2**16))
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.OUTPUT
    assert len(result.stdout) <= 2**16
    assert len(result.stderr) <= 2**16


async def test_output_up_to_the_limit_is_kept(run: Run) -> None:
    result = await run("print('x' * 65535); result = 1", limits=Limits(output_bytes=2**16))
    assert result.value == {"result": 1}
    assert result.stdout == "x" * 65535 + "\n"


async def test_processes_are_counted(run: Run) -> None:
    text = """
        import os, time
        made = 0
        try:
            for _ in range(1000):
                if os.fork() == 0:
                    time.sleep(60)
                made += 1
        except BlockingIOError:
            pass
        result = made
    """
    result = await run(text, limits=Limits(processes=8))
    assert result.problem is None
    assert result.value is not None
    made = result.value["result"]
    assert isinstance(made, int)
    assert 1 <= made <= 8


async def test_a_fork_bomb_burns_out(run: Run) -> None:
    text = """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
    """
    result = await run(text, limits=SHORT)
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.TIMEOUT


async def test_threads_are_counted_too_and_do_not_outlive_the_result(run: Run) -> None:
    text = """
        import threading
        started = 0
        def forever():
            while True: pass
        try:
            for _ in range(1000):
                threading.Thread(target=forever).start()
                started += 1
        except RuntimeError:
            pass
        result = started
    """
    result = await run(text, limits=Limits(processes=8))
    assert result.value is not None
    started = result.value["result"]
    assert isinstance(started, int)
    assert 1 <= started <= 8


async def test_the_temporary_folder_takes_files_up_to_a_limit(run: Run) -> None:
    text = """
        import os, tempfile
        with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "a"), "w") as file:
            file.write("kept")
        with tempfile.NamedTemporaryFile() as file:
            for _ in range(1000):
                file.write(b"x" * 2**20)
                file.flush()
    """
    result = await run(text, limits=Limits(output_bytes=2**16))
    assert result.problem is not None
    assert result.problem.kind in {SandboxProblemKind.EXCEPTION, SandboxProblemKind.OUTPUT}
    assert "OSError" in result.problem.message or "wrote more than" in result.problem.message


async def test_many_files_together_are_bounded_like_one(run: Run) -> None:
    text = """
        for n in range(10 ** 9):
            with open(str(n), "wb") as file:
                file.write(b"x" * 2**23)
    """
    result = await run(text, limits=Limits(seconds=60))
    assert result.problem is not None
    assert "OSError" in result.problem.message or "wrote more than" in result.problem.message


async def test_recursion_is_an_exception_with_few_frames(run: Run) -> None:
    result = await run("def f(): f()\nf()")
    assert result.problem is not None
    assert result.problem.message.startswith("RecursionError")
    assert len(result.problem.frames) == 16


async def test_a_crash_of_the_interpreter_is_told_by_its_signal(run: Run) -> None:
    result = await run("import ctypes\nctypes.string_at(0)")
    assert result.problem is not None
    assert (result.problem.kind, result.problem.message) == (
        SandboxProblemKind.KILLED,
        "The process of the code was ended by SIGSEGV.",
    )


async def test_running_out_of_processor_time_counts_as_time(run: Run) -> None:
    # Several threads use it up before the clock does; the kernel then sends this.
    result = await run("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.TIMEOUT


async def test_the_least_memory_is_enough_to_run(run: Run, level: Level) -> None:
    result = await run("result = sum(range(1000))", limits=Limits(memory_bytes=2**25, processes=1))
    assert result.value == {"result": 499500}


@pytest.mark.parametrize(
    "limits",
    [{"seconds": 0}, {"seconds": float("nan")}, {"memory_bytes": 2**20}, {"output_bytes": 0}, {"processes": 0}],
    ids=str,
)
def test_limits_in_which_nothing_can_run_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Limits(**limits)  # type: ignore[arg-type]
