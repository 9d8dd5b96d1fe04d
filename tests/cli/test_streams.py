"""Standard streams that lack characters, take no more, or have nobody at their other end."""

from __future__ import annotations

import io
import json
import os
import sys

import click
import pytest

from prompts_lang.cli.errors import reported
from prompts_lang.cli.streams import prepare_streams
from tests.cli.conftest import Run, Start
from tests.cli.endpoint import says, serving
from tests.cli.project import Project


@pytest.fixture
def full() -> int:
    """A descriptor that takes nothing."""
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("eval", "--help"), ("simulate", "--dials"), ("graph", "demo"), ("check", "demo", "--json")],
)
def test_output_that_cannot_be_written_is_one_line_and_the_code_of_what_is_not_complete(
    start: Start, project: Project, full: int, arguments: tuple[str, ...]
) -> None:
    named = [str(project.file) if argument == "demo" else argument for argument in arguments]
    done = start(*named, stdout=full).wait()
    assert (done.code, done.err) == (3, "error: The output cannot be written: No space left on device.\n")


def test_words_that_nobody_can_be_told_change_no_exit_code(start: Start, full: int) -> None:
    assert start("check", "nowhere.prompt", stderr=full).wait().code == 2


def test_a_reader_that_goes_away_does_not_turn_a_no_into_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    with pytest.raises(SystemExit) as ended, reported():
        raise SystemExit(1)
    assert ended.value.code == 1


def test_characters_that_an_encoding_lacks_are_spelled_as_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1", write_through=True))
    prepare_streams()
    value = {"é": "Grüße 😀 \u2014 \ud800"}
    click.echo(json.dumps(value, ensure_ascii=False))
    assert written.getvalue() == b'{"\xe9": "Gr\xfc\xdfe \\ud83d\\ude00 \\u2014 \\ud800"}\n'
    assert json.loads(written.getvalue().decode("latin-1")) == value


@pytest.mark.parametrize("option", ["--trace", "--json"])
def test_half_a_character_in_a_reply_ends_no_command(run: Run, project: Project, option: str) -> None:
    with serving(lambda *_: says("half \ud83d")) as endpoint:
        project.point_to(endpoint.base)
        done = run("run", project.file, "--row", "1", option)
    assert (done.code, "Traceback" in done.err) == (0, False), done.err
    assert "half" in done.out
