"""Passengers go, what is needed stays, and the price of finding out is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from latent_world import Dials, World, chain, rows, rule, with_dials, world_of

from prompts_lang.graph.model import SlotId, slots_of
from prompts_lang.optimize.board import Board
from prompts_lang.optimize.candidate import Candidate
from prompts_lang.optimize.events import CandidateTried, GatePassed, OptimizeEvent
from prompts_lang.optimize.pace import Pace
from prompts_lang.optimize.prune import Ground, Pruned, Pruning
from prompts_lang.optimize.telling import Telling

PASSENGERS = ("Work carefully.", "Be precise and consistent.", "Take your time.")


def pruning_of(world: World, events: list[OptimizeEvent] | None = None) -> Pruning:
    slots = slots_of(world.graph)
    originals = {slot.id: slot.text for slot in slots}
    told = [] if events is None else events
    tell = Telling(told.append, lambda: world.totals, originals, lambda _: {})
    return Pruning(Board(world, world.graph, tell.warn), slots, originals, tell, Pace())


def candidate_of(world: World, lines: Mapping[str, Sequence[str]]) -> Candidate:
    originals = {slot.id: slot.text for slot in slots_of(world.graph)}
    texts = {slot: "\n".join((text, *lines.get(slot.node, ()))) for slot, text in originals.items()}
    return Candidate.of(texts, originals)


async def pruned(world: World, lines: Mapping[str, Sequence[str]], events: list[OptimizeEvent] | None = None) -> Pruned:
    pruning, candidate = pruning_of(world, events), candidate_of(world, lines)
    outcomes = await world.measure(candidate.on(world.graph), world.splits.train)
    passing = [each.row for each in outcomes if each.value == 1]
    failing = [each.row for each in outcomes if each.value == 0]
    return await pruning.prune(candidate, pruning.untried(candidate), Ground(failing, lambda _: passing))


def lines_left(found: Pruned, world: World) -> set[tuple[str, str]]:
    own = {slot.id: slot.text for slot in slots_of(world.graph)}
    return {
        (slot.node, line) for slot, text in found.candidate.texts for line in text.split("\n") if line not in own[slot]
    }


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(PASSENGERS)), unique=True, min_size=1, max_size=5),
)
def test_in_a_world_without_noise_exactly_the_passengers_go(seed, added):
    world = world_of(chain(2), seed=seed, rules=1, per_row=1, dials=Dials(noise=0.0), size=(30, 0, 0))
    for needs in world.needs.values():
        needs.update({"n0": frozenset({0}), "n1": frozenset({0})})  # type: ignore[attr-defined]
    lines = {name: [rule(name, 0)] for name in ("n0", "n1")}
    for index, words in added:
        lines[f"n{index}"].append(words)
    found = asyncio.run(pruned(world, lines))
    assert lines_left(found, world) == {("n0", rule("n0", 0)), ("n1", rule("n1", 0))}
    assert set(found.proofs) == {SlotId("g", "n0", "system"), SlotId("g", "n1", "system")}


async def test_a_harmful_line_nearly_always_goes_although_there_is_noise():
    kept = 0
    for seed in range(12):
        world = with_dials(world_of(chain(1), seed=seed, rules=1, per_row=1, size=(40, 0, 0)), harm=0.5)
        found = await pruned(world, {"n0": [rule("n0", 0), "Beware of the decoy number 7."]})
        kept += "Beware of the decoy number 7." in {line for _, line in lines_left(found, world)}
    assert kept <= 3


async def test_two_lines_that_say_the_same_are_not_both_taken_back():
    world = world_of(chain(1), seed=1, dials=Dials(noise=0.0), size=(30, 0, 0))
    needs = {row: {"n0": frozenset({0})} for row in rows(30)}
    world.needs = needs
    twice = [f"{rule('n0', 0)} Really.", rule("n0", 0)]
    found = await pruned(world, {"n0": twice})
    assert len(lines_left(found, world)) == 1


async def test_too_few_passing_rows_take_nothing_back():
    world = world_of(chain(1), seed=1, dials=Dials(noise=0.0), size=(4, 0, 0), per_row=0)
    found = await pruned(world, {"n0": list(PASSENGERS)})
    assert len(lines_left(found, world)) == len(PASSENGERS)


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("count", [1, 6, 30])
async def test_the_price_is_bounded_whatever_the_number_of_lines(length, count):
    world = world_of(chain(length), seed=3, size=(40, 0, 0), per_row=0)
    pruning = pruning_of(world)
    candidate = candidate_of(world, {"n0": [f"Mind point {number}." for number in range(count)]})
    changes = pruning.untried(candidate)
    ground = Ground(world.splits.train[:5], lambda _: world.splits.train[5:])
    before = world.calls
    await pruning.prune(candidate, changes, ground)
    assert world.calls - before <= pruning.runs_at_most(changes) * length


async def test_what_has_shown_that_it_is_needed_is_not_tried_again():
    world = world_of(chain(1), seed=1, dials=Dials(noise=0.0), size=(30, 0, 0))
    world.needs = {row: {"n0": frozenset({0})} for row in rows(30)}
    pruning, candidate = pruning_of(world), candidate_of(world, {"n0": [rule("n0", 0)]})
    ground = Ground((), lambda _: world.splits.train)
    await pruning.prune(candidate, pruning.untried(candidate), ground)
    assert pruning.untried(candidate) == ()


async def test_every_verdict_is_told():
    events: list[OptimizeEvent] = []
    world = world_of(chain(1), seed=1, dials=Dials(noise=0.0), size=(30, 0, 0))
    world.needs = {row: {"n0": frozenset({0})} for row in rows(30)}
    await pruned(world, {"n0": [rule("n0", 0), PASSENGERS[0]]}, events)
    assert [event.outcome for event in events if isinstance(event, GatePassed)] == ["needed", "not needed"]
    tried = [event for event in events if isinstance(event, CandidateTried)]
    candidate = candidate_of(world, {"n0": [rule("n0", 0), PASSENGERS[0]]})
    assert [(event.outcome, event.parent) for event in tried] == [
        ("needed", candidate.id),
        ("not needed", candidate.id),
    ]
    needless = dict(tried[1].slots.texts)
    assert len(needless) == 1
    assert PASSENGERS[0] not in next(iter(needless.values()))
