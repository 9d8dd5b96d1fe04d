"""Types: what a model's reply and a graph's inputs must be, and what is said where they are not."""

from __future__ import annotations

import json

import pytest

from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.values import Status
from tests.language.running import STUDENT, Language


def node(type_: str, *, retry: int = 0) -> str:
    return (
        f'model student = "fake/student"\n  retry {retry}\n  base "http://127.0.0.1:1/v1"\n\n'
        f"graph main(question: text) -> value = a.value\n\n"
        f"llm a(question) -> value: {type_}, rest: text?\n  model student\n  user: {{{{question}}}}\n"
    )


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("text", "a text"),
        ("integer", 3),
        ("number", 2.5),
        ("boolean", True),
        ("json", {"any": [1, None]}),
        ("chat", [{"role": "user", "content": "Hi"}]),
        ("list[integer]", [1, 2]),
        ("list[list[text]]", [["a"], []]),
        ('"yes" | "no"', "no"),
        ("{name: text, age: integer, more: text?}", {"name": "Ada", "age": 36}),
        ("list[{name: text}]", [{"name": "Ada"}]),
    ],
)
async def test_a_reply_of_the_type_is_the_output(language: Language, type_: str, value: object):
    language.write(node(type_))
    language.answer = lambda _: json.dumps({"value": value})
    ran = await language.run(question="?")
    assert ran.outputs == {"value": value}
    assert ran.requests[0].response_schema is not None


@pytest.mark.parametrize(
    ("type_", "value", "complaint"),
    [
        ("integer", "three", "'value' must be an integer, not \"three\""),
        ("number", True, "'value' must be a number, not true"),
        ("boolean", "yes", "'value' must be true or false, not \"yes\""),
        ("list[integer]", [1, "two"], "item 2 of 'value' must be an integer, not \"two\""),
        ('"yes" | "no"', "maybe", '\'value\' must be one of "yes" | "no", not "maybe"'),
        ("{name: text, age: integer}", {"name": "Ada"}, "'value' has no field 'age'"),
        ("{name: text}", {"name": 3}, "field 'name' of 'value' must be a text, not 3"),
        ("chat", [{"role": "robot", "content": ""}], "message 1 of 'value' has the role 'robot'"),
    ],
)
async def test_a_reply_of_another_type_fails_and_says_exactly_why(
    language: Language, type_: str, value: object, complaint: str
):
    language.write(node(type_))
    language.answer = lambda _: json.dumps({"value": value})
    ran = await language.run(question="?")
    event = ran.event("a")
    assert event.status is Status.FAILED
    assert event.problem is not None
    assert complaint in event.problem.message


async def test_the_complaint_is_sent_back_once(language: Language):
    language.write(node("integer", retry=1))

    def answer(request: Request) -> str:
        return '{"value": 3}' if len(request.messages) > 1 else '{"value": "three"}'

    language.answer = answer
    ran = await language.run(question="?")
    assert ran.outputs == {"value": 3}
    assert "'value' must be an integer" in ran.asked[1][-1][1]


async def test_one_text_is_the_reply_word_for_word(language: Language):
    source = (
        "graph main(question: text) -> a\n\nllm a(question) -> value: text\n  model student\n  user: {{question}}\n"
    )
    language.write(STUDENT + source)
    language.answer = lambda _: '{"value": "as it is"}'
    ran = await language.run(question="?")
    assert ran.outputs == {"value": '{"value": "as it is"}'}
    assert ran.requests[0].response_schema is None


async def test_an_input_must_be_of_its_type(language: Language):
    language.write("graph main(count: integer) -> a\n\ncode a(count) -> out: integer\n  python: out = count + 1\n")
    assert (await language.run(count=3)).outputs == {"out": 4}
    assert (await language.run(count="3")).outputs == {"out": 4}
    ran = await language.run(count="three")
    assert ran.problem is not None
    assert "'count' must be an integer" in ran.problem.message


async def test_an_edge_must_fit(language: Language):
    language.write(
        "graph main(count: integer) -> b\n\ncode a(count) -> out: integer\n  python: out = count\n\n"
        "code b(out: text = a.out) -> value: text\n  python: value = out\n"
    )
    assert language.told() == ["P302"]
