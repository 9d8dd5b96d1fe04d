"""Datasets, splits and metrics: what a graph is measured by."""

from __future__ import annotations

import json

import pytest

from prompts_lang.data.dataset import read_rows
from prompts_lang.data.splitting import Split
from prompts_lang.engine.objective import choose_objective
from prompts_lang.engine.provider.model import Request
from tests.language.running import STUDENT, Language

GRAPH = "graph main(question: text) -> answer = a.out\n\ncode a(question) -> out: text\n  python: out = question\n\n"
CASES = "".join(
    f'  case question = "{number}", answer = "{number if number < 5 else 0}", part = "test", id = "r{number}"\n'
    for number in range(6)
)
ROWS = f"dataset rows\n  expect answer\n  split by part\n{CASES}\n"
ALLOWED = ("P604",)
"""All rows of these cases are for testing, which is told."""


async def test_cases_are_rows_in_place(language: Language):
    language.write(f"{ROWS}{GRAPH}metric score(answer, expected) = exact\n")
    found = await language.evaluate(allowed=ALLOWED)
    assert found.to_json()["rows"] == 6
    assert found.to_json()["score"] == pytest.approx(5 / 6, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.jsonl", '{"question": "1", "answer": "1"}\n{"question": "2", "answer": "2"}\n'),
        ("rows.csv", "question,answer\n1,1\n2,2\n"),
    ],
)
def test_rows_come_from_files(language: Language, name: str, text: str):
    source = (
        f'dataset rows from "{name}"\n  expect answer\n  split 1/0/0\n\n{GRAPH}metric score(answer, expected) = exact\n'
    )
    language.write(source, **{name.replace(".", "__"): text})
    rows = read_rows(choose_objective(language.program()).dataset)
    assert [(dict(row.values), row.split) for row in rows] == [
        ({"question": "1", "answer": "1"}, Split.TRAIN),
        ({"question": "2", "answer": "2"}, Split.TRAIN),
    ]


def test_a_split_moves_no_row_when_others_come(language: Language):
    def splits(count: int) -> dict[str, Split]:
        lines = (json.dumps({"id": f"r{number}", "question": str(number), "answer": "x"}) for number in range(count))
        source = f'dataset rows from "rows.jsonl"\n  expect answer\n  split 40/30/30\n\n{GRAPH}metric score(answer) = truth\n'
        language.write(source, rows__jsonl="\n".join(lines))
        return {row.id: row.split for row in read_rows(choose_objective(language.program()).dataset)}

    few, many = splits(40), splits(60)
    assert {row: many[row] for row in few} == few
    assert [list(many.values()).count(split) for split in Split] == pytest.approx([24, 18, 18], abs=1)


async def test_several_reference_columns_are_an_object(language: Language):
    language.write(
        "dataset rows\n  expect answer, why\n  split by part\n"
        '  case question = "1", answer = "1", why = "so", part = "test"\n\n'
        f'{GRAPH}metric score(answer, expected) from "metrics.py:score"\n',
        metrics__py="def score(answer, expected):\n    return float(expected == {'answer': answer, 'why': 'so'})\n",
    )
    assert (await language.evaluate(allowed=ALLOWED)).to_json()["score"] == 1


async def test_a_function_gives_a_number_or_a_number_and_feedback(language: Language):
    language.write(
        f'{ROWS}{GRAPH}metric score(answer, expected, question) from "metrics.py:score"\n',
        metrics__py="def score(answer, expected, question):\n    return {'score': 0.25, 'feedback': 'close to ' + question}\n",
    )
    assert (await language.evaluate(allowed=ALLOWED)).to_json()["score"] == 0.25


async def test_a_judge_scores_by_a_rubric(language: Language):
    language.write(
        f"{STUDENT}{ROWS}{GRAPH}metric score(answer, question) judged by student\n"
        "  rubric:\n    Is it polite to say {{answer}}?\n"
    )
    asked: list[str] = []

    def judge(request: Request) -> str:
        asked.append(request.messages[-1].content)
        return '{"critique": "Not really.", "score": 0.5}'

    language.answer = judge
    found = await language.evaluate(allowed=ALLOWED)
    assert found.to_json()["score"] == 0.5
    assert "Is it polite to say" in asked[0]
    assert "<question>" in asked[0]


def test_a_metric_can_be_minimised(language: Language):
    language.write(
        f"{STUDENT}{ROWS}graph main(question: text) -> answer = a.out\n\n"
        "llm a(question) -> out: text\n  model student\n  learn user: {{question}}\n\nmetric cost(answer) = truth\n\n"
        "optimize main on rows\n  minimize cost\n  critic student\n  rewriter student\n  budget 10 calls\n"
    )
    objective = choose_objective(language.program(ALLOWED))
    assert (objective.metric.name, objective.maximize) == ("cost", False)


def test_an_optimize_block_says_everything(language: Language):
    language.write(
        f"{STUDENT}{ROWS}graph main(question: text) -> answer = a.out\n\n"
        "llm a(question) -> out: text\n  model student\n  learn user: {{question}}\n\n"
        "metric score(answer, expected) = exact\n\n"
        "optimize main on rows\n  maximize score\n  critic student\n  rewriter student\n"
        "  budget 300 calls\n  rounds 3\n  seed 7\n"
    )
    (block,) = language.program(ALLOWED).optimizations
    assert (block.graph, block.dataset, block.metric, block.maximize) == ("main", "rows", "score", True)
    assert (block.budget_calls, block.budget_usd, block.rounds, block.seed) == (300, None, 3, 7)
    assert block.critic == block.rewriter == language.program(ALLOWED).models["student"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("expect answer", "expect anwser", "P603"),
        ("split by part", "split by prat", "P603"),
        ("exact", "exakt", "P702"),
        ("(answer, expected)", "(answer)", "P701"),
        ("(answer, expected)", "(anwser, expected)", "P701"),
        ("question = ", "frage = ", "P603"),
        ('id = "r1"', 'id = "r0"', "P608"),
        ("exact", "number", "P705"),
    ],
)
def test_mistakes_are_told(language: Language, old: str, new: str, code: str):
    source = f"{ROWS}{GRAPH}metric score(answer, expected) = exact\n"
    source = source.replace('answer = "1"', 'answer = "one"')
    language.write(source.replace(old, new))
    assert code in language.told()
