"""The page of the command line says what the commands do. `python -m tests.cli.page` writes it anew."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from prompts_lang.cli.main import COMMANDS, cli
from tests.cli.launcher import Nursery
from tests.cli.page import PAGE, TABLE, Session, transcripts, with_tables

HOW = "docs/cli.md is stale: run `python -m tests.cli.page`"


def test_every_option_of_every_command_is_listed() -> None:
    page = PAGE.read_text()
    assert with_tables(page) == page, HOW
    context = click.Context(cli)
    with_options = {
        name
        for name in COMMANDS
        if (command := cli.get_command(context, name)) and any(isinstance(one, click.Option) for one in command.params)
    }
    assert {name for name, _, _ in TABLE.findall(page)} == with_options


def test_every_command_has_its_place() -> None:
    page = PAGE.read_text()
    for name in COMMANDS:
        assert f"`prompts {name}" in page
        assert f"[`{name}`](#" in page


def test_the_transcripts_are_what_the_commands_print(the_nursery: Nursery, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    session = Session(the_nursery, folder)
    for command in transcripts(PAGE.read_text()):
        now = type(command)(*session.play(command.line), command.varies)
        assert "error: " not in now.output, now.output
        assert command.varies or now.shape == command.shape, HOW


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_every_exit_code_is_explained(number: int) -> None:
    assert f"| {number} | " in PAGE.read_text()
