from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.cli.amounts import dollars, plural, scored


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, "unknown cost"),
        (Decimal(0), "$0.00"),
        (Decimal("0.00001"), "less than $0.0001"),
        (Decimal("0.0012"), "$0.0012"),
        (Decimal("0.01"), "$0.01"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money_is_shown_as_exactly_as_it_matters(usd: Decimal | float | None, shown: str) -> None:
    assert dollars(usd) == shown


def test_a_score_stands_with_its_interval() -> None:
    assert scored(0.5, (0.25, 0.75)) == "0.500 (95 % between 0.250 and 0.750)"
    assert scored(0.5, None) == "0.500"
    assert scored(None, None) == "no score"


def test_one_is_no_plural() -> None:
    assert (plural(1, "row"), plural(0, "row"), plural(2, "row")) == ("1 row", "0 rows", "2 rows")
