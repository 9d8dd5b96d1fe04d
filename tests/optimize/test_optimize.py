"""The whole loop, in a world in memory: what it finds, what it claims, what it costs, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from latent_world import (
    Dials,
    World,
    ancestors,
    chain,
    draw,
    graph_of,
    job_of,
    layered,
    node,
    planted,
    rows,
    rule,
    with_dials,
    world_of,
)

from prompts_lang.engine.store.model import Budget
from prompts_lang.errors import UsageError
from prompts_lang.graph.model import Graph, SlotId
from prompts_lang.graph.template import parse_template
from prompts_lang.optimize.bench import Splits
from prompts_lang.optimize.candidate import Candidate
from prompts_lang.optimize.events import GatePassed, OptimizeEvent, to_json
from prompts_lang.optimize.optimize import optimize
from prompts_lang.optimize.report import Measured, Report, SlotStatus, Stopped


async def run(world: World, **options: object) -> tuple[Report, list[OptimizeEvent]]:
    events: list[OptimizeEvent] = []
    report = await optimize(world, job_of(world, **options), events.append)
    assert events[-1] is report
    return report, events


def true_after(world: World, report: Report) -> float:
    texts = {slot.slot.node: slot.after for slot in report.slots if slot.slot.section == "system"}
    frozen = {each.name: each.sections[0].template.source for each in world.graph.nodes}
    return world.true_score({**frozen, **texts}, world.splits.test)


# ------------------------------------------------------------------------------------------------------- what it finds


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("length", [1, 2, 4])
async def test_hidden_rules_are_found_proven_and_reported_as_they_are(length, seed):
    world = world_of(chain(length), seed=seed)
    report, _ = await run(world)
    assert report.before is not None
    assert report.after is not None
    assert report.after.score - report.before.score >= 0.4
    assert true_after(world, report) >= 0.9
    assert any(slot.status is SlotStatus.PROVEN for slot in report.slots)


@pytest.mark.parametrize(("count", "seed"), [(10, 0), (10, 1), (60, 2), (60, 3), (200, 4), (500, 5)])
async def test_a_planted_defect_is_found_wherever_it_is_in_a_random_graph(count, seed):
    world = planted(layered(count, seed=seed), seed=seed, dials=Dials(noise=0.0))
    report, _ = await run(world)
    culprit = {name for needs in world.needs.values() for name in needs}
    assert {slot.slot.node for slot in report.slots if slot.status is not SlotStatus.UNCHANGED} == culprit
    assert true_after(world, report) == 1.0


async def test_the_calls_of_the_critic_do_not_grow_with_the_graph():
    critic: dict[int, int] = {}
    for count in (60, 500):
        world = planted(layered(count, seed=7), seed=7, dials=Dials(noise=0.0, recall=1.0))
        await run(world)
        critic[count] = Counter(purpose for purpose, _ in world.log)["critic"]
    assert critic[500] <= critic[60] + 4


async def test_frozen_nodes_and_nodes_off_the_path_change_nothing_about_the_teachers():
    def teachers(extra: bool) -> list[tuple[str, str]]:
        nodes = [node("a", []), *([node("aside", [])] if extra else []), node("b", ["a"])]
        world = planted(graph_of(nodes), seed=3, dials=Dials(noise=0.0))
        assert ("aside" in ancestors(world.graph)) is False
        asyncio.run(optimize(world, job_of(world), lambda _: None))
        return [entry for entry in world.log if entry[0] in ("critic", "rewrite")]

    assert await asyncio.to_thread(teachers, False) == await asyncio.to_thread(teachers, True)


# ------------------------------------------------------------------------------------------------ what it does not claim


async def test_where_nothing_can_be_gained_hardly_anything_is_claimed():
    proven = 0
    for seed in range(40):
        world = world_of(chain(1), seed=seed, null=0.6, size=(20, 20, 0))
        report, _ = await run(world, rounds=3)
        proven += any(slot.status is SlotStatus.PROVEN for slot in report.slots)
    assert proven <= 4  # 40 runs at 5 %: more than 4 has a probability of 1 in 20 even at the limit


async def test_a_hostile_critic_cannot_lower_the_score_of_what_is_offered():
    losses = []
    for seed in range(12):
        world = world_of(chain(2), seed=seed, rules=1, per_row=1, size=(20, 20, 20))
        with_dials(world, recall=0.0, false_blame=1.0, decoy=1.0, harm=0.6, noise=0.0)
        report, _ = await run(world, rounds=3)
        start = world.true_score({each.name: "" for each in world.graph.nodes}, world.splits.test)
        proven = [slot for slot in report.slots if slot.status is SlotStatus.PROVEN]
        losses.append(start - report.after.score if proven and report.after else 0.0)
    assert max(losses) <= 0.05


async def test_what_is_claimed_is_what_is_true():
    gaps = []
    for seed in range(12):
        world = world_of(chain(2), seed=seed, size=(30, 30, 60))
        report, _ = await run(world)
        assert report.after is not None
        gaps.append(report.after.score - true_after(world, report) * (1 - world.dials.noise) ** 2)
    assert abs(sum(gaps) / len(gaps)) <= 0.03


async def test_rows_of_the_validation_and_test_splits_are_not_touched_by_the_search():
    world = world_of(chain(1), seed=1)
    touched: list[str] = []
    measure = world.measure

    async def watched(graph, chosen, **options):
        touched.extend(chosen)
        return await measure(graph, chosen, **options)

    world.measure = watched  # type: ignore[method-assign]
    stages: list[tuple[str, int]] = []

    def sink(event: OptimizeEvent) -> None:
        if event.event == "progress":
            stages.append((json.loads(to_json(event))["doing"], len(touched)))

    await optimize(world, job_of(world), sink)
    claim = next(count for doing, count in stages if doing.startswith("testing"))
    final = next(count for doing, count in stages if doing.startswith("measuring"))
    assert set(touched[:claim]) <= set(world.splits.train)
    assert set(touched[claim:final]) <= set(world.splits.validation)
    assert set(touched[final:]) <= set(world.splits.test)
    assert max(Counter(touched[final:]).values()) == 2


@pytest.mark.parametrize("budget", [None, 900, 500, 380])
async def test_the_report_measures_all_test_rows_whenever_the_budget_allows(budget):
    world = world_of(chain(2), seed=5, size=(30, 30, 40), budget=Budget(calls=budget))
    report, _ = await run(world)
    assert report.before is not None
    assert report.after is not None
    assert report.before.rows == report.after.rows == 40


async def test_the_report_gives_what_measuring_the_whole_split_gives_before_and_after():
    world = world_of(chain(2), seed=5, size=(30, 30, 40))
    report, _ = await run(world)
    for texts, measured in (({}, report.before), (dict(report.texts), report.after)):
        outcomes = await world.measure(Candidate.of(texts, {}).on(world.graph), world.splits.test)
        assert measured == Measured.of([outcome.value for outcome in outcomes])


async def test_a_budget_that_cannot_pay_for_all_test_rows_measures_fewer_and_says_so():
    world = world_of(chain(2), seed=4, size=(30, 30, 200), budget=Budget(calls=300))
    report, _ = await run(world)
    assert report.after is not None
    assert 30 <= report.after.rows < 200
    assert any("test rows were not measured" in note for note in report.notes)


async def test_what_is_remembered_is_measured_however_small_the_budget():
    world = world_of(chain(2), seed=5)
    await run(world)
    world.budget = Budget(calls=world.calls + 2)
    report, _ = await run(world)
    assert report.before is not None
    assert report.before.rows == len(world.splits.test)


async def test_money_is_not_told_where_a_price_is_unknown():
    priced, unpriced = world_of(chain(1), seed=1), world_of(chain(1), seed=1, unpriced=3)
    assert (await run(priced))[0].usd == priced.calls / 1000
    assert (await run(unpriced))[0].usd is None


async def test_without_test_rows_nothing_is_claimed_about_before_and_after():
    world = world_of(chain(1), seed=1)
    world.splits = Splits(world.splits.train, world.splits.validation, ())
    report, _ = await run(world)
    assert report.before is None
    assert report.after is None
    assert any("test rows" in note for note in report.notes)
    assert all(slot.effect is not None for slot in report.slots if slot.status is SlotStatus.PROVEN)


async def test_without_validation_rows_nothing_is_proven():
    world = world_of(chain(1), seed=1)
    world.splits = Splits(world.splits.train, (), world.splits.test)
    report, _ = await run(world)
    assert {slot.status for slot in report.slots} == {SlotStatus.UNPROVEN}
    assert any("validation rows" in note for note in report.notes)


# --------------------------------------------------------------------------------------------------------- what it costs


async def test_what_brings_nothing_is_taken_back_as_far_as_the_budget_goes():
    def pruned(events: list[OptimizeEvent]) -> list[GatePassed]:
        return [event for event in events if isinstance(event, GatePassed) and event.test == "prune"]

    _, unlimited = await run(world_of(chain(2), seed=5))
    world = world_of(chain(2), seed=5, budget=Budget(calls=600))
    _, limited = await run(world)
    assert 0 < len(pruned(limited)) < len(pruned(unlimited))
    assert world.calls <= 600


@pytest.mark.parametrize("budget", [1, 7, 20, 45, 80, 150, 300])
async def test_a_budget_is_never_exceeded_and_the_run_still_ends_with_a_report(budget):
    world = world_of(chain(2), seed=4, budget=Budget(calls=budget))
    report, _ = await run(world)
    assert world.calls <= budget
    assert report.calls <= budget
    assert report.bound.calls <= budget
    assert report.stopped in (Stopped.BUDGET, Stopped.DONE, Stopped.ROUNDS, Stopped.ERROR)


async def test_a_budget_that_ends_in_the_search_still_yields_a_measured_best_so_far():
    world = world_of(chain(2), seed=4, budget=Budget(calls=200))
    report, events = await run(world)
    assert report.stopped is Stopped.BUDGET
    assert any(event.event == "accepted" for event in events)
    assert report.before is not None
    assert report.after is not None
    assert report.after.score > report.before.score


@pytest.mark.parametrize("seed", range(6))
async def test_the_calls_stay_under_the_bound_that_was_told_before(seed):
    world = with_dials(world_of(chain(1 + seed % 4), seed=seed), malformed=0.3)
    report, events = await run(world)
    assert events[0].event == "bound"
    assert events[0].calls == 0
    assert report.calls <= report.bound.calls


async def test_the_memo_saves_calls_and_changes_nothing_else_in_a_world_without_noise():
    ends = []
    for memo_on in (True, False):
        world = world_of(chain(3), seed=2, dials=Dials(noise=0.0), memo_on=memo_on)
        report, _ = await run(world)
        ends.append((report.slots, report.before, report.after, report.findings, world.calls))
    assert ends[0][:4] == ends[1][:4]
    assert ends[0][4] < ends[1][4]


async def test_a_second_run_costs_nothing():
    world = world_of(chain(2), seed=5)
    first, _ = await run(world)
    paid = world.calls
    second, _ = await run(world)
    assert world.calls == paid
    assert second.slots == first.slots


# -------------------------------------------------------------------------------------------------------- what it survives


@pytest.mark.parametrize("dial", ["malformed", "failing"])
async def test_teachers_that_often_fail_are_reported_and_the_run_goes_on(dial):
    world = with_dials(world_of(chain(1), seed=3), **{dial: 0.4})
    report, events = await run(world)
    assert any(event.event == "warning" for event in events)
    assert true_after(world, report) >= 0.9


async def test_dropped_placeholders_never_reach_a_graph():
    text = "Do your part for {{question}} well."
    world = with_dials(world_of(graph_of([node("n0", [], text=text)]), seed=1), drop_placeholder=0.7)
    report, events = await run(world)
    bodies = [json.loads(to_json(event)) for event in events]
    rejected = [body for body in bodies if body["event"] == "proposal" and body["rejected"]]
    assert any("placeholders" in body["rejected"] for body in rejected)
    for slot in report.slots:
        assert parse_template(slot.after).keys == parse_template(text).keys


async def test_rows_that_cannot_be_run_are_left_out_on_both_sides():
    world = world_of(chain(1), seed=1)
    measure = world.measure
    down = set(world.splits.test[:5]) | set(world.splits.validation[:5]) | set(world.splits.train[:5])

    async def failing(graph, chosen, **options):
        outcomes = await measure(graph, chosen, **options)
        changed = bool(graph.nodes[0].sections[0].template.source != "Do your part well.")
        lost = {row for row in down if changed == (draw("side", row) < 0.5)}
        return tuple(
            replace(each, score=replace(each.score, value=None)) if each.row in lost else each for each in outcomes
        )

    world.measure = failing  # type: ignore[method-assign]
    report, _ = await run(world)
    assert report.before is not None
    assert report.after is not None
    assert report.before.rows == report.after.rows == len(world.splits.test) - 5


async def test_no_row_at_all_is_an_error_that_is_reported():
    world = world_of(chain(1), seed=1)
    measure = world.measure

    async def dead(graph, chosen, **options):
        outcomes = await measure(graph, chosen, **options)
        return tuple(replace(each, score=replace(each.score, value=None)) for each in outcomes)

    world.measure = dead  # type: ignore[method-assign]
    report, events = await run(world)
    assert report.stopped is Stopped.ERROR
    assert any(event.event == "warning" for event in events)


async def test_a_cancelled_run_reports_what_it_had_reached_and_passes_the_cancellation_on():
    world = world_of(chain(2), seed=0)
    events: list[OptimizeEvent] = []
    task: asyncio.Task[Report]

    def sink(event: OptimizeEvent) -> None:
        events.append(event)
        if event.event == "accepted":
            task.cancel()

    measure = world.measure

    async def yielding(graph, chosen, **options):
        await asyncio.sleep(0)
        return await measure(graph, chosen, **options)

    world.measure = yielding  # type: ignore[method-assign]
    task = asyncio.create_task(optimize(world, job_of(world), sink))
    with pytest.raises(asyncio.CancelledError):
        await task
    report = events[-1]
    assert isinstance(report, Report)
    assert report.stopped is Stopped.CANCELLED
    assert any(slot.status is SlotStatus.UNPROVEN for slot in report.slots)


async def test_a_run_that_is_asked_to_stop_ends_with_a_report():
    world = world_of(chain(2), seed=0)
    events: list[OptimizeEvent] = []

    def sink(event: OptimizeEvent) -> None:
        events.append(event)
        if event.event == "accepted":
            world.stopping = True
            world.budget = Budget(calls=world.calls)

    report = await optimize(world, job_of(world), sink)
    assert report.stopped is Stopped.CANCELLED
    assert report.texts


async def test_nothing_to_learn_is_said_before_anything_is_spent():
    world = world_of(graph_of([node("n0", [], learn=False)]), seed=0)
    with pytest.raises(UsageError, match="nothing to learn"):
        await run(world)
    assert world.calls == 0


async def test_a_graph_that_is_good_already_is_left_alone():
    world = world_of(chain(2), seed=0, per_row=0, dials=Dials(noise=0.0))
    report, events = await run(world)
    assert report.stopped is Stopped.NO_HEADROOM
    assert {slot.status for slot in report.slots} == {SlotStatus.UNCHANGED}
    assert any(event.event == "headroom" for event in events)
    assert report.before == report.after


# ------------------------------------------------------------------------------------------------------- what is invariant


async def test_the_order_of_the_rows_changes_nothing():
    forward, backward = world_of(chain(2), seed=6), world_of(chain(2), seed=6)
    backward.splits = Splits(
        *(tuple(reversed(split)) for split in (backward.splits.train, backward.splits.validation, backward.splits.test))
    )
    assert (await run(forward))[0].slots == (await run(backward))[0].slots


def diamond(names: str, order: str) -> Graph:
    """Two nodes that do not read each other between a first and a last one, in either order."""
    a, b, c, d = names
    parts = {a: node(a, []), b: node(b, [a]), c: node(c, [a]), d: node(d, sorted([b, c]))}
    return graph_of([parts[name] for name in order])


def planted_in(graph: Graph, culprit: str) -> World:
    world = planted(graph, seed=4, dials=Dials(noise=0.0))
    world.needs = {row: {culprit: frozenset({0})} for row in rows(36) if draw("needed", row) < 0.7}
    return world


async def test_the_order_in_which_independent_nodes_are_written_changes_nothing():
    one = (await run(planted_in(diamond("abcd", "abcd"), "b")))[0]
    other = (await run(planted_in(diamond("abcd", "acbd"), "b")))[0]
    assert {slot.slot: slot for slot in one.slots} == {slot.slot: slot for slot in other.slots}
    assert (one.before, one.after) == (other.before, other.after)


async def test_the_names_of_nodes_change_nothing_but_names():
    async def ends(names: str) -> dict[str, tuple[SlotStatus, str]]:
        world = planted_in(diamond(names, names), names[1])
        report = (await run(world))[0]
        assert true_after(world, report) == 1.0
        return {
            str(names.index(slot.slot.node)): (slot.status, slot.after.replace(names[1], "?")) for slot in report.slots
        }

    assert {place: end[0] for place, end in (await ends("abcd")).items()} == {
        place: end[0] for place, end in (await ends("wzxy")).items()
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.integers(0, 99))
def test_whatever_a_rewriter_replies_placeholders_stay_and_nothing_ends_the_run(texts, seed):
    text = "Do your part for {{question}} well."
    world = planted_in(graph_of([node("b", [], text=text)]), "b")

    def rewrite(key: str, _: str) -> object:
        edits = [
            {"search": texts[int(draw(seed, key, n) * len(texts))], "replace": texts[n]} for n in range(len(texts))
        ]
        return {
            "proposals": [
                {"idea": texts[0], "edits": edits},
                {"idea": "", "edits": [{"search": "", "replace": texts[-1]}]},
            ]
        }

    world.rewrite = rewrite  # type: ignore[method-assign]
    report, _ = asyncio.run(run(world, rounds=2))
    assert report.stopped is not Stopped.ERROR
    for slot in report.slots:
        assert parse_template(slot.after).keys == parse_template(text).keys


async def test_equal_seeds_give_equal_runs_and_other_seeds_other_ones():
    first, second = world_of(chain(2), seed=6), world_of(chain(2), seed=6)
    one, events = await run(first)
    two, others = await run(second)
    assert replace(one, seconds=0) == replace(two, seconds=0)
    assert [replace(event, seconds=0) for event in events] == [replace(event, seconds=0) for event in others]
    third = world_of(chain(2), seed=6)
    report = await optimize(
        third, replace(job_of(third), options=replace(job_of(third).options, seed=99)), lambda _: None
    )
    assert report.calls != one.calls or report.findings != one.findings


async def test_every_event_is_one_line_of_json_and_the_report_has_the_fields_of_the_contract():
    report, events = await run(world_of(chain(1), seed=2))
    for event in events:
        line = to_json(event)
        assert "\n" not in line
        assert {"event", "seconds", "calls"} <= set(json.loads(line))
    body = json.loads(to_json(report))
    contract = "event graph stopped calls cached usd tokens seconds bound before after rows slots findings"
    assert set(contract.split()) <= set(body)
    assert set(body["slots"][0]) == {"slot", "status", "before", "after", "effect", "interval"}
    assert {"slot", "range", "verdict", "verified", "critique", "rows"} <= set(body["findings"][0])
    assert body["slots"][0]["slot"] == "g/n0/system"
    accepted = next(json.loads(to_json(event)) for event in events if event.event == "accepted")
    assert set(accepted["slots"]) == {"g/n0/system"}


async def test_findings_quote_words_of_the_text_in_the_file_and_are_verified_by_what_they_mend():
    report, _ = await run(world_of(chain(1), seed=2))
    assert any(finding.verified for finding in report.findings)
    for finding in report.findings:
        if finding.range:
            start, end = finding.range
            assert "Do your part well."[start:end] == finding.quote


def test_the_world_is_what_it_says():
    world = world_of(chain(2), seed=0)
    full = {name: "\n".join(rule(name, number) for number in range(3)) for name in ("n0", "n1")}
    assert world.true_score(full, rows(90)) == 1.0
    assert SlotId("g", "n0", "system") < SlotId("g", "n1", "system")
