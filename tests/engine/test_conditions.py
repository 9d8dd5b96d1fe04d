"""Conditions are decided for all values, absent ones included."""

from __future__ import annotations

import pytest

from prompts_lang.engine.conditions import describe, holds
from prompts_lang.graph.model import AllOf, AnyOf, Comparison, Constant, IsEmpty, Not, Operand, Reference

VALUES = {"yes": True, "no": False, "word": "b", "blank": " ", "three": 3, "zero": 0, "list": [1], "none": []}


def name(written: str) -> Operand:
    return Operand(Reference(None, written))


def lookup(reference: Reference):
    return VALUES.get(reference.output)


@pytest.mark.parametrize(
    ("operand", "expected"),
    [
        ("yes", True),
        ("no", False),
        ("word", True),
        ("blank", False),
        ("three", True),
        ("zero", False),
        ("list", True),
        ("none", False),
        ("absent", False),
    ],
)
def test_a_name_alone_is_true_where_it_says_something(operand, expected):
    assert holds(name(operand), lookup) is expected
    assert holds(Not(name(operand)), lookup) is not expected


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        ("three", "==", 3, True),
        ("three", "==", 3.0, True),
        ("three", "<", 4.5, True),
        ("three", ">=", 4, False),
        ("word", "<", "c", True),
        ("word", "!=", "c", True),
        ("yes", "==", True, True),
        ("yes", "==", 1, False),
        ("yes", "!=", 1, True),
        ("word", "<", 3, False),
        ("word", "==", 3, False),
        ("yes", "<", True, False),
        ("absent", "==", "x", False),
        ("absent", "!=", "x", False),
    ],
)
def test_comparisons(left, operator, right, expected):
    assert holds(Comparison(operator, name(left), Constant(right)), lookup) is expected


@pytest.mark.parametrize(
    ("operand", "expected"),
    [("blank", True), ("none", True), ("absent", True), ("zero", False), ("no", False), ("word", False)],
)
def test_empty_means_without_content(operand, expected):
    assert holds(IsEmpty(name(operand)), lookup) is expected


def test_conditions_combine_and_can_be_written_down():
    condition = AllOf((name("yes"), AnyOf((name("no"), Not(IsEmpty(name("word")))))))
    assert holds(condition, lookup)
    assert describe(condition) == "yes and (no or word is not empty)"
    assert describe(Comparison(">=", name("three"), Constant(True))) == "three >= true"
