"""A page of the documentation as a script: its snippets become files, its commands are run, and what they print is compared."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from prompts_lang.cli.main import cli
from prompts_lang.syntax.file import Chunk, SyntaxFile

FENCE = re.compile(r"^```(?P<kind>\w*)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
ELLIPSIS = "…"


@dataclass(frozen=True)
class Snippet:
    """A fenced block: what it is, the file that it goes to, its text, and the line that it starts in."""

    kind: str
    file: str | None
    text: str
    line: int


@dataclass(frozen=True)
class Step:
    """A command of a console block, and the output that is shown of it; `…` stands for any text, alone in a line for any lines."""

    command: str
    shown: str


def snippets(page: Path) -> list[Snippet]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Snippet(match["kind"], match["file"], match["text"], text[: match.start()].count("\n") + 1)
        for match in FENCE.finditer(text)
    ]


def steps(snippet: Snippet) -> list[Step]:
    """The commands of a console block."""
    parts = re.split(r"^\$ ", snippet.text, flags=re.MULTILINE)
    assert not parts[0], f"line {snippet.line}: output before the first command"
    return [Step(command, shown) for command, _, shown in (part.partition("\n") for part in parts[1:])]


def put(source: bytes, snippet: bytes) -> bytes:
    """The source with the declarations of a snippet: in the place of those with the same keyword and name, or else at the end."""
    chunks = [chunk.text for chunk in SyntaxFile.parse(source).chunks]
    places = {_name(chunk): number for number, chunk in enumerate(SyntaxFile.parse(source).chunks)}
    for chunk in SyntaxFile.parse(snippet).chunks:
        text = chunk.text.rstrip(b"\n") + b"\n\n"
        if (place := places.get(_name(chunk))) is None:
            chunks.append(text)
        else:
            chunks[place] = text
    tidy = [text.rstrip(b"\n") + b"\n" for text in chunks]
    return b"\n".join(tidy)


def _name(chunk: Chunk) -> tuple[str, object]:
    """What tells a declaration from others: its keyword and name, or its first line where it has no name."""
    declaration = chunk.declaration
    if declaration is None:
        return "", chunk.text
    head = declaration.head_span.of(chunk.text)
    return declaration.keyword.text, head if declaration.name is None else declaration.name.text


def shell(text: str, folder: Path) -> Path:
    """Runs lines of a shell; returns the folder that they end in."""
    ended = subprocess.run(["bash", "-euc", f"{text}\npwd"], cwd=folder, capture_output=True, text=True, check=True)
    return Path(ended.stdout.splitlines()[-1])


def run(command: str) -> tuple[str, int]:
    """What a `prompts` command prints in the current folder, standard output and standard error together, and its exit code."""
    name, *arguments = shlex.split(command)
    assert name == "prompts", command
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    return result.output, result.exit_code


def matches(shown: str, printed: str) -> bool:
    """Whether output is what a page shows of it."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == ELLIPSIS else ".*".join(map(re.escape, line.split(ELLIPSIS))) + r"\n"
        for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), printed if printed.endswith("\n") else f"{printed}\n") is not None
