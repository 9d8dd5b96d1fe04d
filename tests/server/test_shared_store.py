"""Findings, runs and money on a store that a project keeps on a server."""

from decimal import Decimal

import pytest

from prompts_lang.engine.store.model import RunKind, RunRecord
from prompts_lang.engine.store.postgres import open_postgres
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.engine.store.protocol import Reserve
from prompts_server.stored_findings import stores_of
from tests.engine.postgres import running_server


@pytest.fixture(scope="module")
def url():
    with running_server() as server:
        yield server.url()


def test_the_server_of_a_project_comes_before_stores_on_disk(tmp_path, url, monkeypatch):
    monkeypatch.delenv("PROMPTS_STORE", raising=False)
    (tmp_path / "pyproject.toml").write_text(f'[tool.prompts]\nstore = "{url}"\n')
    store = open_postgres(read_address(url))
    store.start_run(RunRecord("run-1", RunKind.EVAL, "qa.prompt", "qa"))
    store.append([Reserve("run-1", "k", "forward", "qa/plan", "openai/x", Decimal("0.01"))])
    found = [(opened.shared, name, opened.spent_since(0.0).calls) for opened, name in stores_of(tmp_path / "qa.prompt")]
    assert found[0] == (True, "qa.prompt", 1)
    assert store.run("run-1") is not None
    store.close()


def test_a_server_that_cannot_be_reached_leaves_the_stores_on_disk(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("PROMPTS_STORE", "postgresql://me:s3cret@127.0.0.1:1/evals")
    assert list(stores_of(tmp_path / "qa.prompt")) == []
    assert "cannot be read" in caplog.text
    assert "s3cret" not in caplog.text
