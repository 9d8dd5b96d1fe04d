"""Nothing is left of a call: no process, descriptor or folder; not after success, failure, cancellation or the engine's own death."""

from __future__ import annotations

import asyncio
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompts_lang.engine.sandbox import Level, Limits, LocalSandbox, SandboxProblemKind, inline_code, local
from tests.engine.sandbox.conftest import Run
from tests.engine.sandbox.levels import AS_ROOT, at_levels

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def children() -> frozenset[int]:
    texts = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return frozenset(int(pid) for text in texts for pid in text.split())


class Household:
    """The processes below this one that began during a test. Others, such as those that tests share, are nobody's business."""

    def __init__(self) -> None:
        self._before = children()

    def members(self) -> frozenset[int]:
        return children() - self._before

    async def has_one(self) -> None:
        while not self.members():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)

    def assert_empty(self, level: Level) -> None:
        """No process is left; at the namespace level one may be about to end, for whom bubblewrap does not wait."""
        if level is Level.NAMESPACES:
            for pid in self.members():
                os.waitpid(pid, 0)
        assert not self.members()


def content(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
def household() -> Iterator[Household]:
    """Makes this process adopt the orphans below it, so that a process left behind by a call shows among its children."""
    prctl = ctypes.CDLL(None).prctl
    prctl(36, 1, 0, 0, 0)
    yield Household()
    prctl(36, 0, 0, 0, 0)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders go, so that a test sees which are left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    return tmp_path


CALLS = {
    "value": "result = 1",
    "exception": "1 / 0",
    "timeout": "while True: pass",
    "output": "while True: print('x' * 1000)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "files": "import os; os.makedirs('a/b/c', exist_ok=True); open('a/b/c/d', 'w').write('x'); os.mkdir('closed', 0); result = 1",
    "deep": "import os\nfor _ in range(3000):\n  os.mkdir('d')\n  os.chdir('d')\nresult = 1",
}


@linux
@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
async def test_nothing_is_left_of_a_call(
    run: Run, level: Level, temporary: Path, household: Household, text: str
) -> None:
    before = descriptors()
    await run(text, limits=Limits(seconds=0.5, output_bytes=2**16))
    assert descriptors() == before
    household.assert_empty(level)
    assert content(temporary) == []


@linux
async def test_a_cancelled_call_is_killed_and_reaped(
    sandbox: LocalSandbox, level: Level, temporary: Path, household: Household
) -> None:
    before = descriptors()
    code = inline_code(
        "import os, time\nos.fork()\nprint('x' * 100, flush=True)\nwhile True: time.sleep(1)", ("result",)
    )
    call = asyncio.create_task(sandbox.call(code, {}, Limits(seconds=600)))
    await household.has_one()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    household.assert_empty(level)
    assert descriptors() == before
    assert content(temporary) == []


@linux
async def test_cancelling_twice_leaves_nothing_either(
    sandbox: LocalSandbox, level: Level, household: Household
) -> None:
    call = asyncio.create_task(sandbox.call(inline_code("while True: pass", ("x",)), {}, Limits(seconds=600)))
    await household.has_one()
    call.cancel()
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    household.assert_empty(level)


async def test_calls_run_side_by_side_and_do_not_see_each_other(level: Level) -> None:
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=4)
    code = inline_code("import os\nopen(f'file{n}', 'w').close()\nresult = [n, os.listdir('.')]", ("result",))
    results = await asyncio.gather(*(sandbox.call(code, {"n": n}, Limits()) for n in range(12)))
    assert [result.value for result in results] == [{"result": [n, [f"file{n}"]]} for n in range(12)]


@linux
async def test_many_calls_at_once_end_in_their_time_and_leave_nothing(
    level: Level, temporary: Path, household: Household
) -> None:
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=50)
    await sandbox.detect()
    before = descriptors()
    texts = ["result = n", "while True: pass", "1 / 0", "import os; os.fork(); result = n", "import os; os._exit(0)"]
    calls = [
        sandbox.call(inline_code(texts[n % 5], ("result",)), {"n": n}, Limits(seconds=2, processes=300))
        for n in range(50)
    ]
    results = await asyncio.gather(*calls)
    assert [results[n].value for n in range(0, 50, 5)] == [{"result": n} for n in range(0, 50, 5)]
    assert [results[n].value for n in range(3, 50, 5)] == [{"result": n} for n in range(3, 50, 5)]
    kinds = [{result.problem.kind for result in results[n::5] if result.problem} for n in (1, 2, 4)]
    assert kinds == [{SandboxProblemKind.TIMEOUT}, {SandboxProblemKind.EXCEPTION}, {SandboxProblemKind.PROTOCOL}]
    household.assert_empty(level)
    assert descriptors() == before
    assert content(temporary) == []


@linux
@at_levels(lambda _level: AS_ROOT)
async def test_calls_at_the_same_time_have_different_users(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of few numbers, chance would give two calls the same one.
    monkeypatch.setattr(local, "USERS", range(30_000, 30_004))
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=4)
    code = inline_code("import os, time\ntime.sleep(0.5)\nresult = os.getuid()", ("result",))
    results = await asyncio.gather(*(sandbox.call(code, {}, Limits()) for _ in range(4)))
    users = [result.value["result"] for result in results if result.value is not None]
    assert sorted(users, key=str) == [30_000, 30_001, 30_002, 30_003]


async def test_a_waiting_call_is_not_timed(level: Level) -> None:
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=1)
    code = inline_code("import time\ntime.sleep(0.3)\nresult = 1", ("result",))
    results = await asyncio.gather(*(sandbox.call(code, {}, Limits(seconds=0.9)) for _ in range(5)))
    assert [result.problem for result in results] == [None] * 5


@at_levels(
    lambda level: level is Level.NAMESPACES or AS_ROOT
)  # else the kernel counts the processes of a user together
async def test_one_bomb_does_not_starve_its_neighbours(level: Level) -> None:
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=3)
    bomb = inline_code("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", ("result",))
    honest = inline_code(
        "import subprocess\nresult = subprocess.run(['/bin/echo', 'hello'], capture_output=True, text=True).stdout",
        ("result",),
    )
    results = await asyncio.gather(
        sandbox.call(bomb, {}, Limits(seconds=1.5)), *(sandbox.call(honest, {}, Limits(processes=8)) for _ in range(4))
    )
    assert results[0].problem is not None
    assert results[0].problem.kind is SandboxProblemKind.TIMEOUT
    assert [result.value for result in results[1:]] == [{"result": "hello\n"}] * 4


def test_one_sandbox_serves_several_event_loops(level: Level) -> None:
    sandbox = LocalSandbox(at_least=level, at_most=level, parallel=1)

    async def twice() -> list[object]:
        calls = (sandbox.call(inline_code("result = n", ("result",)), {"n": n}, Limits()) for n in range(2))
        return [result.value for result in await asyncio.gather(*calls)]

    assert asyncio.run(twice()) == asyncio.run(twice()) == [{"result": 0}, {"result": 1}]


ENGINE = """
import asyncio, signal, sys, tempfile
from prompts_lang.engine.sandbox import Level, Limits, LocalSandbox, inline_code
# A shell's background job is started with this signal ignored, and hands that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
tempfile.tempdir = sys.argv[2]
level = Level.parse(sys.argv[1])
code = inline_code('''
import os, time
for _ in range(3):
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
while True:
    time.sleep(1)
''', ("result",))
async def main():
    sandbox = LocalSandbox(at_least=level, at_most=level)
    await sandbox.detect()
    call = asyncio.create_task(sandbox.call(code, {}, Limits(seconds=600)))
    import glob
    while not "".join(open(path).read() for path in glob.glob("/proc/self/task/*/children")):
        await asyncio.sleep(0.01)
    print("running", flush=True)
    await call
asyncio.run(main())
"""


@linux
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGINT], ids=lambda death: death.name)
def test_everything_dies_with_the_engine(level: Level, temporary: Path, death: signal.Signals) -> None:
    command = [sys.executable, "-c", ENGINE, level.label, str(temporary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"running\n"
        family = descendants(engine.pid)
        handles = [handle for pid in family if (handle := handle_of(pid)) is not None]
        assert handles
        os.kill(engine.pid, death)
        try:
            engine.wait(30)
        finally:
            engine.kill()
        for handle in handles:
            assert select.select([handle], [], [], 30)[0], "a process of the sandbox lives on"
            os.close(handle)


def handle_of(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def descendants(pid: int) -> list[int]:
    family = [pid]
    for member in family:
        for path in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                family += [int(child) for child in path.read_text().split()]
            except OSError:
                continue
    return family[1:]
