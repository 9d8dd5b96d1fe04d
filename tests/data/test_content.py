"""Content keys: equal for equal content, different for anything that decides a result."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts_lang.data.content import canonical_json, content_key, stored_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_order_of_keys_does_not_matter():
    assert content_key("llm", {"a": 1, "b": [2]}) == content_key("llm", {"b": [2], "a": 1})


@pytest.mark.parametrize("other", [{"a": 1.5}, {"a": "1"}, {"a": True}, {"a": [1]}, {"b": 1}, {"a": None}, {}])
def test_other_content_has_another_key(other):
    assert content_key("llm", {"a": 1}) != content_key("llm", other)


def test_the_same_content_in_another_role_has_another_key():
    assert content_key("llm", {"a": 1}) != content_key("code", {"a": 1})


def test_a_key_is_the_same_in_every_process():
    assert content_key("llm", ["a"]) == "d9b522e58d77ff61253aae9b9952a387dd889670469335f35cae7fac4afae717"
    assert canonical_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"score": number})


@given(json_values)
def test_what_is_stored_reads_back_equal_and_is_always_encodable(value):
    spelled = stored_json(value)
    spelled.encode("utf-8")
    assert json.loads(spelled) == value


def test_a_lone_surrogate_survives_storing_and_has_a_key():
    value = {"text": "broken \ud800 half"}
    assert json.loads(stored_json(value)) == value
    assert content_key("llm", value) != content_key("llm", {"text": "broken  half"})
