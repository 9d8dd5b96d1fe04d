"""A small project to run commands on, with handles for what tests change and look at."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from prompts_lang.cli.main import cli
from prompts_lang.engine.store.model import Entry, EntryState, RunRecord
from prompts_lang.engine.store.protocol import Store
from prompts_lang.engine.store.sqlite import open_store
from tests.cli.launcher import PATIENCE, Finished


@dataclass(frozen=True)
class Project:
    """A folder with `demo.prompt`, its data and its world: 60 rows, two model calls each."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "demo.prompt"

    @property
    def world(self) -> Path:
        return self.folder / "world.json"

    @property
    def text(self) -> str:
        return self.file.read_text()

    def replace(self, *pairs: tuple[str, str]) -> None:
        """Replaces pieces of the file, each of which must stand in it."""
        text = self.text
        for old, new in pairs:
            assert old in text, f"{old!r} is not in the file"
            text = text.replace(old, new)
        self.file.write_text(text)

    def turn(self, **dials: float) -> None:
        """Turns dials of the service around the simulated model."""
        world = json.loads(self.world.read_text())
        world["dials"]["service"] = dials
        self.world.write_text(json.dumps(world))

    def point_to(self, base: str, *, properties: str = "") -> None:
        """Points both models to an OpenAI-compatible endpoint."""
        for model in ("student", "teacher"):
            self.replace(
                (
                    f'model {model} = "simulated/{model}"\n  base "./world.json"\n',
                    f'model {model} = "openai/{model}"\n  base "{base}"\n{properties}',
                )
            )

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.folder)
        try:
            yield store
        finally:
            store.close()

    def runs(self) -> tuple[RunRecord, ...]:
        """All runs, the newest first."""
        with self.store() as store:
            return store.runs()

    def ledger(self) -> list[Entry]:
        """Every call of every run."""
        with self.store() as store:
            return [entry for run in store.runs() for entry in store.entries(run.id)]

    def wait_until(self, condition: Callable[[Project], bool]) -> None:
        """Waits until the store is there and says something."""
        ends = time.monotonic() + PATIENCE
        while not ((self.folder / ".prompts").is_dir() and condition(self)):
            assert time.monotonic() < ends
            time.sleep(0.02)

    def paid_twice(self) -> list[str]:
        """Keys that more than one call was paid for."""
        paid = Counter(entry.key for entry in self.ledger() if entry.state is EntryState.COMMITTED)
        return [key for key, count in paid.items() if count > 1]


def new_project(folder: Path) -> Project:
    """Makes one with `prompts new`."""
    made = CliRunner().invoke(cli, ["new", str(folder)])
    assert made.exit_code == 0, made.output
    return Project(folder)


@dataclass(frozen=True)
class Optimized:
    """A file, and what `prompts optimize --json` said of it."""

    file: Path
    done: Finished

    @property
    def report(self) -> dict[str, Any]:
        """The last event."""
        return self.done.events[-1]


def copy_example(name: str, folder: Path) -> Path:
    """Copies an example of the repository and gives its file."""
    source = Path(__file__).parents[2] / "examples" / name
    shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(".prompts"))
    return folder / name / f"{name}.prompt"
