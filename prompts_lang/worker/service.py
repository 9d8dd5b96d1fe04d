"""Reads commands, keeps one task per job, writes events. One thread reads; the event loop does everything else, writing included.

Invariant: every job that was started ends with exactly one `finished`; when the input ends, so do all jobs, their children, and the
process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO

from prompts_lang.errors import PromptsError
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.stopping import StopSignal
from prompts_lang.worker.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Command,
    Event,
    Exit,
    JobEvent,
    JobState,
    Ready,
    Start,
    Stop,
    WorkerProtocolError,
    encode_line,
    read_command,
)

Say = Callable[[str, dict[str, JsonValue]], None]
"""Tells one event of a job: its name and its fields."""


GRACE = 5.0
"""Seconds that calls in flight have to end after a `stop`; then they are given up."""


@dataclass(slots=True)
class _Job:
    """A job under way: its task, and the way to ask it for an end."""

    task: asyncio.Task[None]
    stop: StopSignal = field(default_factory=StopSignal)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Serves until `source` ends or says `exit`."""
    asyncio.run(_Worker(sink).run(source))


class _Worker:
    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._jobs: dict[str, _Job] = {}

    async def run(self, source: BinaryIO) -> None:
        """The worker's whole life."""
        self._write(Ready(PROTOCOL_VERSION, _version()))
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def deliver(line: bytes) -> None:
            loop.call_soon_threadsafe(lines.put_nowait, line)

        threading.Thread(target=_read, args=(source, deliver), daemon=True).start()
        try:
            while line := await lines.get():
                if isinstance(command := self._command(line), Exit):
                    break
                self._obey(command)
        finally:
            await self._end()

    def _command(self, line: bytes) -> Command | None:
        try:
            return read_command(line)
        except WorkerProtocolError as error:
            self._complain(str(error))
            return None

    def _complain(self, message: str) -> None:
        """Says that a line could not be obeyed; no job is concerned."""
        self._write(JobEvent("", "failed", {"message": message}))

    def _obey(self, command: Command | None) -> None:
        match command:
            case Start() if command.job in self._jobs:
                self._complain(f"The job {command.job!r} is under way already.")
            case Start():
                stop = StopSignal()
                task = asyncio.create_task(self._job(command, stop), name=command.job)
                self._jobs[command.job] = _Job(task, stop)
                task.add_done_callback(lambda _: self._jobs.pop(command.job, None))
            case Stop(job) if (found := self._jobs.get(job)) is not None:
                self._stop(found)
            case _:
                pass

    def _stop(self, job: _Job) -> None:
        """Asks a job to end; the second time, and after the grace, it is ended."""
        if job.stop.requested:
            job.task.cancel()
            return
        job.stop.request()
        asyncio.get_running_loop().call_later(GRACE, job.task.cancel)

    async def _job(self, start: Start, stop: StopSignal) -> None:
        """One job, from `started` to `finished`; whatever goes wrong in it stays in it."""
        state = JobState.FAILED

        def say(name: str, body: dict[str, JsonValue]) -> None:
            self._write(JobEvent(start.job, name, body))

        try:
            # The engine is imported by the first job, so that the worker answers at once when it is started.
            from prompts_lang.worker.tasks import perform  # noqa: PLC0415

            state = await perform(start, say, stop)
        except asyncio.CancelledError:
            state = JobState.STOPPED
        except PromptsError as error:
            say("failed", {"message": str(error)})
        except Exception as error:  # noqa: BLE001  a defect of ours ends its job, and the others go on
            say(
                "failed",
                {
                    "message": f"Something went wrong that should not ({type(error).__name__}: {error}). Please report it."
                },
            )
            _log_defect(error)
        finally:
            say("finished", {"state": state.value})

    async def _end(self) -> None:
        tasks = tuple(job.task for job in self._jobs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _write(self, event: Event) -> None:
        try:
            self._sink.write(encode_line(event))
            self._sink.flush()
        except BrokenPipeError:
            for job in self._jobs.values():
                job.task.cancel()


def _log_defect(error: BaseException) -> None:
    import logging  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    logging.getLogger(__name__).error("A job failed: %s", "".join(traceback.format_exception(error)))


def _read(source: BinaryIO, deliver: Callable[[bytes], None]) -> None:
    """Delivers line by line, and an empty line at the end of the input or behind a line that is too long."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            break
        if line.strip():
            deliver(line)
    deliver(b"")


def _version() -> str:
    try:
        return version("prompts-lang")
    except PackageNotFoundError:
        return "unknown"
