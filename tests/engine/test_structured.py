"""Replies are read tolerantly in form and strictly in content."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.engine.structured import Misfit, as_reply, fenced, fit_outputs, is_plain, read_reply, reply_schema
from prompts_lang.graph.types import (
    ChoiceType,
    Field,
    IntegerType,
    ListType,
    NumberType,
    OptionalType,
    RecordType,
    TextType,
)
from tests.engine.build import TEXT, ports

TWO = ports(query=TEXT, count=IntegerType())
WANTED = {"query": "x", "count": 3}


def test_one_text_is_the_reply_itself():
    assert is_plain(ports(answer=TEXT))
    assert reply_schema(ports(answer=TEXT)) is None
    assert read_reply('  {"not": "parsed"}\n', ports(answer=TEXT)) == {"answer": '{"not": "parsed"}'}


def test_anything_else_asks_for_an_object_with_all_outputs():
    assert reply_schema(TWO) == {
        "type": "object",
        "properties": {"query": {"type": "string"}, "count": {"type": "integer"}},
        "required": ["query", "count"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "reply",
    [
        '{"query": "x", "count": 3}',
        '\ufeff {"query": "x", "count": 3.0, "extra": true}',
        '```json\n{"query": "x", "count": 3}\n```',
        'Here it is:\n```\n{"query": "x", "count": 3}\n```\nDone.',
        'Sure! {"query": "x", "count": 3} I hope that helps.',
    ],
)
def test_packaging_does_not_matter(reply):
    assert read_reply(reply, TWO) == WANTED


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        ("", "the reply is empty; it must be a JSON object"),
        ("I do not know.", 'the reply is not a JSON object but "I do not know."'),
        ("12 apples", 'the reply is not a JSON object but "12 apples"'),
        ('{"query": "x"', "the reply is not JSON: expecting ',' delimiter at line 1, column 14"),
        ('{"query": NaN, "count": 1}', "the reply is not JSON: NaN is not a JSON number"),
        ('["x", 3]', "the reply must be an object with 'query', 'count', not [\"x\", 3]"),
        ('{"query": "x"}', "the reply has no field 'count'"),
        ('{"query": 1, "count": 2}', "'query' must be a text, not 1"),
        ('{"query": "x", "count": 2.5}', "'count' must be an integer, not 2.5"),
        ('{"query": "x", "count": true}', "'count' must be an integer, not true"),
    ],
)
def test_what_does_not_fit_is_named_exactly(reply, complaint):
    assert read_reply(reply, TWO) == Misfit(complaint)


@pytest.mark.parametrize("reply", ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000, '{"count": ' + "9" * 10_000 + "}"])
def test_hostile_json_is_a_misfit_and_no_crash(reply):
    assert isinstance(read_reply(reply, TWO), Misfit)


@pytest.mark.parametrize(
    ("reply", "type_", "value"),
    [
        ("yes", ChoiceType(("yes", "no")), "yes"),
        ('"no"', ChoiceType(("yes", "no")), "no"),
        ('{"out": "no"}', ChoiceType(("yes", "no")), "no"),
        ('["a", "b"]', ListType(TextType()), ["a", "b"]),
        ('{"name": "Ann", "age": 7.0}', RecordType((Field("name", TEXT), Field("age", IntegerType()))), None),
        ("3", NumberType(), 3),
    ],
)
def test_a_single_output_may_come_bare(reply, type_, value):
    assert read_reply(reply, ports(out=type_)) == {"out": value or {"name": "Ann", "age": 7}}


def test_an_optional_output_may_be_missing_or_null():
    outputs = ports(query=TEXT, hint=OptionalType(TEXT))
    assert read_reply('{"query": "x", "hint": null}', outputs) == {"query": "x"}
    assert read_reply('{"query": "x"}', outputs) == {"query": "x"}


def test_problems_of_the_same_kind_have_the_same_detail():
    first = read_reply('{"query": 1, "count": 2}', TWO)
    second = read_reply('{"query": 25, "count": 2}', TWO)
    assert isinstance(first, Misfit)
    assert isinstance(second, Misfit)
    assert first.problem().detail == second.problem().detail


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_reading_never_raises(value):
    for outputs in (TWO, ports(out=ListType(TEXT))):
        read_reply(json.dumps(value), outputs)
        fit_outputs(value, outputs, "the value")


@given(st.text().filter(lambda text: text.isprintable()), st.integers())
def test_a_written_reply_reads_back(query, count):
    values = {"query": query, "count": count}
    written = as_reply(values, TWO)
    assert written is not None
    assert read_reply(written, TWO) == values
    assert as_reply({"query": query}, TWO) is None


@given(st.text(alphabet="`\n ab-{}", max_size=60))
def test_fences_are_found_as_a_regular_expression_would(text: str) -> None:
    closed = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\n(.*?)```", re.DOTALL)
    expected = [content.strip() for content in closed.findall(text)]
    assert list(fenced(text))[: len(expected)] == expected


@pytest.mark.parametrize("filling", [" ", "\n", "\t", " \n", "```\n", "`", "```a", "{", "\\"])
def test_a_reply_that_is_filled_up_to_the_limit_is_read_like_any_other(filling: str) -> None:
    # A pass for every blank would take hours here.
    endless = filling * (1_000_000 // len(filling))
    assert isinstance(read_reply(f"```json\n{endless}", ports(n=IntegerType())), Misfit)
