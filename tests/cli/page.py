"""The page `docs/cli.md`: its tables of options come from the commands, and what its transcripts show is what the commands print.

    python -m tests.cli.page        writes tables and transcripts anew, where they differ in more than numbers

A table follows a line `<!-- options of NAME -->`. A transcript is a fenced block of the language `console`; all of them are one session
in an empty folder. Of a block after a line `<!-- varies -->` only the commands are held, since what they print depends on the search.
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from prompts_lang.cli.main import cli
from tests.cli.launcher import ROOT, Nursery, nursery

PAGE = ROOT / "docs" / "cli.md"
TABLE = re.compile(r"(?<=<!-- options of )(\w+)( -->\n)((?:\|.*\n)*)")
BLOCK = re.compile(r"(<!-- varies -->\n)?```console\n(.*?)```\n", re.DOTALL)
RUN_ID = re.compile(r"\b20\d{6}-\d{6}-[0-9a-f]{6}\b")


def options_table(name: str) -> str:
    """The options of a command as a Markdown table."""
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    context = click.Context(command, info_name=name)
    rows = [_row(option, context) for option in command.params if isinstance(option, click.Option)]
    return "".join(f"| {option} | {meaning} |\n" for option, meaning in [("option", "meaning"), ("---", "---"), *rows])


def _row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        names = f"{names[:-1]} {option.make_metavar(context)}`"
    default = f" Default: `{option.default}`." if option.show_default and not option.is_flag else ""
    return names.replace("|", "\\|"), f"{option.help or ''}{default}"


def with_tables(page: str) -> str:
    """The page with all tables made anew."""
    return TABLE.sub(lambda found: f"{found[1]}{found[2]}{options_table(found[1])}", page)


@dataclass(frozen=True)
class Command:
    """A command of a transcript with what it printed. `varies`: what it prints is not held."""

    line: str
    output: str
    varies: bool

    @property
    def shape(self) -> str:
        """The output without its numbers, dates and ids."""
        return re.sub(r"\d[\d.,]*", "N", RUN_ID.sub("RUN", self.output))


def transcripts(page: str) -> Iterator[Command]:
    """All commands of the page in order."""
    for varies, body in BLOCK.findall(page):
        for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield Command(line, output, bool(varies))


class Session:
    """Runs the commands of the page one after another in a folder. A run id stands for the newest run."""

    def __init__(self, started: Nursery, folder: Path) -> None:
        self._nursery = started
        self._folder = folder
        self._newest = ""

    def play(self, line: str) -> tuple[str, str]:
        """A command as it is given now, and what it prints on a terminal without colours, progress left out."""
        line = RUN_ID.sub(self._newest, line)
        words = shlex.split(line)
        assert words[0] == "prompts", line
        process = self._nursery.start(*words, folder=self._folder, errors=self._folder.parent / "stderr", together=True)
        output = process.wait().out
        process.finish()
        if ids := RUN_ID.findall(output):
            self._newest = ids[0]
        return line, output


def replayed(page: str, play: Callable[[str], tuple[str, str]]) -> str:
    """The page with every output that differs in more than numbers as the commands print it now."""

    def block(found: re.Match[str]) -> str:
        parts: list[str] = []
        for old in transcripts(found[0]):
            new = Command(*play(old.line), old.varies)
            kept = old if new.shape == old.shape else new
            parts.append(f"$ {kept.line}\n{kept.output}")
        return f"{found[1] or ''}```console\n{''.join(parts)}```\n"

    return BLOCK.sub(block, page)


def main() -> int:
    """Writes the page anew."""
    with nursery() as started, tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "work"
        folder.mkdir()
        page = replayed(with_tables(PAGE.read_text()), Session(started, folder).play)
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
