"""A store in a temporary folder, in memory and on a PostgreSQL server, and values to put in."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from prompts_lang.engine.store.model import Purpose, RunKind, RunRecord
from prompts_lang.engine.store.postgres import open_postgres
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.engine.store.protocol import Reserve, Store
from prompts_lang.engine.store.sqlite import SqliteStore, memory_store, open_store


@pytest.fixture(params=["file", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "file":
            opened: Store = open_store(tmp_path)
        case "memory":
            opened = memory_store()
        case _:
            opened = open_postgres(read_address(request.getfixturevalue("postgres_url")))
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
