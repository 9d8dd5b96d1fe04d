"""What a person does in Kate, configured with the lines of docs/editors.md, on a screen that nobody sees."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from prompts_lang.engine.store.model import FindingRecord
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.graph.slots import text_hash
from tests.editor.conftest import copy_example
from tests.editor.guide import blocks
from tests.server.test_session import FINDING, QUOTE, REWRITE, ROWS, SLOT, SOURCE

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


class Kate:
    """Kate on one place of a file. What it was told shows in its log, and what it did in the file."""

    def __init__(self, environment: dict[str, str], file: Path, before: str, column: int, log: Path) -> None:
        lines = before.splitlines()
        place = ["-l", str(len(lines)), "-c", str(len(lines[-1]) + column)]
        self._environment, self._log, self._file = environment, log, file
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                ["dbus-run-session", "--", "kate", "--block", *place, file.name],
                cwd=file.parent,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        window = self.do("search", "--sync", "--onlyvisible", "--name", self._file.name).split()[-1]
        self.do("windowfocus", "--sync", window)
        return self

    def __exit__(self, *_error: object) -> None:
        os.killpg(self._process.pid, 15)
        self._process.wait()

    def do(self, *arguments: str) -> str:
        command = ["timeout", str(WAIT_SECONDS), "xdotool", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def wait_for(self, words: str) -> None:
        """Waits until Kate was told, or has asked, something."""
        wait_until(lambda: words in self._log.read_text(encoding="utf-8", errors="replace"), words)

    def fix(self) -> None:
        """Calls *Quick Fix* by its name, and saves what comes of it."""
        self.do("key", "--clearmodifiers", "ctrl+alt+i")
        time.sleep(2)
        self.do("type", "--delay", "50", "Quick Fix")
        time.sleep(1)
        self.do("key", "Return")
        self.wait_for('calling "textDocument/codeAction"')
        time.sleep(2)
        self.do("key", "--clearmodifiers", "ctrl+s")

    def wait_until_file_is(self, text: str) -> None:
        wait_until(lambda: self._file.read_text(encoding="utf-8") == text, "the changed file")


def test_a_person_mends_a_mistake(environment: dict[str, str], tmp_path: Path) -> None:
    file = copy_example(tmp_path / "multihop") / "broken.prompt"
    before = file.read_text(encoding="utf-8").split("{{questoin}}")[0]
    with Kate(environment, file, before, 5, tmp_path / "kate.log") as kate:
        kate.wait_for("Nothing fills '{{questoin}}'")
        kate.fix()
        kate.wait_until_file_is((file.parent / "multihop.prompt").read_text(encoding="utf-8"))


def test_a_person_applies_a_tested_rewrite(environment: dict[str, str], tmp_path: Path) -> None:
    """The finding is one that an earlier optimisation has left in the store."""
    folder = tmp_path / "qa"
    folder.mkdir()
    file = folder / "qa.prompt"
    file.write_text(SOURCE, encoding="utf-8")
    (folder / "rows.jsonl").write_text(ROWS, encoding="utf-8")
    text = "Answer naïvely 😀 and at length."
    suggestion = {"slot": SLOT, "status": "proven", "before": text, "after": REWRITE, "interval": [0.3, 0.7]}
    scores = {"together": 1, "before": {"score": 0.4}, "after": {"score": 0.9, "rows": 20}}
    body = {**FINDING, "suggestion": suggestion, **scores}
    store = open_store(folder)
    record = FindingRecord("f1", file.name, "qa", SLOT, text_hash(text), "r1", body)
    store.replace_findings(file.name, "qa", [record])
    store.close()
    with Kate(environment, file, SOURCE.split(QUOTE)[0], 3, tmp_path / "kate.log") as kate:
        kate.wait_for("are too long.")
        kate.fix()
        kate.wait_until_file_is(SOURCE.replace(text, REWRITE))
