"""Draws are hashes of what they are for."""

from __future__ import annotations

from statistics import fmean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.autodiff.chance import Chance


@given(st.lists(st.text(), unique=True))
def test_a_shuffle_depends_on_the_items_and_not_on_their_order(items):
    assert Chance.of(1).shuffled(items, key=str) == Chance.of(1).shuffled(items[::-1], key=str)


def test_equal_names_give_equal_draws_and_others_do_not():
    assert Chance.of(1, "a").uniform(3) == Chance.of(1).at("a").uniform(3)
    assert Chance.of(1, "a").uniform(3) != Chance.of(2, "a").uniform(3)


def test_draws_follow_their_distributions():
    chance = Chance.of("distributions")
    uniform = [chance.uniform(number) for number in range(4000)]
    normal = [chance.normal(number) for number in range(4000)]
    beta = [chance.at(number).beta(3, 1) for number in range(2000)]
    assert abs(fmean(uniform) - 0.5) < 0.02
    assert abs(fmean(normal)) < 0.06
    assert abs(pstdev(normal) - 1) < 0.05
    assert abs(fmean(beta) - 0.75) < 0.02
