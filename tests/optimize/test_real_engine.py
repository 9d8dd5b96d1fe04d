"""The optimiser's promises, kept by the real engine: what it pays, what it survives, and what changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from real_engine import Start, project

from prompts_lang.engine.store.model import Budget
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.errors import StoreError, StoreFailure, UsageError
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.plan import Wish
from prompts_lang.optimize.report import Report
from prompts_lang.simulate.generate import Specification

SMALL = Specification(nodes=2, defects=1, rules=2, rows=30)
FAULTY = {"service": {"rate_limited": 0.08, "retry_after": 0.001, "server_error": 0.08}}


def without_time(report: Report) -> Report:
    return replace(report, seconds=0.0)


async def test_a_store_that_takes_no_more_keeps_nobody_from_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("There is no room left.", kind=StoreFailure.FULL)

    monkeypatch.setattr("prompts_lang.jobs.recording.keep_findings", full)
    told: list[dict[str, JsonValue]] = []
    with pytest.raises(StoreError):
        await Start(project(tmp_path, SMALL), Wish(budget=Budget(calls=0))).run(told)
    assert told[-1]["event"] == "report"


# --------------------------------------------------------------------------------------------------------- what it costs


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without waiting."""
    monkeypatch.setattr("prompts_lang.engine.provider.payer.backoff", lambda *_: 0.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("seed", range(3))
async def test_calls_and_money_stay_under_the_bound_retries_included(seed: int, tmp_path: Path) -> None:
    file = project(tmp_path, replace(SMALL, seed=seed, dials=FAULTY), ("  budget 600 calls\n", "  budget $40\n"))
    ended = await Start(file).run()
    assert ended.events[0]["event"] == "bound"
    assert ended.events[0]["calls"] == 0
    report = ended.report
    assert report.bound.usd is not None
    assert report.usd is not None
    assert report.calls <= report.bound.calls
    assert report.usd <= report.bound.usd <= 40
    assert sum(ended.backend.answered.values()) < report.calls


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("budget", [Budget(calls=35), Budget(calls=90), Budget(usd=Decimal("0.02"))])
async def test_a_budget_is_never_exceeded_although_calls_fail_and_are_made_again(
    budget: Budget, tmp_path: Path
) -> None:
    file = project(tmp_path, replace(SMALL, dials=FAULTY))
    store = memory_store()
    report = (await Start(file, Wish(budget=budget), store).run()).report
    (run,) = store.runs()
    entries = store.entries(run.id)
    assert len(entries) == report.calls
    assert budget.calls is None or len(entries) <= budget.calls
    assert budget.usd is None or sum(entry.usage.usd or 0 for entry in entries) <= budget.usd


async def test_a_budget_in_money_is_refused_where_a_price_is_unknown_before_anything_is_spent(tmp_path: Path) -> None:
    file = project(
        tmp_path,
        SMALL,
        ('model teacher = "simulated/teacher"\n  base "./world.json"', 'model teacher = "openai/nobody-knows-me"'),
        ("  budget 600 calls\n", "  budget $2\n"),
    )
    start = Start(file)
    with pytest.raises(UsageError, match=r"price of the model teacher .* is not known"):
        await start.run()
    assert not start.backend.answered


# ------------------------------------------------------------------------------------------------------ what is invariant


async def test_the_order_in_which_replies_arrive_changes_nothing(tmp_path: Path) -> None:
    file = project(tmp_path, SMALL)
    straight = await Start(file).run()
    shuffled = Start(file)
    shuffled.backend.shuffle = {0: 0.0, 1: 0.004, 2: 0.001, 3: 0.002, 4: 0.0}
    assert without_time((await shuffled.run()).report) == without_time(straight.report)


async def test_frozen_nodes_and_nodes_off_the_path_do_not_change_the_calls_of_critic_and_rewriter(
    tmp_path: Path,
) -> None:
    node = "llm aside(case) -> note: text\n  model student\n  frozen\n  system:\n    Note.\n  user:\n    {{case}}\n\n"
    plain = await Start(project(tmp_path / "plain", SMALL)).run()
    more = await Start(project(tmp_path / "more", SMALL, ("metric score", f"{node}metric score"))).run()
    assert plain.backend.questions["teacher"] == more.backend.questions["teacher"]
    assert len(more.backend.questions["student"]) > len(plain.backend.questions["student"])


# ------------------------------------------------------------------------------------- queries and examples are slots too


async def test_examples_that_teach_what_no_text_says_are_chosen_among_rows_that_can_be_shown(tmp_path: Path) -> None:
    specification = replace(
        SMALL, nodes=1, rows=80, dials={"student": {"example_lift": 0.9}, "rewriter": {"add": 0.0, "guess": 0.0}}
    )
    file = project(tmp_path, specification, ("  user:\n", "  learn examples from rows, at most 3:\n  user:\n"))
    ended = await Start(file).run()
    (examples,) = [slot for slot in ended.report.slots if slot.slot.section == "examples"]
    assert examples.after
    assert all(line.startswith("row-") for line in examples.after.splitlines())
    assert ended.report.before is not None
    assert ended.report.after is not None
    assert ended.report.after.score > ended.report.before.score
