"""`when`, `else` and conditions: what runs, and what is there afterwards."""

from __future__ import annotations

import pytest

from prompts_lang.engine.values import Status
from tests.language.running import STUDENT, Language

SKIPPED = """graph main(question: text, again: boolean) -> answer = second.out else first.out, extra = second.out

code first(question) -> out: text
  python: out = question + "1"

code second(out = first.out, again) -> out: text
  when again
  python: out = out + "2"
"""


async def test_a_node_runs_where_its_condition_holds(language: Language):
    language.write(SKIPPED.replace("(out = first.out, again)", "(out = first.out)"))
    assert (await language.run(question="x", again=True)).outputs == {"answer": "x12", "extra": "x12"}


async def test_the_first_value_that_is_there_counts(language: Language):
    language.write(SKIPPED.replace("(out = first.out, again)", "(out = first.out)"))
    ran = await language.run(question="x", again=False)
    assert ran.outputs == {"answer": "x1"}
    assert ran.event("second").status is Status.SKIPPED


async def test_a_skipped_model_call_is_not_paid(language: Language):
    language.write(
        STUDENT + "graph main(question: text) -> answer = a.out else b.out\n\n"
        "code b() -> out: text\n  python: out = 'no need'\n\n"
        'llm a(question) -> out: text\n  model student\n  when question != "known"\n  user: {{question}}\n'
    )
    ran = await language.run(question="known")
    assert (ran.outputs, ran.requests) == ({"answer": "no need"}, ())


async def test_a_value_that_may_be_absent_can_be_passed_on(language: Language):
    language.write(
        "graph main(question: text, again: boolean) -> b\n\n"
        "code a(question) -> out: text\n  when again\n  python: out = question\n\n"
        "code b(text: text? = a.out) -> value: boolean\n  python: value = text is None\n"
    )
    assert (await language.run(question="x", again=False)).outputs == {"value": True}
    assert (await language.run(question="x", again=True)).outputs == {"value": False}


INPUTS = {"n": 3, "text": "abc", "ok": True, "none": [], "some": [1], "kind": "yes", "record": {"age": 4}}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("ok", True),
        ("not ok", False),
        ("n > 2", True),
        ("n >= 3 and n <= 3", True),
        ("n < 3 or n != 3", False),
        ("n == 3.0", True),
        ('text == "abc"', True),
        ('text < "abd"', True),
        ("none is empty", True),
        ("some is not empty", True),
        ("not some is empty", True),
        ('kind == "yes"', True),
        ('kind != "yes"', False),
        ("record.age > 3", True),
        ("missing", False),
        ("missing is empty", True),
        ("ok or none is empty and n > 5", True),
        ("(ok or none is empty) and n > 5", False),
        ("not (ok and n > 5)", True),
    ],
)
async def test_conditions(language: Language, condition: str, holds: bool):
    language.write(
        "graph main(n: integer, text: text, ok: boolean, none: list[integer], some: list[integer], "
        'kind: "yes" | "no", record: {age: integer}, missing: boolean?) -> a.value, all = all.value\n\n'
        f"code a() -> value: boolean\n  when {condition}\n  python: value = True\n\n"
        "code all(n, text, ok, none, some, kind, record, missing) -> value: boolean\n  python: value = True\n"
    )
    ran = await language.run(**INPUTS)
    assert ran.outputs == ({"value": True, "all": True} if holds else {"all": True})


def test_an_alternative_that_is_never_taken_is_told(language: Language):
    language.write(
        "graph main(a: text) -> b = n.out else a\n\ncode n(a) -> out: text\n  python: out = a\n",
    )
    assert language.told() == ["P309"]


def test_a_value_that_may_be_absent_must_be_allowed_for(language: Language):
    language.write(SKIPPED.replace("extra = second.out", "extra: text = second.out"))
    assert "P308" in language.told()
