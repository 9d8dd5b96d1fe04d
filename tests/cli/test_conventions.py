"""What all commands have in common: help, names, exit codes, colours, streams."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import Result

from prompts_lang.cli.errors import reported
from prompts_lang.cli.main import COMMANDS
from prompts_lang.errors import BudgetExceeded, FileError, PromptsError, StoreError, StoreFailure
from tests.cli.conftest import Run, Start
from tests.cli.project import Project

Invoke = Callable[..., Result]


def test_help_lists_every_command_and_imports_none(invoke: Invoke) -> None:
    shown = invoke("--help")
    assert shown.exit_code == 0
    for name, line in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(invoke: Invoke, name: str, option: str) -> None:
    shown = invoke(name, option)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"Usage: prompts {name} ")


def test_the_version_is_that_of_the_package(invoke: Invoke) -> None:
    assert invoke("--version").stdout == f"prompts {version('prompts-lang')}\n"


def test_an_unknown_command_is_answered_with_the_nearest(invoke: Invoke) -> None:
    shown = invoke("optimise")
    assert shown.exit_code == 2
    assert "There is no command 'optimise'. Did you mean 'optimize'?" in shown.stderr


@pytest.mark.parametrize("arguments", [["check"], ["run"], ["eval", "x.prompt", "--split", "all of it"], ["show"]])
def test_wrong_usage_ends_with_2_and_nothing_on_standard_output(invoke: Invoke, arguments: list[str]) -> None:
    shown = invoke(*arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"Usage: prompts {arguments[0]} ")


def test_a_folder_in_the_place_of_a_file_is_answered_with_the_files_in_it(invoke: Invoke, project: Project) -> None:
    shown = invoke("eval", "demo")
    assert (shown.exit_code, shown.stderr) == (2, "error: demo: This is a folder. Name a file in it: demo.prompt.\n")


def test_an_unknown_graph_is_answered_with_those_there_are(invoke: Invoke, project: Project) -> None:
    shown = invoke("eval", f"{project.file}:triag")
    assert shown.exit_code == 2
    assert shown.stderr == "error: demo/demo.prompt: The file has no graph 'triag'. Did you mean 'triage'?\n"
    other = invoke("eval", f"{project.file}:main")
    assert other.stderr == "error: demo/demo.prompt: The file has no graph 'main'. It has: triage.\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileError("x"), 2),
        (PromptsError("x"), 2),
        (BudgetExceeded("x", calls=0, usd=0), 3),
        (StoreError("x", kind=StoreFailure.FULL), 3),
        (KeyboardInterrupt(), 3),
        (ZeroDivisionError("a defect"), 3),
    ],
)
def test_errors_have_exit_codes(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, reported():
        raise error
    assert ended.value.code == code
    assert capsys.readouterr().out == ""


def test_an_error_names_files_as_a_person_would_and_cannot_drive_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit), reported():
        raise FileError("It is \x1b[31mred\x1b[0m.", where=str(tmp_path / "qa.prompt"), hint="Look.")
    assert (
        capsys.readouterr().err
        == "error: qa.prompt: It is \N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}[0m. Look.\n"
    )


def test_usage_errors_of_click_pass_through() -> None:
    with pytest.raises(click.UsageError), reported():
        raise click.UsageError("x")


# --- terminals


class Terminal:
    """A pseudo-terminal. `read` gives what was written to it."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()

    def read(self) -> str:
        os.close(self.theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(self._ours, 65536):
                parts.append(part)
        except OSError:
            pass  # this is how Linux says that the other side has closed
        os.close(self._ours)
        return b"".join(parts).decode()


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_show_on_a_terminal_that_wants_them(
    start: Start, project: Project, environment: dict[str, str], coloured: bool
) -> None:
    project.replace(("learn system:", "lern system:"))
    terminal = Terminal()
    process = start(
        "check",
        project.file,
        stdout=terminal.theirs,
        stderr=terminal.theirs,
        environment={"TERM": "xterm-256color", "NO_COLOR": "", **environment},
    )
    process.wait()
    assert ("\x1b[" in terminal.read()) is coloured


def test_nothing_but_text_goes_into_a_pipe(run: Run, project: Project) -> None:
    done = run("optimize", project.file, environment={"TERM": "xterm-256color"})
    assert "\x1b" not in done.out + done.err


def test_progress_shows_on_a_terminal_and_leaves_nothing_behind(start: Start, project: Project) -> None:
    terminal = Terminal()
    process = start(
        "eval", project.file, "--rows", "3", stderr=terminal.theirs, environment={"TERM": "xterm", "COLUMNS": "50"}
    )
    done = process.wait()
    shown = terminal.read()
    assert "Evaluating triage" in shown
    assert "\x1b[2K" in shown, "the line is cleared at the end"
    assert done.out.startswith("triage on 3 test rows of messages: ")


def test_json_on_standard_output_is_all_there_is(run: Run, project: Project) -> None:
    for arguments in (["check"], ["run", "--row", "1"], ["eval", "--rows", "2"], ["graph", "--format"]):
        done = run(arguments[0], project.file, *arguments[1:], "json" if arguments[-1] == "--format" else "--json")
        assert (done.code, done.err) == (0, "")
        assert done.json is not None
