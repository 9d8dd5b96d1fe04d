"""A store in a temporary folder, in memory, and values to put in."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from prompts_lang.engine.store.model import Purpose, RunKind, RunRecord
from prompts_lang.engine.store.protocol import Reserve
from prompts_lang.engine.store.sqlite import SqliteStore, memory_store, open_store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path) if request.param == "file" else memory_store()
    opened.start_run(a_run())
    yield opened
    opened.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path)
    opened.start_run(a_run())
    yield opened
    opened.close()


def a_run(run_id: str = "run-1", *, started: float = 0.0, file: str = "qa.prompt") -> RunRecord:
    return RunRecord(run_id, RunKind.OPTIMIZE, file, "qa", seed=7, parameters={"rounds": 3}, started=started)


def a_reservation(
    key: str = "k", *, run: str = "run-1", bound: Decimal | None = Decimal("0.01"), node: str = "qa/plan"
) -> Reserve:
    return Reserve(run, key, Purpose.FORWARD, node, "openai/x", bound)
