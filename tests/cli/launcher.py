"""Starts commands and workers as real processes, by way of the `nursery`, and watches them."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a process that should have ended has hung."""


@dataclass(frozen=True)
class Finished:
    """A process that has ended: a negative code is the signal that ended it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object per line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Running:
    """A process under way. Its standard output is read line by line, its standard error goes to a file."""

    def __init__(self, nursery: Nursery, pid: int, stdin: IO[bytes], stdout: IO[bytes], errors: Path) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._nursery = nursery
        self._descriptor = os.pidfd_open(pid)
        self._errors = errors
        self._seen: list[bytes] = []
        self._finished: Finished | None = None

    def __iter__(self) -> Iterator[str]:
        """The lines of its standard output as they come."""
        for line in self.stdout:
            self._seen.append(line)
            yield line.decode()

    def send(self, line: bytes | Mapping[str, Any]) -> None:
        """Writes a line to its standard input."""
        self.stdin.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
        self.stdin.flush()

    def until(self, event: str, **fields: Any) -> dict[str, Any]:
        """Reads events up to the next one of this name with these fields."""
        for line in self:
            found = json.loads(line)
            if found["event"] == event and all(found[name] == value for name, value in fields.items()):
                return found
        raise AssertionError(f"it ended without the event {event} {fields}:\n{self.errors}")

    def until_told(self, words: str) -> None:
        """Waits until it has said something on its standard error."""
        ends = time.monotonic() + PATIENCE
        while words not in self.errors:
            assert time.monotonic() < ends, f"it does not say {words!r}:\n{self.errors}"
            time.sleep(0.01)

    @property
    def errors(self) -> str:
        """What is on its standard error by now."""
        return self._errors.read_text()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        signal.pidfd_send_signal(self._descriptor, number)

    def wait(self) -> Finished:
        """Waits for its end, and reads what is left of its output."""
        if self._finished is None:
            self.stdin.close()
            out = b"".join([*self._seen, *(() if self.stdout.closed else self.stdout)])
            ready, _, _ = select.select([self._descriptor], [], [], PATIENCE)
            assert ready, f"it does not end:\n{self.errors}"
            self._finished = Finished(self._nursery.wait(self.pid), out.decode(), self.errors)
        return self._finished

    def finish(self) -> None:
        """Ends it if it has not ended, and closes what belongs to it."""
        if self._finished is None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            self._nursery.wait(self.pid)
        for stream in (self.stdin, self.stdout):
            stream.close()
        os.close(self._descriptor)


class Nursery:
    """The process that forks others."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def start(
        self,
        program: str,
        *arguments: str,
        folder: Path,
        errors: Path,
        environment: Mapping[str, str] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        together: bool = False,
    ) -> Running:
        """Starts a program in a folder.

        Args:
            program: `prompts` or `worker`.
            arguments: Its arguments.
            folder: Its working directory.
            errors: The file that takes its standard error.
            environment: Variables besides those of the tests.
            stdout: A descriptor to write to; by default a pipe that is read by `Running`.
            stderr: A descriptor to write to in the place of the file.
            together: Whether standard error goes where standard output goes.
        """
        read_in, write_in = os.pipe()
        read_out, write_out = os.pipe()
        with errors.open("wb") as file:
            request = {
                "program": program,
                "arguments": arguments,
                "folder": str(folder),
                "environment": {**os.environ, **(environment or {})},
            }
            out = write_out if stdout is None else stdout
            given = [read_in, out, out if together else file.fileno() if stderr is None else stderr]
            socket.send_fds(self._channel, [json.dumps(request).encode()], given)
            answer = self._channel.recv(64)
            assert answer, "the nursery has died; see its standard error"
            pid = int(answer)
        os.close(read_in)
        os.close(write_out)
        return Running(self, pid, os.fdopen(write_in, "wb"), os.fdopen(read_out, "rb"), errors)

    def wait(self, pid: int) -> int:
        """The exit code of a child that has ended or is about to."""
        self._channel.send(json.dumps({"wait": pid}).encode())
        return int(self._channel.recv(64))


@pytest.fixture(scope="session")
def the_nursery() -> Iterator[Nursery]:
    """The one nursery of a test session."""
    with nursery() as started:
        yield started


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Starts a nursery."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, subprocess.Popen([sys.executable, "-m", "tests.cli.nursery"], cwd=ROOT, stdin=theirs) as process:
        theirs.close()
        yield Nursery(ours)
        ours.close()
        process.wait(PATIENCE)
