"""The command line: `prompts COMMAND`. Everything that the editor can do, for CI, scripts and people without an editor.

Invariants: with `--json`, standard output carries JSON and nothing else; progress and messages for people go to standard error. Exit
codes are 0 fine, 1 the answer is "no", 2 wrong usage or unreadable input, 3 a run could not be completed.
"""

from __future__ import annotations


def main() -> None:
    """The entry point of the `prompts` command."""
    from prompts_lang.cli.errors import reported  # noqa: PLC0415  importing the package should not import click
    from prompts_lang.cli.main import cli  # noqa: PLC0415
    from prompts_lang.cli.streams import prepare_streams  # noqa: PLC0415

    prepare_streams()
    with reported():  # what happens around a command: help, and the end of the output
        cli()
