"""What a cell of a table is for an input of a type."""

from __future__ import annotations

import pytest

from prompts_lang.data.values import read_cell
from prompts_lang.graph.types import (
    BooleanType,
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
)


@pytest.mark.parametrize(
    ("type_", "cell", "value"),
    [
        (TextType(), "3", "3"),
        (IntegerType(), "3", 3),
        (IntegerType(), " 3 ", 3),
        (IntegerType(), "3.0", 3),
        (IntegerType(), 3.0, 3),
        (IntegerType(), 3.5, 3.5),
        (NumberType(), "3.5", 3.5),
        (NumberType(), "NaN", "NaN"),
        (NumberType(), "1e999", "1e999"),
        (BooleanType(), "true", True),
        (BooleanType(), "yes", "yes"),
        (ChoiceType(("yes", "no")), "yes", "yes"),
        (ListType(TextType()), '["a"]', ["a"]),
        (ListType(IntegerType()), [1.0, 2.0], [1, 2]),
        (RecordType((Field("n", IntegerType()),)), {"n": 2.0, "more": 2.0}, {"n": 2, "more": 2.0}),
        (OptionalType(IntegerType()), "", None),
        (OptionalType(IntegerType()), 4.0, 4),
        (OptionalType(TextType()), "", ""),
        (JsonType(), "3", "3"),
        (TextType(), "a\ud800b", "a?b"),
        (ListType(TextType()), '["\\ud800"]', ["?"]),
    ],
)
def test_a_cell_is_read_by_the_type_that_is_asked_for(type_: Type, cell: JsonValue, value: JsonValue):
    read = read_cell(type_, cell)
    assert (read, type(read)) == (value, type(value))
