"""What the store keeps, and what it does when it cannot."""

import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest

from prompts_lang.engine.store.database import connect, move_aside
from prompts_lang.engine.store.model import (
    CandidateRecord,
    EntryState,
    EventRecord,
    FindingRecord,
    Purpose,
    RunState,
    Usage,
)
from prompts_lang.engine.store.protocol import KeepCandidate, KeepEvent, Remember, Settle, Touch
from prompts_lang.engine.store.sqlite import open_store
from prompts_lang.errors import StoreError, StoreFailure

from .conftest import a_reservation, a_run

USAGE = Usage(tokens_in=100, tokens_out=20, usd=Decimal("0.000123"), seconds=0.5)


def test_a_reservation_is_open_until_it_is_settled(store):
    (number,) = store.append([a_reservation()])
    (entry,) = store.entries("run-1")
    assert (entry.number, entry.state, entry.bound) == (number, EntryState.RESERVED, Decimal("0.01"))

    store.append([Settle(number, EntryState.COMMITTED, USAGE)])
    (entry,) = store.entries("run-1")
    assert (entry.state, entry.usage, entry.purpose, entry.node) == (
        EntryState.COMMITTED,
        USAGE,
        Purpose.FORWARD,
        "qa/plan",
    )


def test_an_entry_is_settled_once_and_a_late_result_is_kept_all_the_same(store):
    (number,) = store.append([a_reservation()])
    store.append([Settle(number, EntryState.POSSIBLY_SPENT, Usage(usd=Decimal("0.01")))])
    store.append([Settle(number, EntryState.COMMITTED, USAGE, Remember("k", "late", "run-1"))])
    (entry,) = store.entries("run-1")
    assert entry.state is EntryState.POSSIBLY_SPENT
    assert store.memo("k").value == "late"


def test_money_is_exact_and_an_unknown_price_is_not_nothing(store):
    for usd in (Decimal("0.1"), Decimal("0.2"), Decimal("0.000000075"), None):
        (number,) = store.append([a_reservation(bound=usd)])
        store.append([Settle(number, EntryState.COMMITTED, Usage(usd=usd))])
    totals = store.spent("run-1")
    assert (totals.usd, totals.unpriced, totals.calls) == (Decimal("0.300000075"), 1, 4)
    assert store.entries("run-1")[-1].usage.usd is None


def test_the_ledger_file_refuses_to_be_rewritten(file_store):
    file_store.append([a_reservation()])
    with sqlite3.connect(file_store.path) as connection:
        for statement in ("UPDATE ledger SET picodollars = 0", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_a_transaction_is_whole_or_nothing(store):
    good = a_reservation("kept")
    bad = replace(a_reservation(), attempt=2**70)
    with pytest.raises(OverflowError):
        store.append([good, bad])
    assert store.entries("run-1") == ()
    store.append([good])
    assert len(store.entries("run-1")) == 1


def test_costs_are_told_by_purpose_node_and_model(store):
    for key, node in (("a", "qa/plan"), ("b", "qa/plan"), ("c", "qa/answer")):
        (number,) = store.append([a_reservation(key, node=node)])
        store.append([Settle(number, EntryState.COMMITTED, USAGE)])
    plan, answer = sorted(store.costs("run-1"), key=lambda cost: -cost.totals.calls)
    assert (plan.node, plan.totals.calls, plan.totals.tokens_in) == ("qa/plan", 2, 200)
    assert (answer.node, answer.totals.usd) == ("qa/answer", Decimal("0.000123"))


def test_spending_since_a_moment_counts_all_runs(store):
    store.start_run(a_run("run-2"))
    store.append([a_reservation(), a_reservation(run="run-2")])
    assert store.spent_since(0.0).calls == 2
    assert store.spent_since(store.entries("run-2")[0].reserved + 1.0).calls == 0


def test_the_first_result_of_a_key_counts(store):
    store.append([Remember("k", {"text": "first"}), Remember("k", {"text": "second"})])
    assert store.memo("k").value == {"text": "first"}
    assert store.memo("other") is None


def test_a_change_that_is_not_json_is_refused_where_it_is_made():
    with pytest.raises(ValueError, match="JSON"):
        Remember("k", float("nan"))
    with pytest.raises(TypeError):
        KeepEvent(EventRecord("run-1", "1", "plan", {"a": object()}))


def test_an_unreadable_result_counts_as_absent(file_store):
    file_store.append([Remember("k", 1)])
    with sqlite3.connect(file_store.path) as connection:
        connection.execute("UPDATE memo SET value = '{broken'")
    connection.close()
    assert file_store.memo("k") is None


def test_events_come_back_in_order_and_a_replay_replaces_them(store):
    first = EventRecord("run-1", "row 1", "second/hop", {"n": 1}, iteration=(0, 2), replica=1)
    second = EventRecord("run-1", "row 1", "plan", {"n": 2}, candidate="abc")
    store.append([KeepEvent(first), KeepEvent(second)])
    store.append([KeepEvent(replace(first, body={"n": 3}))])
    assert store.events("run-1") == (replace(first, body={"n": 3}), second)
    assert store.events("run-1", path="plan") == (second,)
    assert store.events("run-1", candidate="") == (replace(first, body={"n": 3}),)
    assert store.events("run-1", row="row 2") == ()


def test_candidates_come_back_with_their_parents(store):
    candidate = CandidateRecord("run-1", "abc", {"texts": {"qa/plan/system": "Be brief."}}, ("p1", "p2"))
    store.append([KeepCandidate(candidate)])
    assert store.candidates("run-1") == (candidate,)


def test_text_that_utf8_cannot_carry_is_kept(store):
    event = EventRecord("run-1", "row \ud800", "plan", {"text": "half \udfff"})
    store.append([KeepEvent(event)])
    (kept,) = store.events("run-1", row="row \ud800")
    assert kept.body == event.body


def test_findings_of_a_graph_replace_those_of_its_earlier_runs(store):
    old = FindingRecord("f1", "qa.prompt", "qa", "qa/plan/system", "hash-1", "run-1", {"verdict": "causes"}, 1.0)
    elsewhere = replace(old, id="f2", graph="other")
    new = replace(old, id="f3", slot="qa/answer/system")
    store.replace_findings("qa.prompt", "qa", [old])
    store.replace_findings("qa.prompt", "other", [elsewhere])
    store.replace_findings("qa.prompt", "qa", [new])
    assert store.findings("qa.prompt") == (new, elsewhere)
    store.remove_finding("f3")
    assert store.findings("qa.prompt") == (elsewhere,)
    assert store.findings("other.prompt") == ()


def test_runs_are_listed_newest_first_and_found_by_a_prefix(store):
    store.start_run(a_run("abc-1", started=5.0))
    store.start_run(a_run("abc-2", started=9.0, file="other.prompt"))
    store.finish_run("abc-1", RunState.DONE, {"score": 0.5})
    assert [run.id for run in store.runs()] == ["abc-2", "abc-1", "run-1"]
    assert [run.id for run in store.runs(file="other.prompt")] == ["abc-2"]
    assert store.run("run").parameters == {"rounds": 3}
    assert store.run("abc-1").report == {"score": 0.5}
    assert store.run("abc") is None
    assert store.run("nope") is None
    assert store.run("*") is None


def test_an_exact_id_wins_over_ids_that_it_begins(store):
    store.start_run(a_run("abc"))
    store.start_run(a_run("abcd"))
    assert store.run("abc").id == "abc"


def test_resuming_an_unknown_run_says_so(store):
    with pytest.raises(StoreError, match="no run 999") as caught:
        store.resume_run("999")
    assert caught.value.kind is StoreFailure.UNKNOWN_RUN


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
