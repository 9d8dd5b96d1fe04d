"""Defaults of options: `pyproject.toml`, then the environment, then flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

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


def test_options_of_other_commands_are_no_mistake(invoke: Invoke, settings: Callable[[str], None]) -> None:
    settings('[tool.prompts]\nbudget = "500 calls"\nsandbox = "limits"\n')
    assert invoke("check", "demo").exit_code == 0


def test_an_empty_variable_is_said(invoke: Invoke, project: Project) -> None:
    shown = invoke("check", "demo", environment={"PROMPTS_STRICT": ""})
    assert (shown.exit_code, shown.stderr) == (
        2,
        "error: The variable PROMPTS_STRICT is set, but empty. Give it a value, or unset it.\n",
    )
