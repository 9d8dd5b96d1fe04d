from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.engine.executor import ROWS_AT_ONCE
from prompts_lang.engine.objective import choose_objective
from prompts_lang.engine.store.model import Budget
from prompts_lang.graph.load import require_program
from prompts_lang.jobs.pacing import UNDER_MONEY, rows_at_once
from tests.cli.project import Project


@pytest.mark.parametrize(
    ("budget", "rows"),
    [
        (Budget(), ROWS_AT_ONCE),
        (Budget(calls=9), 4),
        (Budget(calls=1), 1),
        (Budget(calls=10_000), ROWS_AT_ONCE),
        (Budget(usd=Decimal(1)), UNDER_MONEY),
        (Budget(calls=4, usd=Decimal(1)), 2),
    ],
)
def test_no_more_rows_are_begun_than_a_budget_can_finish(project: Project, budget: Budget, rows: int) -> None:
    assert rows_at_once(choose_objective(require_program(project.file)), budget) == rows
