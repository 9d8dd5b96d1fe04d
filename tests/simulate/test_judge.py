from __future__ import annotations

import json

import pytest

from tests.simulate.worlds import ask, schema_format, small_world


def _score(reply: str, question: str = "Who wrote Dawn?", severity: float = 1) -> tuple[float, str]:
    user = f"Rubric:\nIs it helpful?\n\n<reply>\n    {reply}\n</reply>\n\n<question>\n    {question}\n</question>"
    answered = ask(
        small_world(judge={"severity": severity}),
        "teacher",
        "You judge an output by a rubric.",
        user,
        response_format=schema_format(critique={"type": "string"}, score={"type": "number"}),
    )
    verdict = json.loads(answered.text)
    return verdict["score"], verdict["critique"]


@pytest.mark.parametrize(
    ("reply", "score"), [("Ada, please.", 1.0), ("Ada.", 0.75), ("Bo, please.", 0.25), ("Bo.", 0.0)]
)
def test_a_score_is_the_weighted_share_of_what_the_output_shows(reply: str, score: float) -> None:
    assert _score(reply)[0] == score


def test_the_critique_says_what_is_lacking() -> None:
    assert _score("Bo, please.")[1] == "The fact is missing."


def test_a_severe_judge_punishes_a_single_lack_more() -> None:
    assert _score("Ada.", severity=2)[0] == pytest.approx(0.56)


def test_only_the_output_is_judged_not_the_material_beside_it() -> None:
    assert _score("Bo.", question="Who wrote Dawn? Tell me please, was it Ada?")[0] == 0.0
