"""An optimisation may be killed after any write to its ledger, or lose its store, and ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from dying_optimization import refusing, run, write

from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import StoreError, StoreFailure
from prompts_lang.graph.types import JsonValue

SCRIPT = Path(__file__).with_name("dying_optimization.py")
PARTS = 4
"""The writes are shared out among so many tests, which can run side by side."""
RESULT = ("slots", "before", "after", "stopped", "bound", "notes")


def result(report: dict[str, JsonValue]) -> dict[str, JsonValue]:
    found = {name: report[name] for name in RESULT}
    return {**found, "findings": [{**finding, "file": ""} for finding in report["findings"]]}


def fresh(folder: Path) -> Path:
    folder.mkdir()
    write(folder)
    return folder


def bill(folder: Path) -> Counter[str]:
    return Counter((folder / "bill").read_text().split()) if (folder / "bill").exists() else Counter()


def keys(folder: Path, state: str) -> Counter[str]:
    """The calls that ended in a state, by what was asked."""
    store = open_store(folder)
    try:
        return Counter(entry.key for run in store.runs() for entry in store.entries(run.id) if entry.state == state)
    finally:
        store.close()


@pytest.mark.parametrize("first", range(1, PARTS + 1))
def test_killed_after_any_write_and_resumed_it_gives_the_same_report_and_pays_for_no_finished_call_again(
    tmp_path, first
):
    whole = asyncio.run(run(fresh(tmp_path / "whole")))
    paid = bill(tmp_path / "whole")
    assert whole["stopped"] == "done"
    assert max(paid.values()) == 1
    ended = False
    for write_number in itertools.count(first, PARTS):
        if ended:
            break
        folder = fresh(tmp_path / str(write_number))
        done = subprocess.run([sys.executable, SCRIPT, folder, str(write_number)], capture_output=True, check=False)
        ended = done.returncode == 0
        settled = keys(folder, "committed")
        resumed = asyncio.run(run(folder))
        assert result(resumed) == result(whole), write_number
        assert set(bill(folder)) == set(paid), write_number
        assert not (bill(folder) - paid).keys() & settled.keys(), write_number
        if not ended:
            assert resumed["calls"] == whole["calls"] + keys(folder, "possibly_spent").total(), write_number
    assert write_number > 10


@pytest.mark.parametrize("trouble", [StoreFailure.FULL, StoreFailure.LOCKED])
@pytest.mark.parametrize("after", [3, 9, 20])
def test_a_store_that_takes_no_more_ends_the_run_clearly_and_the_next_one_goes_on_from_there(tmp_path, after, trouble):
    whole = asyncio.run(run(fresh(tmp_path / "whole")))
    folder = fresh(tmp_path / "stuck")
    with pytest.raises(StoreError) as caught:
        asyncio.run(run(folder, lambda store: refusing(store, after, trouble)))
    assert caught.value.kind is trouble
    served, settled = bill(folder), keys(folder, "committed")
    resumed = asyncio.run(run(folder))
    assert result(resumed) == result(whole)
    assert not (bill(folder) - served).keys() & settled.keys()
    assert resumed["calls"] == whole["calls"] + keys(folder, "possibly_spent").total()
