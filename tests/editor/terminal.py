"""A program in a pseudo terminal, driven by its keys, and what its screen shows."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pyte

ROWS, COLUMNS = 60, 200
WAIT_SECONDS = 60.0


class _Screen(pyte.Screen):
    """A screen that lets the terminal's questions go unanswered; pyte does not know all the forms that they take."""

    def report_device_status(self, *_: Any, **__: Any) -> None: ...

    def report_device_attributes(self, *_: Any, **__: Any) -> None: ...


class Terminal:
    """One program and its screen."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        program, *arguments = command
        self._child: pexpect.spawn[bytes] = pexpect.spawn(
            program,
            arguments,
            cwd=str(folder),
            env={**environment, "TERM": "xterm-256color"},
            dimensions=(ROWS, COLUMNS),
        )
        self._screen = _Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def wait_for(self, words: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until the screen shows some words; raises as `wait_until`."""
        self.wait_until(lambda: words in self.text, f"{words!r} to be shown", seconds)

    def wait_without(self, words: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until the screen does not show some words any more; raises as `wait_until`."""
        self.wait_until(lambda: words not in self.text, f"{words!r} to go", seconds)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Waits until something holds.

        Raises:
            AssertionError: it does not in so many seconds; with the screen.
        """
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"waited in vain for {what}:\n{self.text}"
            try:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:
                continue

    def wait_for_the_end(self, seconds: float = WAIT_SECONDS) -> int:
        """The exit code of the program, which has been told to end."""
        self._child.expect(pexpect.EOF, timeout=seconds)
        self._child.close()
        return self._child.exitstatus

    def kill(self) -> None:
        self._child.close(force=True)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()
