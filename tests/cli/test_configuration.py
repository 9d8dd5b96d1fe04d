"""Defaults of options: `pyproject.toml`, then the environment, then flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from prompts_lang.cli.configuration import defaults
from prompts_lang.cli.main import COMMANDS, LazyGroup, cli
from tests.cli.conftest import Run
from tests.cli.project import Project

Invoke = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, project: Project) -> Callable[[str], None]:
    """Writes the table `[tool.prompts]`."""

    def write(table: str) -> None:
        (tmp_path / "pyproject.toml").write_text(table)

    return write


def told_bound(run: Run, *arguments: str, **environment: str) -> str:
    return run("optimize", "demo/demo.prompt", "--dry-run", *arguments, environment=environment).out


def test_the_narrower_place_wins(run: Run, settings: Callable[[str], None]) -> None:
    assert "At most 600 calls" in told_bound(run)
    settings('[tool.prompts]\nbudget = "500 calls"\n')
    assert "At most 500 calls" in told_bound(run)
    settings('[tool.prompts]\nbudget = "500 calls"\n[tool.prompts.optimize]\nbudget = "400 calls"\n')
    assert "At most 400 calls" in told_bound(run)
    assert "At most 300 calls" in told_bound(run, PROMPTS_BUDGET="300 calls")
    assert "At most 200 calls" in told_bound(run, PROMPTS_BUDGET="300 calls", PROMPTS_OPTIMIZE_BUDGET="200 calls")
    assert "At most 100 calls" in told_bound(run, "--budget", "100 calls", PROMPTS_OPTIMIZE_BUDGET="200 calls")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[tool.prompts.optimize]\nbugdet = 1\n", "has an unknown option 'bugdet'. Did you mean 'budget'?"),
        ("[tool]\nprompts = 1\n", "[tool.prompts] must be a table."),
        ("[tool.prompts]\noptimize = 1\n", "[tool.prompts.optimize] must be a table."),
        ("[tool.prompts\n", "The file cannot be read: "),
        *(
            (f"[{table}]\nseed = {value}\n", f"[{table}] seed must be a text, a number, true or false.")
            for table in ("tool.prompts", "tool.prompts.optimize")
            for value in ("[1]", "2026-01-01")
        ),
        ("[tool.prompts]\nseed = true\n", "[tool.prompts] seed takes more than true or false."),
        ("[tool.prompts.optimize]\nseed = {a = 1}\n", "[tool.prompts.optimize] seed must be"),
    ],
)
def test_a_wrong_table_is_named_with_its_file(
    invoke: Invoke, settings: Callable[[str], None], table: str, message: str
) -> None:
    settings(table)
    shown = invoke("optimize", "demo/demo.prompt", "--dry-run")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("error: pyproject.toml: ")
    assert message in shown.stderr


def test_a_number_of_the_table_is_not_rounded(invoke: Invoke, settings: Callable[[str], None]) -> None:
    settings("[tool.prompts]\nseed = 1.5\n")
    shown = invoke("optimize", "demo/demo.prompt", "--dry-run")
    assert (shown.exit_code, "'1.5' is not a valid integer" in shown.stderr) == (2, True)


def test_options_of_other_commands_are_no_mistake(invoke: Invoke, settings: Callable[[str], None]) -> None:
    settings('[tool.prompts]\nbudget = "500 calls"\nsandbox = "limits"\n')
    assert invoke("check", "demo").exit_code == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_variables_by_its_long_name(name: str, tmp_path: Path) -> None:
    assert isinstance(cli, LazyGroup)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    longs = {
        option[2:]: parameter for parameter in command.params for option in parameter.opts if option.startswith("--")
    }
    for long, parameter in longs.items():
        spelled = long.upper().replace("-", "_")
        wide, narrow = f"PROMPTS_{spelled}", f"PROMPTS_{name.upper()}_{spelled}"
        assert list(defaults(command, name, tmp_path, {wide: "a"})) == [parameter.name]
        both = defaults(command, name, tmp_path, {wide: "a", narrow: "b"})[parameter.name]
        assert both == (["b"] if parameter.multiple else "b")


def test_a_variable_is_read_as_its_option_is(run: Run, project: Project) -> None:
    done = run("eval", project.file, environment={"PROMPTS_EVAL_MIN": "75"})
    assert (done.code, "75 is no score" in done.err) == (2, True)
    values = {"PROMPTS_RUN_INPUT": "message=hello", "PROMPTS_RUN_QUIET": "1"}
    done = run("run", project.file, environment=values)
    assert (done.code, done.err) == (0, "")


def test_an_empty_variable_is_said(invoke: Invoke, project: Project) -> None:
    shown = invoke("check", "demo", environment={"PROMPTS_STRICT": ""})
    assert (shown.exit_code, shown.stderr) == (
        2,
        "error: The variable PROMPTS_STRICT is set, but empty. Give it a value, or unset it.\n",
    )
