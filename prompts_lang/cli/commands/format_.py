"""`prompts format PATH…`: canonical form, in place; `--check` and `--diff` for CI."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import prompt_files
from prompts_lang.cli.writing import write_file
from prompts_lang.features.formatting import format_file
from prompts_lang.syntax.detect import is_prompt_graph
from prompts_lang.syntax.file import SyntaxFile


@click.command(name="format")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 where a file is not in canonical form.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(paths: tuple[Path, ...], *, check: bool, diff: bool) -> None:
    """Formats files and folders. A file with syntax errors, or of another format, is left as it is."""
    changed = broken = 0
    for path in prompt_files(paths):
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
    if check and changed:
        click.echo(f"{changed} file{'s' if changed != 1 else ''} would be formatted.", err=True)
    if broken or (changed and (check or diff)):
        raise SystemExit(Exit.NO)


def _change(path: Path, before: bytes, after: bytes, *, write: bool, show: bool) -> None:
    if show:
        old, new = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (before, after))
        click.echo("".join(difflib.unified_diff(old, new, str(path), f"{path} (formatted)")), nl=False)
    elif write:
        write_file(path, after)
        click.echo(f"{path}: formatted", err=True)
    else:
        click.echo(str(path))
