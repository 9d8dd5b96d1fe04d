"""What a person does in Kate, configured with the lines of docs/editors.md, on a screen that nobody sees."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.editor.conftest import copy_example
from tests.editor.guide import blocks

pytestmark = [pytest.mark.editor, pytest.mark.timeout(5 * 60)]

WAIT_SECONDS = 60


@pytest.fixture
def screen(tools: Path) -> Iterator[str]:
    """The name of a display of its own."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def environment(screen: str, prompts: Path, tmp_path: Path) -> dict[str, str]:
    """Directories of its own with the guide's configuration, and the consent that Kate asks for to start the server."""
    directories = {f"XDG_{kind}_HOME": tmp_path / kind.lower() for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    directories["XDG_RUNTIME_DIR"] = tmp_path / "runtime"
    config, data = directories["XDG_CONFIG_HOME"], directories["XDG_DATA_HOME"]
    files = {
        config / "kate/lspclient/settings.json": blocks("Kate", "json")[0],
        data / "org.kde.syntax-highlighting/syntax/prompt-graph.xml": blocks("Kate", "xml")[0],
        data / "kate/anonymous.katesession": "[Kate Plugins]\nlspclientplugin=true\n",
        config / "katerc": f"[lspclient]\nAllowedServerCommandLines={prompts} lsp --stdio\n",
    }
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    directories["XDG_RUNTIME_DIR"].mkdir(mode=0o700)
    return {
        **os.environ,
        "PATH": f"{prompts.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DISPLAY": screen,
        # Kate's only word about what the server says is its log.
        "LSPCLIENT_DEBUG": "1",
        **{name: str(folder) for name, folder in directories.items()},
    }


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def test_a_person_mends_a_mistake(environment: dict[str, str], tmp_path: Path) -> None:
    file = copy_example(tmp_path / "multihop") / "broken.prompt"
    before = file.read_text(encoding="utf-8").split("{{questoin}}")[0].splitlines()
    place = ["-l", str(len(before)), "-c", str(len(before[-1]) + 5)]
    log = tmp_path / "kate.log"
    with log.open("wb") as said:
        kate = subprocess.Popen(
            ["dbus-run-session", "--", "kate", "--block", *place, file.name],
            cwd=file.parent,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )

    def do(*arguments: str) -> str:
        command = ["timeout", str(WAIT_SECONDS), "xdotool", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    try:
        window = do("search", "--sync", "--onlyvisible", "--name", file.name).split()[-1]
        do("windowfocus", "--sync", window)
        wait_until(lambda: "Nothing fills '{{questoin}}'" in log.read_text(encoding="utf-8"), "the diagnostic")
        do("key", "--clearmodifiers", "ctrl+alt+i")
        time.sleep(2)
        do("type", "--delay", "50", "Quick Fix")
        time.sleep(1)
        do("key", "Return")
        wait_until(
            lambda: 'calling "textDocument/codeAction"' in log.read_text(encoding="utf-8"), "the question for fixes"
        )
        time.sleep(2)
        do("key", "--clearmodifiers", "ctrl+s")
        mended = (file.parent / "multihop.prompt").read_text(encoding="utf-8")
        wait_until(lambda: file.read_text(encoding="utf-8") == mended, "the mended file")
    finally:
        os.killpg(kate.pid, 15)
        kate.wait()
