"""What is particular to the store in a SQLite file: its file, its room, and what it does when it cannot write."""

import sqlite3
from decimal import Decimal

import pytest

from prompts_lang.engine.store.database import connect, move_aside
from prompts_lang.engine.store.model import (
    EntryState,
    EventRecord,
    RunState,
    Usage,
)
from prompts_lang.engine.store.protocol import KeepEvent, Remember, Settle, Touch
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import StoreError, StoreFailure

from .conftest import a_reservation, a_run

USAGE = Usage(tokens_in=100, tokens_out=20, usd=Decimal("0.000123"), seconds=0.5)


def test_the_ledger_file_refuses_to_be_rewritten(file_store):
    file_store.append([a_reservation()])
    with sqlite3.connect(file_store.path) as connection:
        for statement in ("UPDATE ledger SET picodollars = 0", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_an_unreadable_result_counts_as_absent(file_store):
    file_store.append([Remember("k", 1)])
    with sqlite3.connect(file_store.path) as connection:
        connection.execute("UPDATE memo SET value = '{broken'")
    connection.close()
    assert file_store.memo("k") is None


def test_the_folder_of_the_store_is_ignored_by_git(file_store):
    assert (file_store.path.parent / ".gitignore").read_text() == "*\n"


def test_everything_is_there_after_opening_again(tmp_path):
    store = open_store(tmp_path)
    store.start_run(a_run())
    (number,) = store.append([a_reservation()])
    store.append([Settle(number, EntryState.COMMITTED, USAGE, Remember("k", [1, 2], "run-1"))])
    store.finish_run("run-1", RunState.DONE)
    store.close()
    store.close()
    again = open_store(tmp_path)
    assert again.memo("k").value == [1, 2]
    assert again.spent("run-1").usd == USAGE.usd
    assert again.run("run-1").state is RunState.DONE
    again.close()


def test_a_newer_store_is_refused_and_left_alone(tmp_path):
    open_store(tmp_path).close()
    file = tmp_path / ".prompts" / "store.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="newer version") as caught:
        open_store(tmp_path)
    assert caught.value.kind is StoreFailure.NEWER
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"this is not a database, it only looks like a file" * 100, b"SQLite format 3\0" + b"x" * 8000]
)
def test_a_damaged_store_is_refused_left_alone_and_moved_aside_on_request(tmp_path, content):
    file = tmp_path / ".prompts" / "store.sqlite"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(tmp_path)
    assert caught.value.kind is StoreFailure.CORRUPT
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content

    aside = move_aside(tmp_path)
    assert aside.read_bytes() == content
    open_store(tmp_path).close()
    assert file.exists()


def test_there_is_nothing_to_move_aside_in_an_empty_folder(tmp_path):
    assert move_aside(tmp_path) is None


def test_the_database_of_another_program_is_refused(tmp_path):
    file = tmp_path / ".prompts" / "store.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / ".prompts").write_text("a file in the way")
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path)
    assert caught.value.kind is StoreFailure.UNWRITABLE


def test_a_full_disk_loses_nothing_and_what_fits_again_is_written(file_store):
    writer = file_store._writer
    (number,) = file_store.append([a_reservation()])
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="no room") as caught:
        file_store.append([Settle(number, EntryState.COMMITTED, USAGE, Remember("k", "x" * 100_000, "run-1"))])
    assert caught.value.kind is StoreFailure.FULL
    assert [entry.state for entry in file_store.entries("run-1")] == [EntryState.RESERVED]
    assert file_store.memo("k") is None

    writer.execute("PRAGMA max_page_count = 1000000")
    file_store.append([Settle(number, EntryState.COMMITTED, USAGE, Remember("k", "x" * 100_000, "run-1"))])
    assert file_store.memo("k").value == "x" * 100_000


def test_a_full_disk_makes_room_by_evicting_what_is_old(file_store):
    file_store.start_run(a_run("old"))
    file_store.append([Remember(f"old {number}", "x" * 5000, "old") for number in range(100)])
    file_store.finish_run("old", RunState.DONE)
    (pages,) = file_store._writer.execute("PRAGMA page_count").fetchone()
    file_store._writer.execute(f"PRAGMA max_page_count = {pages}")
    file_store.append([Remember("new", "y" * 100_000, "run-1")])
    assert file_store.memo("new") is not None


def test_old_results_are_evicted_first_those_of_a_running_run_and_the_ledger_never(file_store):
    store = file_store
    for name in ("old", "stopped", "running"):
        store.start_run(a_run(name))
        store.append([a_reservation(f"{name} {number}", run=name) for number in range(20)])
        store.append([Remember(f"{name} {number}", "x" * 5000, name) for number in range(40)])
        store.append([KeepEvent(EventRecord(name, str(number), "plan", "e" * 1000)) for number in range(20)])
    store.finish_run("old", RunState.DONE)
    store.finish_run("stopped", RunState.STOPPED)

    def kept(name):
        results = sum(store.memo(f"{name} {number}") is not None for number in range(40))
        return results, len(store.events(name)), store.spent(name).calls

    store.make_room(keep=0.75)
    assert [kept(name) for name in ("old", "stopped", "running")] == [(0, 0, 20), (40, 20, 20), (40, 20, 20)]
    store.make_room(keep=0.01)
    assert [kept(name) for name in ("old", "stopped", "running")] == [(0, 0, 20), (0, 0, 20), (40, 20, 20)]


def test_a_store_over_its_limit_shrinks_when_a_run_is_finished(tmp_path):
    store = open_store(tmp_path, max_bytes=300_000)
    store.start_run(a_run())
    store.append([Remember(f"k{number}", "x" * 5000, "run-1") for number in range(200)])
    store.finish_run("run-1", RunState.DONE)
    store.close()
    assert (tmp_path / ".prompts" / "store.sqlite").stat().st_size < 300_000


def test_what_was_of_use_lately_is_evicted_last(tmp_path):
    store = open_store(tmp_path)
    store.append([Remember(f"k{number}", "x" * 5000) for number in range(1000)])
    store.append([Touch("k3")])
    store.make_room(keep=0.5)
    assert store.memo("k3") is not None
    assert store.memo("k4") is None
    store.close()


def test_a_store_in_memory_forgets_old_runs_but_not_results(tmp_path):
    from prompts_lang.engine.store.sqlite import memory_store

    store = memory_store()
    for number in range(50):
        name = f"run-{number:02}"
        store.start_run(a_run(name, started=float(number)))
        store.append([a_reservation(f"k{number}", run=name), Remember(f"k{number}", number, name)])
        store.finish_run(name, RunState.DONE)
    assert len(store.runs()) < 30
    assert store.runs()[0].id == "run-49"
    assert store.spent("run-00").calls == 0
    assert store.memo("k0").value == 0
    store.close()


def test_a_locked_store_is_a_clear_error_after_the_given_patience(file_store):
    other = connect(str(file_store.path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked") as caught:
        file_store.append([a_reservation()], patience=0.05)
    assert caught.value.kind is StoreFailure.LOCKED
    other.execute("ROLLBACK")
    other.close()
    file_store.append([a_reservation()], patience=0.05)


def test_reading_does_not_wait_for_a_writer(file_store):
    file_store.append([Remember("k", 1)])
    other = connect(str(file_store.path))
    other.execute("BEGIN IMMEDIATE")
    assert file_store.memo("k").value == 1
    other.execute("ROLLBACK")
    other.close()
