"""What every store keeps, whatever it is made of."""

from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest

from prompts_lang.engine.store.model import (
    CandidateRecord,
    EntryState,
    EventRecord,
    FindingRecord,
    Purpose,
    RunState,
    Usage,
)
from prompts_lang.engine.store.protocol import KeepCandidate, KeepEvent, Remember, Settle
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


def test_a_transaction_is_whole_or_nothing(store):
    good = a_reservation("kept")
    bad = replace(a_reservation(), attempt=2**70)
    with pytest.raises((OverflowError, psycopg.DataError)):
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


def test_a_change_that_is_not_json_is_refused_where_it_is_made():
    with pytest.raises(ValueError, match="JSON"):
        Remember("k", float("nan"))
    with pytest.raises(TypeError):
        KeepEvent(EventRecord("run-1", "1", "plan", {"a": object()}))
