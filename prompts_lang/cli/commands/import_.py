"""`prompts import FILE`: a prompt file of another tool as a prompt graph."""

from __future__ import annotations

from pathlib import Path

import click

from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import require_file
from prompts_lang.cli.text import flat
from prompts_lang.cli.writing import write_file
from prompts_lang.convert.convert import FORMATS, convert
from prompts_lang.errors import UsageError
from prompts_lang.syntax.detect import is_prompt_graph
from prompts_lang.syntax.file import SyntaxFile


@click.command(name="import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--from", "form", type=click.Choice(list(FORMATS)), help="The format, where it is not recognised.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; by default it is printed.",
)
@click.option("--force", is_flag=True, help="Write it although something is lost; the losses stand in it as comments.")
def command(path: Path, *, form: str | None, output: Path | None, force: bool) -> None:
    """Converts dotprompt, Prompty, GitHub's .prompt.yml, and prompt flow's flow.dag.yaml.

    What cannot be kept is listed; then nothing is written and the exit code is 1, unless `--force` is given.
    """
    require_file(path)
    if form is None and path.suffix == ".prompt" and is_prompt_graph(SyntaxFile.parse(path.read_bytes())):
        raise UsageError("This is a prompt graph already.", where=str(path), hint="There is nothing to convert.")
    conversion = convert(path, form, into=None if output is None else output.parent)
    for loss in conversion.losses:
        click.echo(f"{click.style('lost', fg='yellow')}: {flat(str(loss))}", err=True)
    if conversion.losses and not force:
        click.echo(
            "Nothing was written. `--force` writes it all the same, with what is lost as comments at its top.", err=True
        )
        raise SystemExit(Exit.NO)
    if output is None:
        click.echo(conversion.text, nl=False)
        return
    if output.exists():
        raise UsageError("The file exists already.", where=str(output), hint="Choose another name, or remove it.")
    write_file(output, conversion.text.encode("utf-8"))
    click.echo(f"Written: {output} ({conversion.format})", err=True)
