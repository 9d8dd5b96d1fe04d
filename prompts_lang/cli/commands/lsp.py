"""`prompts lsp`: the language server on standard input and output."""

from __future__ import annotations

import click

from prompts_lang.errors import UsageError


@click.command(name="lsp", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Starts the language server. Editors run this; `--stdio` and `--clientProcessId N` are understood."""
    try:
        from prompts_server import main  # noqa: PLC0415  the server stands above this package, and only this command needs it
    except ImportError as error:
        raise UsageError(
            "The language server is not installed.", hint="Install the whole distribution: `pip install prompts-lang`."
        ) from error
    raise SystemExit(main(ctx.args))
