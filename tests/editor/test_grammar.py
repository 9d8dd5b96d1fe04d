"""What the editors make of the grammar and its queries: colours, folds, indents, injections, names and tags."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.editor.guide import blocks, run_shell_blocks
from tests.editor.terminal import Terminal

pytestmark = [pytest.mark.editor, pytest.mark.timeout(5 * 60)]

SOURCE = """# A graph.
model student = "openai/gpt-4o-mini"
  temperature 0

graph main(question: text) -> check.ok

llm plan(question) -> query: text
  model student
  learn system:
    Be **brief**.
    Be kind.
  user: {{question}}

code check(query = plan.query) -> ok: boolean
  python:
    ok = len(query) < 80
"""
FOLDS = [0, 1, 1, 0, 0, 0, 1, 1, 2, 2, 2, 1, 0, 1, 2, 2]
"""How deep each line is folded: declarations, and the sections in them."""


def directories_of_its_own(home: Path) -> dict[str, str]:
    return {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}


@pytest.fixture(scope="module")
def seen(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Neovim says of the source."""
    home = tmp_path_factory.mktemp("neovim")
    report, source = home / "report.json", home / "main.txt"
    source.write_text(SOURCE, encoding="utf-8")
    environment = os.environ | directories_of_its_own(home)
    environment |= {
        "REPORT": str(report),
        "PARSERS": str(tools / "nvim/usr/lib/nvim"),
        "VIMRUNTIME": str(tools / "nvim/usr/share/nvim/runtime"),
    }
    run_shell_blocks("Neovim", environment)
    script = Path(__file__).parent / "neovim" / "grammar.lua"
    done = subprocess.run(
        [tools / "nvim/run", "nvim", "--headless", "-i", "NONE", str(source), "-c", f"luafile {script}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert report.exists(), done.stderr
    return json.loads(report.read_text(encoding="utf-8"))


def test_neovim_parses_and_every_query_compiles_and_finds_something(seen: dict[str, Any]) -> None:
    assert not seen["error"]
    assert all(seen["captures"].values()), seen["captures"]


def test_neovim_folds_declarations_and_sections(seen: dict[str, Any]) -> None:
    assert seen["folds"] == FOLDS


def test_neovim_reads_markdown_within_texts(seen: dict[str, Any]) -> None:
    assert any("**brief**" in text for text in seen["injected"]["markdown_inline"])


@pytest.fixture
def helix(tools: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a Helix with the grammar and its queries."""
    environment = os.environ | directories_of_its_own(tmp_path)
    environment["HELIX_RUNTIME"] = str(tools / "helix/usr/lib/hx/runtime")
    languages = tmp_path / "config" / "helix" / "languages.toml"
    languages.parent.mkdir(parents=True)
    languages.write_text("\n".join(blocks("Helix", "toml")), encoding="utf-8")
    run_shell_blocks("Helix", environment)
    return environment


def test_helix_finds_the_grammar_and_its_queries(tools: Path, helix: dict[str, str]) -> None:
    command = [str(tools / "helix/run"), "hx", "--health", "prompt-graph"]
    told = subprocess.run(command, env=helix, capture_output=True, text=True, check=True).stdout
    lines = [line for line in told.splitlines() if "Tree-sitter parser" in line or "queries" in line]
    working = [line for line in lines if "✓" in line]
    assert any("Tree-sitter parser" in line for line in working), told
    assert any("Highlight" in line for line in working), told
    assert any("Indent" in line for line in working), told


def test_helix_indents_new_lines_to_the_columns(tools: Path, helix: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "main.prompt"
    path.write_text("llm plan(question) -> query: text\n  learn system:\n    Be brief.\n", encoding="utf-8")
    terminal = Terminal([str(tools / "helix/run"), "hx", str(path)], tmp_path, helix)
    try:
        terminal.wait_for("Be brief.")
        terminal.press("gg")
        terminal.press("omodel student\x1b")
        terminal.wait_for("NOR")
        terminal.press("jo")
        terminal.wait_for("INS")
        terminal.press("Be kind.\x1b")
        terminal.wait_for("NOR")
        terminal.press(":write\r")
        terminal.wait_for("written")
    finally:
        terminal.kill()
    assert path.read_text(encoding="utf-8").splitlines() == [
        "llm plan(question) -> query: text",
        "  model student",
        "  learn system:",
        "    Be kind.",
        "    Be brief.",
    ]
