"""What a person does in Emacs with Eglot, configured with the lines of docs/editors.md. The steps are in `emacs/session.el`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.editor.conftest import Played, copy_example, read_reports
from tests.editor.guide import blocks

pytestmark = [pytest.mark.editor, pytest.mark.timeout(10 * 60)]

SESSION_SECONDS = 5 * 60


@pytest.fixture(scope="module")
def played(tools: Path, prompts: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The session, played in an Emacs with directories of its own."""
    home = tmp_path_factory.mktemp("emacs")
    emacs = tools / "emacs"
    (lisp,) = emacs.glob("usr/share/emacs/*/lisp")
    (dump,) = emacs.glob("usr/libexec/emacs/*/*/*.pdmp")
    report = home / "report.jsonl"
    report.touch()
    environment = os.environ | {
        "HOME": str(home),
        "PATH": f"{prompts.parent}:{os.environ['PATH']}",
        "SESSION_REPORT": str(report),
        "EMACSLOADPATH": f"{lisp}:",
        "EMACSDATA": str(lisp.parent / "etc"),
        "EMACSPATH": str(dump.parent),
    }
    init = home / "init.el"
    init.write_text("\n".join(blocks("Emacs", "elisp")), encoding="utf-8")
    session = Path(__file__).parent / "emacs" / "session.el"
    done = subprocess.run(
        [emacs / "run", "emacs-nox", f"--dump-file={dump}", "-Q", "--batch", "-l", init, "-l", session],
        cwd=copy_example(home / "multihop"),
        env=environment,
        # The change may reach into a file that is not open, and then Emacs asks first.
        input="y\n",
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
        "leaves-foreign-files-alone",
        "optimises",
        "applies-a-rewrite",
        "stops-the-server",
    ],
)
def test_a_person_improves_the_example(step: str, played: Played) -> None:
    played.check(step)
