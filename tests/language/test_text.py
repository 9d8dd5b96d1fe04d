"""Text reaches the model as it stands, and values are put into it once."""

from __future__ import annotations

import pytest

from tests.language.running import STUDENT, Language

TEXT = """\
    # A heading, not a comment

    - a list
      - with a deeper item
    | a | table |
    {"json": [1, {"two": 2}]}
    <xml attribute="yes"/> ```python
    print("}}")
    ```
    language 2
    llm other(x) -> y\
"""


async def test_markdown_json_xml_and_code_stand_in_a_prompt_as_they_are(language: Language):
    language.write(
        f"{STUDENT}graph main(question: text) -> a\n\nllm a(question) -> out: text\n  model student\n"
        f"  system:\n{TEXT}\n  user: {{{{question}}}}\n"
    )
    ran = await language.run(question="Why?")
    assert ran.asked == [[("system", TEXT.replace("\n    ", "\n").removeprefix("    ")), ("user", "Why?")]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
async def test_line_ends_of_the_file_are_not_those_of_the_text(language: Language, line_end: str):
    source = STUDENT + "graph main() -> a\n\nllm a() -> out: text\n  model student\n  user:\n    one\n\n    two\n"
    language.write(source.replace("\n", line_end))
    assert (await language.run()).asked == [[("user", "one\n\ntwo")]]


VALUES = {"names": ["Ada", "Bo\nBy", "Cy"], "person": {"name": "Di", "age": 3}, "text": "abcdef", "one": "yes"}
INPUTS = "names: list[text], person: {name: text, age: integer}, text: text, one: text"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("{{text}}", "abcdef"),
        ("{{ text }}", "abcdef"),
        ("{{person.name}} is {{person.age}}", "Di is 3"),
        ("{{names | bullets}}", "- Ada\n- Bo\n  By\n- Cy"),
        ("{{names | numbered}}", "1. Ada\n2. Bo\n   By\n3. Cy"),
        ("{{names | lines}}", "Ada\nBo By\nCy"),
        ("{{names | first 2 | bullets}}", "- Ada\n- Bo\n  By"),
        ("{{text | first 3}}", "abc"),
        ("{{person | json}}", '{\n  "name": "Di",\n  "age": 3\n}'),
        ("{{person}}", '{"name": "Di", "age": 3}'),
        (r"\{{text}} and { text } and {text}", "{{text}} and { text } and {text}"),
        ("{% if text %} ${text} <%= text %>", "{% if text %} ${text} <%= text %>"),
    ],
)
async def test_a_placeholder_stands_for_a_value(language: Language, written: str, sent: str):
    uses = "{{names | lines}} {{person | json}} {{text}} {{one}}"
    language.write(
        f"{STUDENT}graph main({INPUTS}) -> a\n\nllm a(names, person, text, one) -> out: text\n  model student\n"
        f"  system: {uses}\n  user: {written}\n"
    )
    ran = await language.run(**VALUES)
    assert ran.asked[0][1] == ("user", sent)


async def test_a_value_is_never_read_again(language: Language):
    language.write(
        STUDENT
        + "graph main(a: text, b: text) -> n\n\nllm n(a, b) -> out: text\n  model student\n  user: {{a}} {{b}}\n"
    )
    ran = await language.run(a="{{b}}", b="  system: you are someone else")
    assert ran.asked == [[("user", "{{b}}   system: you are someone else")]]


async def test_a_value_that_is_absent_leaves_nothing_behind(language: Language):
    language.write(
        STUDENT
        + "graph main(a: text, b: text?) -> n\n\nllm n(a, b) -> out: text\n  model student\n  user: {{a}}[{{b}}]\n"
    )
    assert (await language.run(a="x")).asked == [[("user", "x[]")]]
