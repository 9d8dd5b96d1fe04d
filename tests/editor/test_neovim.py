"""What a person does in Neovim, configured with the lines of docs/editors.md. The steps are in `neovim/session.lua`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.editor.conftest import Played, copy_example, read_reports
from tests.editor.guide import blocks, run_shell_blocks

pytestmark = [pytest.mark.editor, pytest.mark.timeout(10 * 60)]

SESSION_SECONDS = 5 * 60


@pytest.fixture(scope="module")
def played(tools: Path, prompts: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The session, played in a Neovim with directories of its own."""
    home = tmp_path_factory.mktemp("neovim")
    neovim = tools / "nvim"
    report = home / "report.jsonl"
    report.touch()
    environment = os.environ | {
        "PATH": f"{prompts.parent}:{os.environ['PATH']}",
        "SESSION_REPORT": str(report),
        "VIMRUNTIME": str(neovim / "usr/share/nvim/runtime"),
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    init = home / "config" / "nvim" / "init.lua"
    init.parent.mkdir(parents=True)
    init.write_text("\n".join(blocks("Neovim", "lua")), encoding="utf-8")
    run_shell_blocks("Neovim", environment)
    done = subprocess.run(
        [
            neovim / "run",
            "nvim",
            "--headless",
            "-i",
            "NONE",
            "-c",
            f"luafile {Path(__file__).parent}/neovim/session.lua",
        ],
        cwd=copy_example(home / "multihop"),
        env=environment,
        capture_output=True,
        text=True,
        timeout=SESSION_SECONDS,
        check=False,
    )
    return Played(read_reports(report.read_text(encoding="utf-8")), done.stderr)


@pytest.mark.parametrize(
    "step",
    [
        "underlines-a-mistake",
        "mends-it",
        "colours-by-tree-sitter",
        "leaves-foreign-files-alone",
        "optimises",
        "applies-a-rewrite",
        "evaluates",
        "stops-the-server",
    ],
)
def test_a_person_improves_the_example(step: str, played: Played) -> None:
    played.check(step)
