"""JSON from outside is read as JSON, and never so deep that something later breaks on it."""

from __future__ import annotations

import json

import pytest

from prompts_lang.data.json_values import DEEPEST, TooDeepError, flaw, is_too_deep, read_json


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "text", ['{"a": [1, 2.5, "x", true, null]}', "3", '"[[[["', "1e300", f"[{'[],' * 500}[]]", nested(DEEPEST)]
)
def test_json_is_read(text: str):
    assert read_json(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NaN", "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "1e999 is not a JSON number"),
        ("9" * 400 + ".5", f"{'9' * 20} is not a JSON number"),
        (nested(DEEPEST + 1), "it nests more than 200 levels deep"),
        (nested(100_000), "it nests more than 200 levels deep"),
        ('{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1), "it nests more than 200 levels deep"),
    ],
)
def test_what_python_reads_beyond_json_is_refused(text: str, why: str):
    with pytest.raises(ValueError, match=f"^{why}$"):
        read_json(text)


def test_what_is_too_deep_can_be_told_from_what_is_no_json():
    with pytest.raises(TooDeepError):
        read_json(nested(DEEPEST + 1))
    with pytest.raises(json.JSONDecodeError):
        read_json("[" * DEEPEST)


def test_whatever_is_read_can_be_written_from_a_deep_stack():
    def at(frames: int) -> str:
        return at(frames - 1) if frames else json.dumps(read_json(nested(DEEPEST)))

    assert at(500) == nested(DEEPEST)
    assert not is_too_deep(json.loads(nested(DEEPEST)))
    assert is_too_deep(json.loads(nested(DEEPEST + 1)))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": [1, 2.5, "x", True, None]}, None),
        (float("nan"), "holds nan, which is not a JSON number"),
        ([{"a": float("-inf")}], "holds -inf, which is not a JSON number"),
        ((1, 2), "holds a tuple, which is not a JSON value"),
        ({"a": {1}}, "holds a set, which is not a JSON value"),
        ({1: "a"}, "holds a dict with a key that is no text"),
        (json.loads(nested(DEEPEST)), None),
        (json.loads(nested(DEEPEST + 1)), "nests more than 200 levels deep"),
    ],
)
def test_a_python_value_may_be_no_json(value: object, why: str | None):
    assert flaw(value) == why
