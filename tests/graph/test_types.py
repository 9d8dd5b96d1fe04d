"""Types: what fits where, how a type is written, and what is said of a value that does not fit."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.resolve.types import read_type
from prompts_lang.graph.types import (
    AnyType,
    BooleanType,
    ChatType,
    ChoiceType,
    Field,
    IntegerType,
    JsonType,
    JsonValue,
    ListType,
    NumberType,
    OptionalType,
    RecordType,
    TextType,
    Type,
    accepts,
    describe,
    json_schema,
    misfit,
)
from prompts_lang.syntax import nodes
from prompts_lang.syntax.file import SyntaxFile

NAMES = st.sampled_from(["a", "b", "name"])
SIMPLE = st.sampled_from([TextType(), IntegerType(), NumberType(), BooleanType(), JsonType(), ChatType()])
CHOICES = st.lists(st.sampled_from(["yes", "no", 'a "b"', "ü"]), min_size=1, max_size=3, unique=True).map(
    lambda values: ChoiceType(tuple(values))
)


def nested(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    fields = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    records = fields.map(lambda found: RecordType(tuple(Field(name, type_) for name, type_ in found.items())))
    required = inner.filter(lambda type_: not isinstance(type_, OptionalType | ChoiceType | JsonType))
    return st.one_of(inner.map(ListType), records, required.map(OptionalType))


TYPES: st.SearchStrategy[Type] = st.recursive(st.one_of(SIMPLE, CHOICES), nested, max_leaves=6)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, "yes", "text", ""])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


def read(text: str) -> Type:
    """The type as a file says it."""
    file = SyntaxFile.parse(f"graph g(x: {text}) -> x\n".encode())
    (declaration,) = [declaration for _, declaration in file.declarations()]
    assert isinstance(declaration, nodes.GraphDeclaration)
    assert list(file.problems()) == []
    report = Report()
    found = read_type(declaration.inputs[0].type, report, AnyType())
    assert report.problems == []
    return found


@pytest.mark.parametrize(
    "text",
    [
        "text",
        "list[list[integer]]",
        '"yes" | "no"',
        "{name: text, age: integer?, tags: list[text]}",
        "chat?",
        "list[json]",
        "list[{a: boolean}]",
    ],
)
def test_a_type_is_described_as_it_is_written(text: str):
    assert describe(read(text)) == text


@given(TYPES)
def test_what_is_described_reads_as_the_same_type(type_: Type):
    assert read(describe(type_)) == type_


@pytest.mark.parametrize(
    ("target", "source", "fits"),
    [
        ("text", "text", True),
        ("text", '"yes" | "no"', True),
        ('"yes" | "no"', "text", False),
        ('"yes" | "no"', '"yes"', True),
        ('"yes"', '"yes" | "no"', False),
        ("number", "integer", True),
        ("integer", "number", False),
        ("json", "{a: text}", True),
        ("text", "json", False),
        ("text?", "text", True),
        ("text", "text?", False),
        ("list[number]", "list[integer]", True),
        ("list[text]", "text", False),
        ("list", "list[text]", True),
        ("{a: text}", "{a: text, b: text}", True),
        ("{a: text, b: text}", "{a: text}", False),
        ("{a: text, b: text?}", "{a: text}", True),
        ("chat", "list[json]", False),
        ("boolean", "integer", False),
    ],
)
def test_what_fits_along_an_edge(target: str, source: str, fits: bool):
    assert accepts(read(target), read(source)) is fits


@given(TYPES)
def test_a_type_accepts_itself(type_: Type):
    assert accepts(type_, type_)


@given(TYPES, TYPES, VALUES)
def test_a_value_of_a_type_is_one_of_every_type_that_accepts_it(target: Type, source: Type, value: JsonValue):
    if accepts(target, source) and misfit(source, value) is None:
        assert misfit(target, value) is None


@given(TYPES, VALUES)
def test_a_value_that_the_schema_allows_fits(type_: Type, value: JsonValue):
    validator = jsonschema.Draft202012Validator(json_schema(type_))
    if validator.is_valid(value) and not _holds_integral_float(value):
        assert misfit(type_, value) is None


def _holds_integral_float(value: JsonValue) -> bool:
    """JSON schema takes 1.0 for an integer; we do not."""
    if isinstance(value, float):
        return value.is_integer()
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return any(_holds_integral_float(item) for item in items)


@pytest.mark.parametrize(
    ("type_", "value", "said"),
    [
        ("text", 3, "the value must be a text, not 3"),
        ("integer", True, "the value must be an integer, not true"),
        ("number", "3", 'the value must be a number, not "3"'),
        ("boolean", 1, "the value must be true or false, not 1"),
        ("list[text]", ["a", None], "item 2 of the value must be a text, not null"),
        ('"yes" | "no"', "maybe", 'the value must be one of "yes" | "no", not "maybe"'),
        ("{a: {b: text}}", {"a": {}}, "field 'a' of the value has no field 'b' (it needs {b: text})"),
        (
            "chat",
            [{"role": "robot", "content": ""}],
            "message 1 of the value has the role 'robot'; it must be system, user or assistant",
        ),
        ("chat", ["hi"], "message 1 of the value must be an object with a 'role' and a text 'content'"),
        ("text", ["x" * 80], 'the value must be a text, not ["' + "x" * 55 + "…"),
    ],
)
def test_a_misfit_is_one_sentence(type_: str, value: JsonValue, said: str):
    assert misfit(read(type_), value) == said


def test_an_optional_field_may_be_missing_or_null():
    assert misfit(read("{a: text?}"), {}) is None
    assert misfit(read("{a: text?}"), {"a": None}) is None
