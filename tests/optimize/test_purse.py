"""The budget is divided before anything is spent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.engine.bound import Bound
from prompts_lang.engine.store.model import Budget, Totals
from prompts_lang.optimize.bench import Splits
from prompts_lang.optimize.purse import CLAIM_ROWS, SET_ASIDE, Purse


def splits(validation: int, test: int) -> Splits:
    return Splits(("t",), tuple(f"v{n}" for n in range(validation)), tuple(f"x{n}" for n in range(test)))


def test_without_a_budget_everything_is_set_aside_and_affordable():
    purse = Purse.divide(splits(30, 30), Budget(), Bound(4))
    assert purse.reserve.runs == 120
    assert purse.affords(Budget(), runs=10**6, calls=10**6)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 5_000), st.integers(1, 50))
def test_the_reserve_never_takes_more_than_its_share(validation, test, calls, each):
    purse = Purse.divide(splits(validation, test), Budget(calls=calls), Bound(each))
    assert purse.reserve.runs * each <= SET_ASIDE * calls
    assert 0 <= purse.reserve.validation <= validation
    assert 0 <= purse.reserve.test <= test


def test_all_test_rows_are_kept_before_more_validation_rows_than_a_claim_needs():
    purse = Purse.divide(splits(36, 36), Budget(calls=900), Bound(4))
    assert purse.reserve.test == 36
    assert CLAIM_ROWS <= purse.reserve.validation < 36


def test_a_small_budget_is_shared_by_claim_and_report():
    purse = Purse.divide(splits(36, 36), Budget(calls=64), Bound(2))
    assert (purse.reserve.validation, purse.reserve.test) == (4, 4)


def test_a_batch_has_to_leave_the_reserve_alone():
    purse = Purse.divide(splits(10, 10), Budget(calls=200), Bound(2))
    assert purse.affords(Budget(calls=200), runs=50, calls=20)
    assert not purse.affords(Budget(calls=200), runs=50, calls=21)
    assert purse.affords(Budget(calls=80), runs=0, calls=40, reserved=20)


def test_money_is_counted_at_what_rows_have_really_cost():
    purse = Purse.divide(splits(10, 10), Budget(usd=Decimal(1)), Bound(2))
    assert purse.affords(Budget(usd=Decimal(1)), runs=10**6, calls=0)
    purse = purse.informed(Totals(calls=20, usd=Decimal("0.10")), 10)
    assert purse.affords(Budget(usd=Decimal("0.90")), runs=10, calls=10)
    assert not purse.affords(Budget(usd=Decimal("0.90")), runs=50, calls=10)


@given(st.integers(0, 60), st.integers(1, 3_000), st.integers(1, 30), st.integers(0, 400))
def test_likely_runs_are_at_least_what_the_strict_bound_affords(test, calls, each, most):
    purse = Purse.divide(splits(30, test), Budget(calls=calls), Bound(each)).informed(Totals(calls=2 * each), 4)
    runs = purse.likely_runs(Budget(calls=calls), most)
    strict = purse.rows(Budget(calls=calls), most, each=1, reserved=purse.reserve.runs)
    assert strict <= runs <= most


def test_likely_runs_go_by_what_rows_have_cost():
    purse = Purse.divide(splits(10, 10), Budget(calls=800), Bound(10))
    assert purse.reserve.runs == 40
    assert purse.likely_runs(Budget(calls=600), 10**6) == 20
    purse = purse.informed(Totals(calls=40), 20)
    assert purse.likely_runs(Budget(calls=600), 10**6) == 80
    assert purse.likely_runs(Budget(calls=600), 5) == 5
    assert purse.likely_runs(Budget(calls=400), 5) == 0


def test_likely_runs_have_to_be_paid_for_as_well():
    purse = Purse.divide(splits(0, 0), Budget(usd=Decimal(1)), Bound(2))
    purse = purse.informed(Totals(calls=20, usd=Decimal("0.10")), 10)
    assert purse.likely_runs(Budget(usd=Decimal("0.25")), 100) == 20
    assert purse.likely_runs(Budget(), 100) == 100
