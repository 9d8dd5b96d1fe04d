"""The sequential test: valid whenever one looks, able to prove what is there."""

from __future__ import annotations

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.optimize.evidence import ALPHA, Conclusion, PairedTest, claim_alpha, mean_interval, wealth

differences = st.lists(st.floats(-1, 1, allow_nan=False), max_size=40)


def looked_at_after_every_row(alpha: float, rows: list[float]) -> Conclusion:
    test = PairedTest(alpha)
    for number, row in enumerate(rows, 1):
        test = test.with_rows([row])
        if (conclusion := test.conclusion(len(rows) - number)) is not Conclusion.OPEN:
            return conclusion
    return Conclusion.OPEN


@pytest.mark.parametrize("win", [0.05, 0.2, 0.5])
def test_under_the_null_a_claim_is_made_no_more_often_than_alpha_however_often_one_looks(win):
    chance = random.Random(1)  # noqa: S311
    runs = 2_000
    claims = sum(
        looked_at_after_every_row(ALPHA, chance.choices([1.0, -1.0, 0.0], [win, win, 1 - 2 * win], k=60))
        is Conclusion.PROVEN
        for _ in range(runs)
    )
    assert claims / runs <= ALPHA


def test_a_large_effect_is_proven_on_the_rows_of_a_small_dataset():
    chance = random.Random(2)  # noqa: S311
    proven = sum(
        looked_at_after_every_row(claim_alpha(0), chance.choices([1.0, -1.0, 0.0], [0.6, 0.02, 0.38], k=24))
        is Conclusion.PROVEN
        for _ in range(500)
    )
    assert proven / 500 > 0.95


def test_six_wins_without_a_loss_prove_and_five_do_not():
    assert PairedTest(claim_alpha(0), (1.0,) * 6).conclusion(0) is Conclusion.PROVEN
    assert PairedTest(claim_alpha(0), (1.0,) * 5).conclusion(20) is Conclusion.OPEN


def test_rows_that_the_edit_does_not_reach_change_nothing():
    with_them = PairedTest(ALPHA, (1.0, 0.0, 0.0, 1.0, 0.0))
    assert with_them.e_value == PairedTest(ALPHA, (1.0, 1.0)).e_value


@given(differences, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert wealth(shuffled) == pytest.approx(wealth(rows))


def test_a_hopeless_test_is_given_up_before_its_rows_end():
    rows = [0.0] * 30
    test = PairedTest(claim_alpha(0))
    used = 0
    while test.conclusion(len(rows) - used) is Conclusion.OPEN:
        test = test.with_rows([rows[used]])
        used += 1
    assert test.conclusion(len(rows) - used) is Conclusion.FUTILE
    assert used < len(rows)


def test_scores_outside_their_range_cannot_prove_anything():
    with pytest.raises(ValueError, match="outside"):
        PairedTest(ALPHA).with_rows([3.0])


def test_the_levels_of_all_claims_over_all_histories_sum_to_less_than_alpha():
    assert sum(2**number * claim_alpha(number) for number in range(50)) <= ALPHA


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_holds_the_mean_that_was_seen(values):
    interval = mean_interval(values)
    assert interval.low - 1e-9 <= fmean(values) <= interval.high + 1e-9
    assert 0 <= interval.low <= interval.high <= 1


def test_an_interval_misses_the_true_mean_no_more_often_than_it_says():
    chance = random.Random(3)  # noqa: S311
    missed = 0
    for _ in range(600):
        seen = chance.choices([1.0, 0.0], [0.3, 0.7], k=25)
        interval = mean_interval(seen)
        missed += not interval.low <= 0.3 <= interval.high
    assert missed / 600 <= ALPHA


def test_an_interval_narrows_with_rows():
    few, many = mean_interval([1.0, 0.0] * 5), mean_interval([1.0, 0.0] * 50)
    assert many.high - many.low < few.high - few.low


def test_an_interval_of_differences_may_lie_below_zero():
    interval = mean_interval([-1.0] * 20, -1.0, 1.0)
    assert interval.high < 0


def test_nothing_seen_is_anything_possible():
    interval = mean_interval([], -1.0, 1.0)
    assert (interval.low, interval.high) == (-1.0, 1.0)
