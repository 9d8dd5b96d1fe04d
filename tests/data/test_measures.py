"""What metrics say about outputs, and what a set of scores says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.data.measures import MEASURES
from prompts_lang.engine.metrics.aggregate import bootstrap, summarise, wilson
from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS


@pytest.mark.parametrize(
    ("metric", "output", "expected", "score"),
    [
        ("exact", " Paris. ", "paris", 1),
        ("exact", "Paris", ["London", "Paris"], 1),
        ("exact", "Paris, France", "Paris", 0),
        ("exact", 3, 3.0, 1),
        ("exact", True, 1, 0),
        ("exact", ["a", "b"], ["a", "b"], 1),
        ("exact", "3", 3, 1),
        ("f1", "the cat sat", "a cat sat down", 0.8),
        ("f1", "", "", 1),
        ("f1", "the", "cat", 0),
        ("f1", "Cat!", ["dog", "cat"], 1),
        ("contains", "It was in PARIS, surely", "Paris", 1),
        ("contains", "red and blue", ["blue", "red"], 1),
        ("contains", "red", ["blue", "red"], 0),
        ("number", "So the answer is 1,234.50.", "1234.5", 1),
        ("number", "2 + 2 = 5", 4, 0),
        ("number", "none", 4, 0),
        ("close", "about 90", 100, 0.9),
        ("close", "0", 0, 1),
        ("close", "-5", 5, 0),
        ("truth", True, None, 1),
        ("truth", False, None, 0),
        ("truth", [], None, 0),
        ("truth", "ok", None, 1),
        ("overlap", ["a", "B", "x"], ["A", "b"], 1),
        ("overlap", ["a"], ["a", "b"], 0.5),
        ("overlap", [], [], 1),
        ("rouge", "the quick brown fox", "quick red fox", 2 / 3),
        ("rouge", "fox quick", "quick fox", 0.5),
    ],
)
def test_built_in_metrics(metric, output, expected, score):
    assert MEASURES[metric](output, expected) == pytest.approx(score)


def test_every_documented_metric_is_there_and_every_metric_documented():
    assert MEASURES.keys() == BUILTIN_METRICS.keys()


values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text())


@given(st.sampled_from(sorted(MEASURES)), values, values)
def test_a_score_always_lies_between_0_and_1(metric, output, expected):
    assert 0 <= MEASURES[metric](output, expected) <= 1


@given(st.sampled_from(sorted(set(MEASURES) - {"truth", "number", "close"})), st.text(min_size=1))
def test_what_is_expected_scores_1(metric, text):
    assert MEASURES[metric](text, text) == 1


def test_wilsons_interval_is_that_of_the_literature():
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


def test_no_scores_say_nothing():
    assert (summarise([]).mean, summarise([]).interval) == (None, None)


def test_few_or_equal_scores_are_not_taken_for_certainty():
    assert summarise([1.0] * 5).interval == wilson(1.0, 5)
    low, high = summarise([0.5] * 20).interval or (0, 0)
    assert low < 0.4
    assert high > 0.6


@given(st.lists(st.floats(0, 1), min_size=8, max_size=40), st.randoms(use_true_random=False))
def test_the_interval_holds_the_mean_and_does_not_depend_on_the_order_of_rows(scores, dice):
    found = summarise(scores)
    assert found.mean is not None
    assert found.interval is not None
    assert 0 <= found.interval[0] <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.interval[1] <= 1
    shuffled = list(scores)
    dice.shuffle(shuffled)
    assert summarise(shuffled).interval == found.interval


def test_the_bootstrap_covers_the_true_mean_about_as_often_as_it_says():
    dice = random.Random(7)  # noqa: S311  a simulation
    covered = 0
    for _ in range(200):
        scores = [dice.betavariate(2, 3) for _ in range(40)]
        low, high = bootstrap(scores)
        covered += low <= 0.4 <= high
    assert 180 <= covered <= 200
