"""One place that turns errors into a line for people and an exit code for machines."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum

import click

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
        yield
        sys.stdout.flush()
    except PromptsError as error:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {harmless(nearby(str(error)))}", err=True)
        raise SystemExit(exit_code(error)) from error
    except KeyboardInterrupt as error:
        click.echo("Stopped.", err=True)
        raise SystemExit(Exit.NOT_COMPLETED) from error
    except BrokenPipeError:
        # The reader of our output is gone (`prompts runs | head`). Python would complain again when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(Exit.FINE) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        traceback.print_exc()
        click.echo("This should not happen. Please report it, with the lines above.", err=True)
        raise SystemExit(Exit.NOT_COMPLETED) from error
