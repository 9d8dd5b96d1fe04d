"""The command group. Each command is one module, imported when it is called: `prompts check` never waits for the engine."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from prompts_lang.cli.configuration import defaults, environment
from prompts_lang.cli.errors import reported
from prompts_lang.errors import FileError

COMMANDS: dict[str, str] = {
    "new": "Make a small project that runs.",
    "check": "Check files without running anything.",
    "format": "Put files into canonical form; text is never touched.",
    "run": "Run a graph once and show what each node did.",
    "eval": "Score a graph on a dataset.",
    "optimize": "Improve a graph's learned texts, and prove it.",
    "graph": "Draw a file's graphs.",
    "runs": "List what was run.",
    "show": "Show one run, a row or a node of it.",
    "simulate": "Serve a simulated world as an OpenAI-compatible endpoint.",
    "import": "Convert a file of another format into a prompt graph.",
    "lsp": "Start the language server on standard input and output.",
}
"""Every command with the line that `prompts --help` shows for it."""


class LazyGroup(click.Group):
    """A group whose commands are imported on use. A command stands in `prompts_lang.cli.commands.NAME` as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports and returns one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"prompts_lang.cli.commands.{_module_name(cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command and the defaults of its options; an unknown one is answered with the nearest name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from prompts_lang.graph.problem import suggestion  # noqa: PLC0415  needed for a mistake only

            ctx.fail(f"There is no command '{args[0]}'.{suggestion(args[0], COMMANDS)}")
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None:
            ctx.default_map = {name: defaults(command, name, _working_directory(), environment())}
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; whatever goes wrong in it is reported here, and nowhere else."""
        with reported():
            return super().invoke(ctx)


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise FileError("The working directory is gone.", hint="Change to one that is there.") from error


def _module_name(command: str) -> str:
    return f"{command}_" if command in ("import", "format") else command


def _version() -> str:
    try:
        return version("prompts-lang")
    except PackageNotFoundError:
        return "unknown"


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"prompts {_version()}")
        ctx.exit()


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=LazyGroup, context_settings=SETTINGS)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Prompt graphs: run them, measure them, and improve them with textual gradients."""
    if environment().get("NO_COLOR") or environment().get("TERM") == "dumb":
        ctx.color = False
