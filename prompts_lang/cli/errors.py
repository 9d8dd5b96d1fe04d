"""One place that turns errors into a line for people and an exit code for machines."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import IntEnum

import click

from prompts_lang.cli.streams import is_about_output, silence, tell
from prompts_lang.cli.text import harmless, nearby
from prompts_lang.errors import BudgetExceeded, PromptsError, ProviderError, SandboxError, StoreError


class Exit(IntEnum):
    """The exit codes of every command."""

    FINE = 0
    NO = 1
    USAGE = 2
    NOT_COMPLETED = 3


def exit_code(error: PromptsError) -> Exit:
    """The exit code for an error: 3 where a run could not be completed, else 2."""
    incomplete = isinstance(error, ProviderError | BudgetExceeded | SandboxError | StoreError)
    return Exit.NOT_COMPLETED if incomplete else Exit.USAGE


@contextmanager
def reported() -> Generator[None]:
    """Within the block, our errors end the process with one message and the right exit code; a closed pipe ends it quietly.

    What is no error of ours is a defect. It ends with 3, for 1 means that an answer was found, and that it is "no".
    """
    try:
        try:
            yield
        except SystemExit as end:
            _flush(end)
            raise
        _flush()
    except PromptsError as error:
        tell(f"{click.style('error', fg='red', bold=True)}: {harmless(nearby(str(error)))}")
        raise SystemExit(exit_code(error)) from error
    except KeyboardInterrupt as error:
        tell("Stopped.")
        raise SystemExit(Exit.NOT_COMPLETED) from error
    except BrokenPipeError:
        # The reader of our output is gone (`prompts runs | head`).
        silence(sys.stdout)
        raise SystemExit(Exit.FINE) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if isinstance(error, OSError) and is_about_output(error):
            silence(sys.stdout)
            tell(f"{click.style('error', fg='red', bold=True)}: The output cannot be written: {error.strerror}.")
        else:
            with suppress(OSError):
                traceback.print_exc()
            tell("This should not happen. Please report it, with the lines above.")
        raise SystemExit(Exit.NOT_COMPLETED) from error


def _flush(end: SystemExit | None = None) -> None:
    """Writes what is still to be written; where nobody reads it any more, a command that has an exit code keeps it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        if end is None:
            raise
        silence(sys.stdout)
