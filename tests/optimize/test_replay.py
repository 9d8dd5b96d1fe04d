"""What a replay shows: which of several suspects a failing row cannot do without."""

from __future__ import annotations

import pytest
from latent_world import TEACHER, Dials, World, chain, rows, world_of

from prompts_lang.graph.model import Slot, SlotId, slots_of
from prompts_lang.optimize.replay import StrongerModel, runs_at_most


def world_where(needs: dict[str, frozenset[int]], length: int = 4) -> World:
    world = world_of(chain(length), seed=1, dials=Dials(noise=0.0), size=(4, 0, 0))
    world.needs = dict.fromkeys(rows(4), needs)
    return world


def suspects(world: World, *names: str) -> list[Slot]:
    return [slot for slot in slots_of(world.graph) if slot.id.node in names]


def slot(name: str) -> SlotId:
    return SlotId("g", name, "system")


async def test_the_suspect_that_is_to_blame_is_proven_and_the_others_are_cleared():
    world = world_where({"n1": frozenset({0})})
    found = await StrongerModel(world, TEACHER).verify(
        world.graph, suspects(world, "n0", "n1", "n3"), {"row0": 0.0, "row1": 0.0}
    )
    assert found[slot("n1")].proven == ("row0", "row1")
    assert found[slot("n1")].cleared == ()
    assert [found[slot(name)].proven for name in ("n0", "n3")] == [(), ()]
    assert [found[slot(name)].cleared for name in ("n0", "n3")] == [("row0", "row1")] * 2


async def test_rows_that_fail_for_two_reasons_prove_both():
    world = world_where({"n0": frozenset({0}), "n2": frozenset({1})})
    found = await StrongerModel(world, TEACHER).verify(world.graph, suspects(world, "n0", "n1", "n2"), {"row0": 0.0})
    assert {name: bool(found[slot(name)].proven) for name in ("n0", "n1", "n2")} == {
        "n0": True,
        "n1": False,
        "n2": True,
    }


@pytest.mark.parametrize("names", [("n0",), ("n0", "n3")])
async def test_where_the_row_is_not_mended_nothing_is_learnt(names):
    world = world_where({"n1": frozenset({0})})
    assert await StrongerModel(world, TEACHER).verify(world.graph, suspects(world, *names), {"row0": 0.0}) == {}


async def test_one_suspect_is_proven_by_mending_alone():
    world = world_where({"n1": frozenset({0})})
    found = await StrongerModel(world, TEACHER).verify(world.graph, suspects(world, "n1"), {"row0": 0.0})
    assert found[slot("n1")].proven == ("row0",)


async def test_only_what_descends_from_the_suspects_is_run_again():
    world = world_where({"n2": frozenset({0})})
    await world.measure(world.graph, ["row0"])
    before = world.calls
    await StrongerModel(world, TEACHER).verify(world.graph, suspects(world, "n2"), {"row0": 0.0})
    assert world.calls - before == 2
    assert {entry[0] for entry in world.log[before:]} == {"replay"}


async def test_the_price_is_bounded():
    world = world_where({"n0": frozenset({0}), "n3": frozenset({0})})
    found = suspects(world, "n0", "n1", "n2", "n3")
    await StrongerModel(world, TEACHER).verify(world.graph, found, dict.fromkeys(rows(4), 0.0))
    assert world.calls <= runs_at_most(len(found)) * 4
