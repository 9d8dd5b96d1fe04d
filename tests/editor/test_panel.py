"""The graph panel's page in Chromium: as people see it, use it by keyboard and hear it. The steps are in `panel/`."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.editor.conftest import NODE, ROOT, SESSION_SECONDS, Played, copy_folder, read_reports

pytestmark = [pytest.mark.editor, pytest.mark.timeout(60 * 60)]

PAGE = ROOT / "server" / "prompts_server" / "panel" / "static"


def play(script: str, folder: Path, **config: Any) -> Played:
    """Plays a script of `panel/` in Chromium."""
    pictures = Path(os.environ.get("EDITOR_PICTURES", ROOT / "build" / "editor"))
    pictures.mkdir(parents=True, exist_ok=True)
    file = folder / "config.json"
    file.write_text(json.dumps({"chromium": shutil.which("chromium"), "pictures": str(pictures), **config}))
    command = [str(NODE), str(Path(__file__).parent / "panel" / script), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SESSION_SECONDS, check=False)
    (pictures / f"panel-{Path(script).stem}.jsonl").write_text(done.stdout, encoding="utf-8")
    return Played(read_reports(done.stdout), done.stderr)


@pytest.fixture(scope="module")
def shown(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The built page with states that a test sets. (Building the extension fetches what the steps import.)"""
    return play("main.ts", tmp_path_factory.mktemp("panel"), files=str(PAGE))


@pytest.fixture(scope="module")
def address(prompts: Path, example: Path) -> Iterator[str]:
    """Where `prompts graph --open` serves the example."""
    serving = subprocess.Popen(
        [prompts, "graph", example, "--open"], stderr=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": "true"}
    )
    assert serving.stderr is not None
    try:
        yield serving.stderr.readline().strip()
    finally:
        serving.terminate()
        serving.wait()
        serving.stderr.close()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The multi-hop example's graph, in a copy."""
    return copy_folder("multihop", tmp_path_factory.mktemp("served") / "multihop") / "multihop.prompt"


@pytest.fixture(scope="module")
def served(vsix: Path, address: str, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The page as the command line serves it."""
    return play("served.ts", tmp_path_factory.mktemp("panel"), address=address, file=str(example))


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
        "shows-all-of-two-hundred-nodes",
        "says-when-the-graph-is-gone",
    ],
)
def test_a_person_uses_the_panel(step: str, shown: Played) -> None:
    shown.check(step)


@pytest.mark.parametrize("step", ["opens-in-any-browser", "follows-the-file", "tells-nobody-else"])
def test_the_command_line_serves_the_panel(step: str, served: Played) -> None:
    served.check(step)
