"""One sandboxed process, from start to reaped: feeds it the request, collects what it writes, and ends it when it must end.

Invariant: when `run` returns, raises or is cancelled, the process is dead and reaped, and every descriptor that was opened is closed.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from prompts_lang.engine.sandbox.family import family
from prompts_lang.engine.sandbox.pipes import Collector, Streams
from prompts_lang.engine.sandbox.watch import until_folder_exceeds, until_memory_exceeds
from prompts_lang.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Generator

    from prompts_lang.engine.sandbox.launch import Launch
    from prompts_lang.engine.sandbox.model import Limits
    from prompts_lang.graph.types import JsonValue

START_SECONDS = 30.0
"""Within which a process must be ready to run the code, however busy the machine is."""

_REAP_SECONDS = 10.0
_AWAKE = b"awake\n"
_ENVELOPE = 2**12  # bytes of the channel that are framing, and a problem's own text


class Stop(Enum):
    """Why the process was not left to end by itself."""

    TIMEOUT = auto()
    OUTPUT = auto()
    MEMORY = auto()
    FOLDER = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Ending:
    """What is left of a process.

    `answer` is what came through the channel after the start frame; `nonce` opens its frames. `status` is the exit status, where 128
    and above mean a signal. `seconds` counts from the start of the code.
    """

    stop: Stop | None
    status: int
    nonce: bytes
    answer: bytes
    stdout: bytes
    stderr: bytes
    seconds: float


async def run(launch: Launch, request: dict[str, JsonValue], limits: Limits, *, folder: str | None) -> Ending:
    """Runs one process to its end.

    Args:
        launch: How it is started and confined.
        request: The code and its arguments, as `child/boot.py` reads them.
        limits: What it may use.
        folder: Its temporary folder, if it is one that must be watched.

    Raises:
        SandboxError: It did not come as far as running the code.
    """
    # A cancellation only asks the work to stop, so that cleaning up is never interrupted, not even by a second one.
    cancelled = asyncio.Event()
    work = asyncio.create_task(_run(launch, request, limits, folder, cancelled))
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            cancelled.set()
    if cancelled.is_set() and not work.cancelled():
        work.exception()  # fetched, so that it is not reported as forgotten
        raise asyncio.CancelledError
    return work.result()


async def _run(
    launch: Launch, request: dict[str, JsonValue], limits: Limits, folder: str | None, cancelled: asyncio.Event
) -> Ending:
    nonce = secrets.token_hex(16)
    process, streams = await _open(launch, limits)
    body = json.dumps({**request, "nonce": nonce, "confinement": launch.confinement}).encode()
    ready = _AWAKE + f"{nonce} 0\n".encode()
    try:
        stop, seconds = await _until_ended(process, body, len(ready), streams, limits, folder, cancelled)
    finally:
        await _end(process, streams, guarded=not launch.wrapper)
    status = process.returncode or 0
    status = 128 - status if status < 0 else status
    answer, stderr = bytes(streams.channel.data), bytes(streams.stderr.data)
    if not answer.startswith(ready):
        said = stderr.decode("utf-8", "replace").strip() or f"its process ended with status {status}"
        raise SandboxError(f"The sandbox for code did not start: {said}.")
    if streams.excess.is_set():
        stop = Stop.OUTPUT
    return Ending(stop, status, nonce.encode(), answer[len(ready) :], bytes(streams.stdout.data), stderr, seconds)


async def _open(launch: Launch, limits: Limits) -> tuple[asyncio.subprocess.Process, Streams]:
    excess = asyncio.Event()
    collectors = [Collector(limits.output_bytes + extra, excess) for extra in (0, 0, _ENVELOPE)]
    pipes = [os.pipe() for _ in collectors]
    transports: list[asyncio.ReadTransport] = []
    try:
        for (read_end, _), collector in zip(pipes, collectors, strict=True):
            transports.append(await _listen(read_end, collector))
        out, error, channel = (write_end for _, write_end in pipes)
        process = await _start(launch, out, error, channel)
    finally:
        # Without writers, what is left of the pipes closes by itself: now where nothing was started, later where something was.
        for _, write_end in pipes:
            os.close(write_end)
        for read_end, _ in pipes[len(transports) :]:
            os.close(read_end)
    stdout, stderr, answers = collectors
    return process, Streams(stdout, stderr, answers, excess, tuple(transports))


async def _listen(read_end: int, collector: Collector) -> asyncio.ReadTransport:
    file = os.fdopen(read_end, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: collector, file)
    return transport


async def _start(launch: Launch, out: int, error: int, channel: int) -> asyncio.subprocess.Process:
    with _filter_on_descriptor(launch.wrapper_filter) as descriptor:
        options = () if descriptor is None else ("--seccomp", str(descriptor))
        try:
            return await asyncio.create_subprocess_exec(
                *launch.wrapper,
                *options,
                *launch.command,
                str(channel),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=error,
                pass_fds=(channel,) if descriptor is None else (channel, descriptor),
                env=launch.environment,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is the engine's to handle
            )
        except OSError as failure:
            raise SandboxError(
                f"The sandbox for code cannot start a process: {failure.strerror}.", where=failure.filename
            ) from failure


@contextmanager
def _filter_on_descriptor(program: bytes | None) -> Generator[int | None]:
    if program is None:
        yield None
        return
    read_end, write_end = os.pipe()
    try:
        try:
            os.write(write_end, program)  # a few kilobytes: less than any pipe holds
        finally:
            os.close(write_end)
        yield read_end
    finally:
        os.close(read_end)


async def _until_ended(
    process: asyncio.subprocess.Process,
    request: bytes,
    ready: int,
    streams: Streams,
    limits: Limits,
    folder: str | None,
    cancelled: asyncio.Event,
) -> tuple[Stop | None, float]:
    """Feeds the process and waits until it has ended or must be ended. Returns why it must, and how long the code ran."""
    ended = asyncio.create_task(process.wait())
    feeding = asyncio.create_task(_feed(process, request, streams.channel))
    started = asyncio.create_task(streams.channel.holds(ready))
    reasons: dict[asyncio.Task[Any], Stop] = {
        asyncio.create_task(cancelled.wait()): Stop.CANCELLED,
        asyncio.create_task(streams.excess.wait()): Stop.OUTPUT,
        asyncio.create_task(until_memory_exceeds(process.pid, limits.memory_bytes)): Stop.MEMORY,
    }
    if folder is not None:
        reasons[asyncio.create_task(until_folder_exceeds(folder))] = Stop.FOLDER
    try:
        await asyncio.wait({ended, started, *reasons}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            return None, 0.0
        began = time.monotonic()
        await asyncio.wait({ended, *reasons}, timeout=limits.seconds, return_when=asyncio.FIRST_COMPLETED)
        seconds = time.monotonic() - began
        if ended.done():
            return None, seconds
        for watcher, reason in reasons.items():
            if watcher.done():
                await watcher  # a defect of the watcher must not pass for a verdict
                return reason, seconds
        return Stop.TIMEOUT, seconds
    finally:
        await _cancel({ended, feeding, started, *reasons})


async def _feed(process: asyncio.subprocess.Process, request: bytes, channel: Collector) -> None:
    """Hands the process its request once it is awake: all that bubblewrap does is then done, and killing it kills everything."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    await channel.holds(len(_AWAKE))
    try:
        process.stdin.write(len(request).to_bytes(8, "big"))
        process.stdin.write(request)
        await process.stdin.drain()
    except ConnectionError:
        return  # it ended early, and its end says more


async def _end(process: asyncio.subprocess.Process, streams: Streams, *, guarded: bool) -> None:
    """Kills the process with all its descendants, reaps it, and reads the pipes to their end."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    if not process.stdin.transport.is_closing():
        process.stdin.transport.abort()  # the guard's lifeline
    try:
        async with asyncio.timeout(_REAP_SECONDS):
            if not guarded:
                # Killed in the midst of its own set-up, bubblewrap would leave a child behind that waits for it for ever; killed
                # later, one that nobody reaps where the machine's first process does not. So its child is killed, and it follows.
                await streams.channel.holds(len(_AWAKE))
                _kill_children(process)
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()
    finally:
        await streams.close()


def _kill_children(process: asyncio.subprocess.Process) -> None:
    _, *children = family(process.pid) if process.returncode is None else [process.pid]
    if not children:
        _kill(process)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue  # the first one took it along


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            return  # it has ended by itself in this very moment


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
