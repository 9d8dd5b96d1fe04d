"""What a person does in Helix, configured with the lines of docs/editors.md."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.editor.conftest import copy_example
from tests.editor.guide import blocks, run_shell_blocks
from tests.editor.terminal import Terminal

pytestmark = [pytest.mark.editor, pytest.mark.timeout(5 * 60)]

JOB_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Helix:
    """A Helix with directories of its own, in a copy of the example."""

    terminal: Terminal
    folder: Path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def helix(tools: Path, prompts: Path, tmp_path: Path) -> Iterator[Helix]:
    environment = os.environ | {
        "PATH": f"{prompts.parent}:{os.environ['PATH']}",
        "HELIX_RUNTIME": str(tools / "helix/usr/lib/hx/runtime"),
        "COLORTERM": "truecolor",
        **{f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    languages = tmp_path / "config" / "helix" / "languages.toml"
    languages.parent.mkdir(parents=True)
    languages.write_text("\n".join(blocks("Helix", "toml")), encoding="utf-8")
    run_shell_blocks("Helix", environment)
    folder = copy_example(tmp_path / "multihop")
    terminal = Terminal([str(tools / "helix/run"), "hx", "broken.prompt"], folder, environment)
    yield Helix(terminal, folder)
    terminal.kill()


def test_a_person_improves_the_example(helix: Helix) -> None:
    terminal = helix.terminal

    # A mistake is underlined, and mended by the first action.
    terminal.wait_for("Nothing fills")
    terminal.press("]d a")
    terminal.wait_for("Change to 'question'")
    terminal.press("\r")
    terminal.wait_without("Nothing fills")
    terminal.press(":write\r")
    terminal.wait_for("written")
    assert "questoin" not in helix.read("broken.prompt")

    # The graph is optimised by an action on its first line, and a rewrite that was measured is applied.
    before = helix.read("multihop.prompt")
    terminal.press(":open multihop.prompt\r")
    terminal.wait_for("multihop.prompt  ")
    terminal.press("/^graph\r")
    terminal.press(" a")
    terminal.wait_for("Optimize (multihop)")
    terminal.press("\x1b[B\x1b[B\r")
    terminal.wait_for("Optimize multihop: ", JOB_SECONDS)
    terminal.press("gg]d a")
    terminal.wait_for("rewrites")
    # The change may reach into a file that is not open.
    terminal.press("\r:write-all\r")
    terminal.wait_until(lambda: helix.read("multihop.prompt") != before, "the rewrite on disk")

    terminal.press(":quit-all\r")
    assert terminal.wait_for_the_end() == 0
