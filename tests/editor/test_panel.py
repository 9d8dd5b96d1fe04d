"""The graph panel's page in Chromium: as people see it, use it by keyboard and hear it. The steps are in `panel/`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.editor.conftest import NODE, ROOT, SESSION_SECONDS, Played, read_reports

pytestmark = [pytest.mark.editor, pytest.mark.timeout(30 * 60)]

PAGE = ROOT / "server" / "prompts_server" / "panel" / "static"


@pytest.fixture(scope="module")
def shown(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The page, shown and used once. (Building the extension fetches what the steps import.)"""
    config = tmp_path_factory.mktemp("panel") / "config.json"
    pictures = os.environ.get("EDITOR_PICTURES", str(ROOT / "build" / "editor"))
    config.write_text(json.dumps({"chromium": shutil.which("chromium"), "files": str(PAGE), "pictures": pictures}))
    script = Path(__file__).parent / "panel" / "main.ts"
    done = subprocess.run(
        [str(NODE), str(script), str(config)], capture_output=True, text=True, timeout=SESSION_SECONDS, check=False
    )
    return Played(read_reports(done.stdout), done.stderr)


@pytest.mark.parametrize(
    "step",
    [
        "shows-the-graph-and-its-run",
        "draws-gradients-against-the-flow",
        "chooses-by-mouse-and-shows-the-place",
        "shows-hostile-text-as-text",
        "follows-the-cursor-of-the-editor",
        "walks-by-keyboard-alone",
        "asks-for-commands",
        "keeps-focus-and-view-while-a-run-goes-on",
        "has-no-serious-accessibility-problem",
        "fits-a-narrow-window-and-every-look",
        "lays-out-two-hundred-nodes",
        "says-when-the-graph-is-gone",
    ],
)
def test_a_person_uses_the_panel(step: str, shown: Played) -> None:
    shown.check(step)
