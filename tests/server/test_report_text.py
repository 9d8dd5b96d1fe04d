"""What a report says in a few words."""

from typing import Any

import pytest

from prompts_server.report_text import summary


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ({"score": 0.62, "interval": [0.54, 0.7], "scored": 60}, "62 % (54-70) on 60 rows"),
        ({"score": 1.0, "interval": [0.21, 1.0], "scored": 1}, "100 % (21-100) on 1 row"),
        ({"before": {"score": 0.23}, "after": {"score": 1.0}}, "23 % → 100 %"),
        ({"outputs": {"answer": "here"}}, ""),
    ],
)
def test_a_score_in_one_line(report: dict[str, Any], said: str) -> None:
    assert summary(report) == said
