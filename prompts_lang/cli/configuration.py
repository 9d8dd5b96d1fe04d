"""Defaults of options: `[tool.prompts]` in `pyproject.toml`, and environment variables.

The order is: the `.prompt` file, then `pyproject.toml`, then the environment, then flags. Options for all commands stand in
`[tool.prompts]`, those of one command in `[tool.prompts.COMMAND]`, under their long names; in the environment they are
`PROMPTS_OPTION` and `PROMPTS_COMMAND_OPTION`. The narrower one wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click

from prompts_lang.data.settings import project_table
from prompts_lang.errors import FileError, UsageError
from prompts_lang.graph.problem import suggestion

PREFIX = "PROMPTS"


def defaults(command: click.Command, name: str, folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The defaults of a command's options by parameter, from the nearest `pyproject.toml` and from variables.

    Click could look for variables by itself, but under the names of parameters: `PROMPTS_EVAL_MINIMUM` for `--min`.

    Raises:
        FileError: the file is not valid TOML, or its table has the wrong shape or an unknown option for this command.
        UsageError: a variable is set, but empty.
    """
    options = {long: parameter for parameter in command.params for long in _long_names(parameter)}
    path, table = project_table(folder)
    inner: object = table.get(name, {})
    if not isinstance(inner, dict):
        raise FileError(f"[tool.prompts.{name}] must be a table.", where=str(path))
    own = cast("dict[str, Any]", inner)
    for option in own:
        if option not in options:
            raise FileError(
                f"[tool.prompts.{name}] has an unknown option '{option}'.{suggestion(option, options)}", where=str(path)
            )
    found: dict[str | None, Any] = {}
    for option, parameter in options.items():
        spelled = option.upper().replace("-", "_")
        if option in own:
            found[parameter.name] = _set_in(path, f"[tool.prompts.{name}] {option}", own[option], parameter)
        elif option in table and not isinstance(table[option], dict):
            found[parameter.name] = _set_in(path, f"[tool.prompts] {option}", table[option], parameter)
        for variable in (f"{PREFIX}_{spelled}", f"{PREFIX}_{name.upper()}_{spelled}"):
            if variable not in environment:
                continue
            if not environment[variable]:
                raise UsageError(f"The variable {variable} is set, but empty.", hint="Give it a value, or unset it.")
            found[parameter.name] = _value(parameter, environment[variable])
    return {parameter: value for parameter, value in found.items() if parameter is not None}


def _set_in(path: Path | None, place: str, value: object, parameter: click.Parameter) -> Any:
    """A value of the table as one would write it on the command line, so that click finds the same mistakes in it."""
    match value:
        case str():
            return value
        case bool():
            if isinstance(parameter, click.Option) and parameter.is_flag:
                return value
            raise FileError(f"{place} takes more than true or false.", where=str(path))
        case int() | float():
            return str(value)
        case list() if parameter.multiple:
            return [_set_in(path, place, entry, parameter) for entry in cast("list[object]", value)]
        case _:
            raise FileError(f"{place} must be a text, a number, true or false.", where=str(path))


def _value(parameter: click.Parameter, text: str) -> Any:
    return parameter.type.split_envvar_value(text) if parameter.multiple else text


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def _long_names(parameter: click.Parameter) -> list[str]:
    return [name[2:] for name in parameter.opts if name.startswith("--")]
