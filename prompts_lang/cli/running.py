"""Runs a command's asynchronous part: Ctrl-C stops cleanly the first time and at once the second time; progress shows on a terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from prompts_lang.jobs.process import prepare_process

R = TypeVar("R")


def run(main: Coroutine[Any, Any, R]) -> R:
    """Runs a coroutine to its end in a new event loop, traced where the environment asks for it.

    One that was cancelled by a signal ends as interrupted.
    """
    prepare_process()
    with asyncio.Runner() as runner:
        try:
            return runner.run(main)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


@contextmanager
def stopping_on_interrupt(stop: Callable[[], object], *, told: str = "") -> Generator[None]:
    """Within the block, the first Ctrl-C or SIGTERM calls `stop`; another one cancels the task that entered the block.

    Args:
        stop: Asks for the end.
        told: What to say to people then, on standard error.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked = False

    def interrupted() -> None:
        nonlocal asked
        if asked and task is not None:
            task.cancel()
            return
        asked = True
        if told:
            click.echo(told, err=True)
        stop()

    def caught(*_: object) -> None:
        loop.call_soon_threadsafe(interrupted)

    # Not `loop.add_signal_handler`, which Windows does not have.
    before = {number: signal.signal(number, caught) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


STOPPING = "Stopping. Calls in flight may end; press Ctrl-C again to give them up."


class Display:
    """A progress bar on standard error, on a terminal only; silent elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not (shown and sys.stderr.isatty()),
        )
        self._task = self._progress.add_task("starting", total=None, note="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, doing: str, done: float, total: float | None, note: str = "") -> None:
        """Shows how far the work is."""
        self._progress.update(self._task, description=doing, completed=done, total=total, note=note)

    def note(self, note: str) -> None:
        """Shows a short remark behind the bar."""
        self._progress.update(self._task, note=note)

    def say(self, markup: str) -> None:
        """Prints a line above the bar, and on its own where there is no bar."""
        self._progress.console.print(markup, highlight=False, soft_wrap=True)
