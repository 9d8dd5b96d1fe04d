"""`prompts format PATH…`: canonical form, in place; `--check` and `--diff` for CI."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from prompts_lang.cli.amounts import plural
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import prompt_files
from prompts_lang.cli.options import quiet_option
from prompts_lang.cli.writing import write_file
from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.detect import is_prompt_graph
from prompts_lang.syntax.file import SyntaxFile


@click.command(name="format")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 where a file is not in canonical form.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@quiet_option
def command(paths: tuple[Path, ...], *, check: bool, diff: bool, quiet: bool) -> None:
    """Formats files and folders, in place. A file with syntax errors, or of another format, is left as it is.

    The exit code is 1 where a file has syntax errors, and with `--check` or `--diff` where one is not in canonical form.
    """
    changed = broken = 0
    files = prompt_files(paths)
    for path in files:
        file = SyntaxFile.parse(path.read_bytes())
        if not is_prompt_graph(file):
            continue
        formatted = format_file(file)
        if formatted is None:
            broken += 1
            click.echo(f"{path}: not formatted, because it has errors; `prompts check` lists them.", err=True)
        elif formatted != file.text:
            changed += 1
            _change(path, file.text, formatted, write=not (check or diff), show=diff)
    if not quiet:
        done = "would be formatted" if check or diff else "formatted"
        click.echo(f"{plural(len(files), 'file')} looked at, {changed} {done}.", err=True)
    if broken or (changed and (check or diff)):
        raise SystemExit(Exit.NO)


def _change(path: Path, before: bytes, after: bytes, *, write: bool, show: bool) -> None:
    if show:
        old, new = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (before, after))
        click.echo("".join(difflib.unified_diff(old, new, str(path), f"{path} (formatted)")), nl=False)
    elif write:
        write_file(path, after)
        click.echo(str(path))
    else:
        click.echo(str(path))
