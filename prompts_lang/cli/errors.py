"""One place that turns errors into a line for people and an exit code for machines."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec, TypeVar

import click

from prompts_lang.errors import BudgetExceeded, PromptsError, ProviderError, SandboxError, StoreError

P = ParamSpec("P")
R = TypeVar("R")


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


def reported(callback: Callable[P, R]) -> Callable[P, R]:
    """Wraps a command: our errors end it with one message and the right exit code; a closed pipe ends it quietly."""

    @functools.wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except PromptsError as error:
            click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
            raise SystemExit(exit_code(error)) from error
        except KeyboardInterrupt as error:
            click.echo("Stopped.", err=True)
            raise SystemExit(Exit.NOT_COMPLETED) from error
        except BrokenPipeError:
            # The reader of our output is gone (`prompts runs | head`). Python would complain again when it closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(Exit.FINE) from None

    return run
