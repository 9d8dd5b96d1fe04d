"""Every way in which a conversation can end: the right exit code, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.server.processes import gone
from tests.server.raw_client import PATIENCE, SERVER, RawClient, encode

GRAPH = "graph qa(x: text) -> x\n"

FakeWorker = Callable[[dict[str, Any]], Sequence[str]]


async def test_exit_after_shutdown_is_zero(session: RawClient) -> None:
    assert await session.leave() == 0


async def test_exit_without_shutdown_is_one(session: RawClient) -> None:
    """pygls: 0."""
    await session.notify("exit")
    assert await session.exit_code() == 1


async def test_exit_before_initialize_is_one(client: RawClient) -> None:
    await client.notify("exit")
    assert await client.exit_code() == 1


async def test_the_end_of_the_input_is_one(session: RawClient) -> None:
    session.close_input()
    assert await session.exit_code() == 1


async def test_the_end_of_the_input_after_shutdown_is_zero(session: RawClient) -> None:
    assert (await session.request("shutdown"))["result"] is None
    session.close_input()
    assert await session.exit_code() == 0


async def test_messages_before_the_end_of_the_input_are_still_served(client: RawClient) -> None:
    await client.start_request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    await client.start_request("shutdown")
    await client.notify("exit")
    client.close_input()
    assert await client.exit_code() == 0
    assert [message["id"] for message in client.unread] == [1, 2]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
async def test_signals_end_the_server_in_order(session: RawClient, number: signal.Signals, code: int) -> None:
    session.process.send_signal(number)
    assert await session.exit_code() == code


async def test_arguments_of_editors_are_accepted(start_client: Any) -> None:
    client = await start_client("--stdio", "--clientProcessId", str(os.getpid()), "--some-editor-flag", "--node-ipc")
    await client.initialize()
    assert await client.leave() == 0


async def test_a_process_id_from_elsewhere_is_not_watched(client: RawClient) -> None:
    """An editor in another container names a process that does not exist here."""
    await client.initialize(processId=2**22 - 7)
    assert await client.leave() == 0


async def test_printing_reaches_the_log_and_not_the_editor(start_client: Any, tmp_path: Path) -> None:
    """pygls: `print` in a handler breaks the connection."""
    script = tmp_path / "noisy.py"
    script.write_text(
        "import os, sys\n"
        "from prompts_server import command, session\n"
        "def noisy(self):\n"
        "    print('from print')\n"
        "    os.write(1, b'from a C library\\n')\n"
        "    os.system('echo from a child')\n"
        "    assert sys.stdin.read() == ''\n"
        "session.Session.idle = noisy\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    await client.initialize()
    assert await client.leave() == 0
    assert {"from print", "from a C library", "from a child"} <= set(client.log)


# --- with a job running ----------------------------------------------------------------------------------------------


class Running:
    """A server whose worker runs a job, has a child of its own, and heeds nothing."""

    def __init__(self, client: RawClient, child: int) -> None:
        self.client = client
        self.child = child


StartRunning = Callable[..., Any]


@pytest.fixture
def start_running(start_client: Any, fake_worker: FakeWorker, tmp_path: Path) -> StartRunning:
    async def start(*, deaf: bool = True, process_id: int | None = None, **options: Any) -> Running:
        child_file = tmp_path / "child"
        tricks: list[dict[str, Any]] = [{"do": "spawn", "file": str(child_file)}, *([{"do": "deaf"}] if deaf else [])]
        script = {
            "run": [*tricks, {"event": "started"}, {"event": "progress", "done": 1, "total": 2}, {"do": "await-stop"}]
        }
        client: RawClient = await start_client(command=fake_worker(script), **options)
        client.expect_log("the worker did not leave")
        await client.initialize(processId=process_id, initializationOptions={"trusted": True, "protocol": 1})
        uri = (tmp_path / "a.prompt").as_uri()
        await client.open(uri, GRAPH)
        await client.result("workspace/executeCommand", {"command": "prompts.run", "arguments": [{"uri": uri}]})
        await client.notification("prompts/status", lambda status: status.get("percentage") == 50)
        return Running(client, int(child_file.read_text()))

    return start


def descendants(process_id: int) -> set[int]:
    """The process's children and theirs, from the kernel."""
    found: set[int] = set()
    pending = [process_id]
    while pending:
        for task in Path(f"/proc/{pending.pop()}/task").iterdir():
            children = {int(child) for child in (task / "children").read_text().split()}
            pending.extend(children - found)
            found |= children
    return found


async def ends_with_all_children(running: Running, end: Callable[[], Any]) -> int:
    family = descendants(running.client.process.pid)
    assert running.child in family
    assert len(family) >= 2
    ends = [gone(process_id) for process_id in family]
    outcome = end()
    if asyncio.iscoroutine(outcome):
        await outcome
    code = await running.client.exit_code()
    await asyncio.gather(*ends)
    return code


@pytest.mark.parametrize("deaf", [False, True])
async def test_exit_ends_the_worker_and_its_children(start_running: StartRunning, deaf: bool) -> None:
    running = await start_running(deaf=deaf)
    assert await ends_with_all_children(running, running.client.leave) == 0


async def test_the_end_of_the_input_ends_the_worker_and_its_children(start_running: StartRunning) -> None:
    """pygls: the process lives until its jobs are done."""
    running = await start_running()
    assert await ends_with_all_children(running, running.client.close_input) == 1


async def test_sigterm_ends_the_worker_and_its_children(start_running: StartRunning) -> None:
    running = await start_running()
    assert await ends_with_all_children(running, running.client.process.terminate) == 143


async def test_the_death_of_the_editor_ends_the_worker_and_its_children(start_running: StartRunning) -> None:
    """pygls: the editor's process id is stored and not watched. Here somebody else still holds the pipes open."""
    editor = await asyncio.create_subprocess_exec("sleep", "1000")
    running = await start_running(process_id=editor.pid)
    assert await ends_with_all_children(running, editor.kill) == 1
    await editor.wait()


async def test_the_death_of_the_process_on_the_command_line_ends_the_server(
    start_client: Any,
) -> None:
    editor = await asyncio.create_subprocess_exec("sleep", "1000")
    client: RawClient = await start_client(f"--clientProcessId={editor.pid}")
    await client.initialize()
    editor.kill()
    assert await client.exit_code() == 1
    await editor.wait()


async def test_an_editor_that_stops_reading_ends_the_worker_and_its_children(start_running: StartRunning) -> None:
    """pygls: every message raises BrokenPipeError, for ever."""
    running = await start_running()
    client = running.client

    async def stop_reading() -> None:
        transport = client.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        transport.close()
        await client.notify("exit" if transport is None else "textDocument/didOpen", None)
        await client.start_request("shutdown")

    assert await ends_with_all_children(running, stop_reading) in {0, 1}


async def test_a_killed_server_leaves_a_worker_that_ends_by_itself(start_running: StartRunning) -> None:
    running = await start_running(deaf=False)
    client = running.client
    (worker,) = [process for process in descendants(client.process.pid) if process != running.child]
    end = gone(worker)
    client.process.kill()
    assert await client.exit_code() == -signal.SIGKILL
    await end
    os.kill(running.child, signal.SIGKILL)


async def test_work_that_does_not_end_keeps_nobody(start_client: Any, tmp_path: Path) -> None:
    """pygls: the process waits for its pool of threads, however long that takes."""
    script = tmp_path / "stuck.py"
    script.write_text(
        "import sys, threading\n"
        "from prompts_server import command, session\n"
        "def stuck(path):\n"
        "    print('stuck', file=sys.stderr, flush=True)\n"
        "    threading.Event().wait()\n"
        "session.stored_findings = stuck\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    await client.initialize()
    await client.open((tmp_path / "a.prompt").as_uri(), GRAPH)
    await client.request("textDocument/documentSymbol", {"textDocument": {"uri": (tmp_path / "a.prompt").as_uri()}})
    assert await client.leave() == 0
    assert client.log == ["stuck"]


async def test_a_log_that_nobody_reads_keeps_nobody() -> None:
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(*SERVER, "--log-level", "debug"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=writing,
    )
    assert process.stdin is not None
    start = {"processId": None, "rootUri": None, "capabilities": {}}
    messages = [{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start}]
    messages += [{"jsonrpc": "2.0", "method": "$/unknown"}] * 10_000
    messages += [{"jsonrpc": "2.0", "id": 2, "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}]
    process.stdin.write(b"".join(map(encode, messages)))
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
    os.close(reading)
    os.close(writing)
