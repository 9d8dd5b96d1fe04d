"""`prompts new NAME`: a small project that runs at once, on the simulated model."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from prompts_lang.errors import FileError, UsageError

TEMPLATE = "template"
"""The folder of the template, beside this package's modules. `NAME` in names and `{{name}}` in the page stand for the project."""
IGNORED = ".prompts/\n"


@click.command(name="new")
@click.argument("name", type=click.Path(path_type=Path))
def command(name: Path) -> None:
    """Makes the folder NAME with a graph, data, and a simulated model to try them on."""
    project = name.absolute().name
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", project):
        raise UsageError(
            f"'{project}' is no name for a project.", hint="Use letters, digits, dots, dashes and underscores."
        )
    try:
        name.mkdir(parents=True)
    except FileExistsError as error:
        raise FileError(
            "There is such a file or folder already.", where=str(name), hint="Take another name."
        ) from error
    except OSError as error:
        raise FileError(f"The folder cannot be made ({error.strerror}).", where=str(name)) from error
    try:
        _copy(files("prompts_lang.cli") / TEMPLATE, name, project)
        (name / ".gitignore").write_text(IGNORED, encoding="utf-8")
    except OSError as error:
        raise FileError(f"The project cannot be written ({error.strerror}).", where=str(name)) from error
    file = name / f"{project}.prompt"
    click.echo(f"Made {name}. Try:\n\n  prompts eval {file}\n  prompts optimize {file}\n")


def _copy(source: Traversable, target: Path, project: str) -> None:
    for item in source.iterdir():
        place = target / item.name.replace("NAME", project)
        if item.is_dir():
            place.mkdir()
            _copy(item, place, project)
        elif item.name.endswith(".md"):
            place.write_text(item.read_text(encoding="utf-8").replace("{{name}}", project), encoding="utf-8")
        else:
            place.write_bytes(item.read_bytes())
