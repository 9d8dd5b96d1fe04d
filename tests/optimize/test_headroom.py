"""Nothing to gain: said only where neither a stronger model nor a plain demand for the right form turns failing rows around."""

from __future__ import annotations

from dataclasses import replace

from latent_world import TEACHER, Dials, World, chain, job_of, planted, world_of

from prompts_lang.engine.store.model import Purpose
from prompts_lang.graph.model import slots_of
from prompts_lang.optimize import headroom
from prompts_lang.optimize.headroom import Headroom, look_for_headroom
from prompts_lang.optimize.optimize import optimize
from prompts_lang.optimize.report import SlotStatus, Stopped

ROWS = 4


async def looked(world: World, rows: int = ROWS) -> Headroom:
    return await look_for_headroom(
        world, world.graph, slots_of(world.graph), TEACHER, dict.fromkeys(world.splits.train[:rows], 0.0)
    )


def hopeless(length: int = 1) -> World:
    """Every row fails, whoever does the work and whatever the texts say."""
    return world_of(chain(length), null=0.0, size=(12, 12, 12))


async def test_a_stronger_model_that_does_better_is_room():
    found = await looked(planted(chain(2), seed=1, share=1.0, dials=Dials(noise=0.0)))
    assert found == Headroom(open=True, reason="a stronger model does better on 4 of 4 failing rows")


async def test_a_demand_for_the_right_form_that_does_better_is_room():
    world = hopeless()
    measure = world.measure

    async def formal(graph, rows, **options):
        outcomes = await measure(graph, rows, **options)
        if "exactly the form" not in graph.nodes[0].sections[0].template.source:
            return outcomes
        return tuple(replace(each, score=replace(each.score, value=1.0)) for each in outcomes)

    world.measure = formal  # type: ignore[method-assign]
    assert (await looked(world)).reason == "a demand for the right form does better on 4 of 4 failing rows"


async def test_where_neither_helps_there_is_none_and_it_costs_two_runs_a_row():
    world = hopeless()
    found = await looked(world)
    assert not found.open
    assert "neither a stronger model nor" in found.reason
    assert world.log == [(Purpose.HEADROOM.value, "n0")] * 2 * headroom.ROWS


async def test_few_failing_rows_say_nothing_and_cost_nothing():
    world = hopeless()
    assert (await looked(world, rows=ROWS - 1)).open
    assert world.calls == 0


async def test_rows_that_cannot_be_run_say_nothing():
    world = hopeless()
    measure = world.measure

    async def dead(graph, rows, **options):
        outcomes = await measure(graph, rows, **options)
        return tuple(replace(each, score=replace(each.score, value=None)) for each in outcomes)

    world.measure = dead  # type: ignore[method-assign]
    assert (await looked(world)).open


async def test_a_run_that_finds_nothing_says_that_there_is_nothing_to_gain_with_its_evidence():
    world = hopeless(2)
    events = []
    report = await optimize(world, job_of(world, rounds=2), events.append)
    assert report.stopped is Stopped.NO_HEADROOM
    assert {slot.status for slot in report.slots} == {SlotStatus.UNCHANGED}
    (told,) = [event for event in events if event.event == "headroom"]
    assert not told.open
    assert told.failing >= ROWS
    assert "helps on 4 failing rows" in told.reason
