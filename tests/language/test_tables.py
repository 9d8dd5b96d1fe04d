"""What the tables show as an example is language: it is read and checked without a problem."""

from __future__ import annotations

import re

import pytest

from prompts_lang.analysis.static import check_static
from prompts_lang.graph.located import problems_of
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import Project
from prompts_lang.graph.properties import CONDITIONS, DECLARATIONS, PROPERTIES, SIGNATURES, Takes
from prompts_lang.graph.types import TYPE_FORMS
from prompts_lang.syntax.file import SyntaxFile
from tests.graph.files import MAIN, meaning_of

NAMES = """model student = "openai/gpt-4o-mini"
model teacher = "openai/gpt-4o"
corpus wiki from "wiki.jsonl"
dataset questions from "questions.jsonl"
metric score(answer, expected) = f1
metric cost(answer) = truth
"""
GRAPH = """
graph main(question: text, hint: text, chat: chat, text: text) -> plan.query, ok = check.ok

llm plan(question) -> query: text, steps: list[text], person: {age: integer}
  model student
  user: {{question}}

code check(question) -> ok: boolean
  python: ok = True
"""
OWNERS = {
    "model": 'model subject = "openai/gpt-4o-mini"\n',
    "corpus": 'corpus subject from "wiki.jsonl"\n',
    "dataset": 'dataset subject from "rows.jsonl"\n',
    "llm": "llm subject(question, hint, chat) -> query: text\n",
    "code": "code subject(question, hint, text) -> ok: boolean, query: text\n",
    "retrieve": "retrieve subject(question, hint) -> query: list[text]\n",
    "call": "call subject = inner(ok = check.ok)\n",
    "metric": "metric subject(answer) judged by student\n",
    "optimize": "optimize main on questions\n",
}
INNER = """
graph inner(ok: boolean) -> ok = again.ok, query = again.query

code again(ok) -> ok: boolean, query: text
  python: ok, query = ok, ""
"""
EXAMPLES = [pytest.param(owner, rule, id=f"{owner}-{rule.word}") for rule in PROPERTIES for owner in rule.on]


@pytest.mark.parametrize(("owner", "rule"), EXAMPLES)
def test_the_example_of_a_property(owner: str, rule):
    source = f"{NAMES}{GRAPH}\n{OWNERS[owner]}  {rule.example}\n{INNER}"
    meaning = meaning_of(source)
    line = source.encode().index(f"\n  {rule.example}\n".encode()) + 1
    end = line + len(f"  {rule.example}".encode())
    found = [problem for problem in problems_of(meaning) if line <= problem.span.start < end]
    assert [problem.message for problem in found] == []
    assert rule.takes is not Takes.SECTION or rule.example.partition(":")[2]


@pytest.mark.parametrize("form", DECLARATIONS, ids=lambda form: form.keyword)
def test_the_snippet_of_a_declaration(form):
    text = re.sub(r"\$\{\d+:((?:[^{}$]|\$\$)*)\}", r"\1", form.snippet).replace("$$", "$")
    file = SyntaxFile.parse(text.encode())
    assert [problem.message for chunk in file.chunks for problem in chunk.problems] == []
    (chunk,) = file.chunks
    assert chunk.declaration is not None
    assert chunk.declaration.keyword.text == form.keyword


@pytest.mark.parametrize("form", [form for form, _ in CONDITIONS])
def test_the_example_of_a_condition(form: str):
    source = (
        'graph main(check: {ok: boolean}, score: number, verdict: "yes" | "no", passages: list[text], '
        "a: boolean, b: boolean, c: boolean) -> n.out\n\n"
        f"code n(check, score, verdict, passages, a, b, c) -> out: boolean\n  when {form}\n  ensure {form}\n  python: out = True\n"
    )
    assert check_static(Project({MAIN: source.encode()}.get), MAIN) == ()


@pytest.mark.parametrize("form", TYPE_FORMS)
def test_the_form_of_a_type(form: str):
    written = form.replace("T", "integer")
    source = (
        f"graph main(value: {written}) -> n.out\n\ncode n(value: {written}) -> out: {written}\n  python: out = value\n"
    )
    assert check_static(Project({MAIN: source.encode()}.get), MAIN) == ()


@pytest.mark.parametrize("form", [form for form, _ in SIGNATURES])
def test_the_example_of_a_signature(form: str):
    written = form.replace("(…)", "(question)" if form.startswith("llm") else "(question: text)")
    head = written if "->" in written or written.startswith("call") else f"{written} -> answer: text"
    file = SyntaxFile.parse(f"{head}\n".encode())
    assert [problem.message for chunk in file.chunks for problem in chunk.problems] == []


def test_every_declaration_has_a_form_and_every_property_an_owner():
    keywords = {form.keyword for form in DECLARATIONS}
    assert all(set(rule.on) <= keywords for rule in PROPERTIES)
    assert set(OWNERS) == {owner for rule in PROPERTIES for owner in rule.on}


def test_what_the_tests_stand_on_has_no_problems():
    found = check_static(Project({MAIN: f"{NAMES}{GRAPH}{INNER}".encode()}.get), MAIN)
    assert [problem.message for problem in found if problem.severity is Severity.ERROR] == []
