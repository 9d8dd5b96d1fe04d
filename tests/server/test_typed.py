"""Our reading of JSON data as the protocol's types against lsprotocol's own converter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from types import NoneType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
import pytest
from cattrs import Converter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import converters, types

from prompts_server.handlers import routes
from prompts_server.plain import json_name, to_plain
from prompts_server.session import Session
from prompts_server.typed import WrongShape, typed

LIBRARY: Converter = converters.get_converter()
METHODS = routes(cast("Session", None)).handlers.keys() & types.METHOD_TO_TYPES.keys() - {types.INITIALIZE}
PARAMS = {method: kind for method in METHODS if (kind := types.METHOD_TO_TYPES[method][2]) is not None}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab{", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "uri", "x_y"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def values_of(kind: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """JSON data for a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return ANYTHING
    if origin is Union:
        # Beyond some depth the smallest will do: the capabilities of a client are a tree of hundreds of types.
        chosen = arguments if depth < 8 else sorted(arguments, key=lambda one: one is not NoneType)[:1]
        return st.one_of([values_of(one, depth) for one in chosen])
    if origin is Literal:
        return st.sampled_from(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(st.text("ab", max_size=2), values_of(arguments[1], depth + 1), max_size=2)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return st.lists(values_of(arguments[0], depth + 1), max_size=2)
    scalars = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(0, 99),
        float: st.floats(0, 1),
        str: st.text(),
    }
    if kind in scalars:
        return scalars[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([member.value for member in kind])
    return st.deferred(lambda: objects_of(kind, depth + 1))


def objects_of(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    required, optional = {}, {}
    for field in attrs.fields(kind):
        # The library has defaults for what tells the kinds of an edit apart, but does not do without it.
        constant = isinstance(field.default, str)
        group = required if field.default is attrs.NOTHING or constant else optional
        group[json_name(field.name)] = st.just(field.default) if constant else values_of(hints[field.name], depth)
    return st.fixed_dictionaries(required, optional=optional if depth < 8 else {})


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(data=st.data())
def test_it_is_what_the_library_makes(data: st.DataObject) -> None:
    kind = PARAMS[data.draw(st.sampled_from(sorted(PARAMS)))]
    value = data.draw(values_of(kind))
    ours, theirs = typed(value, kind), LIBRARY.structure(value, kind)
    assert to_plain(ours) == to_plain(theirs)
    assert types_in(ours) == types_in(theirs)


@QUICK
@given(data=st.data())
def test_what_is_taken_comes_back_as_it_was(data: st.DataObject) -> None:
    """Whatever is put in the place of a part: it is refused, or kept; nothing is made of it."""
    kind = PARAMS[data.draw(st.sampled_from(sorted(PARAMS)))]
    value = data.draw(values_of(kind))
    if isinstance(value, dict) and value:
        value = {**value, data.draw(st.sampled_from(sorted(value))): data.draw(ANYTHING)}
    with suppress(WrongShape):
        assert contains(value, to_plain(typed(value, kind)))


def types_in(value: Any) -> Any:
    """The types of a value and of its parts; of sequences that of the items."""
    if attrs.has(type(value)):
        return type(value).__name__, {
            field.name: types_in(getattr(value, field.name)) for field in attrs.fields(type(value))
        }
    if isinstance(value, (list, tuple)):
        return [types_in(item) for item in value]
    return type(value).__name__


def contains(whole: Any, part: Any) -> bool:
    """Whether a part has nothing that the whole has not: names that no type knows and nulls are left out."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(contains(whole.get(name), item) for name, item in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return type(whole) is type(part) and whole == part


def test_every_type_is_the_one_that_the_library_makes_at_once() -> None:
    """Made when it is first used or at once: the same fields, the same texts, the same equality."""
    program = """
import sys
if sys.argv[1] == "later":
    from prompts_server.lazy_types import import_types
    import_types()
import attrs
from lsprotocol import types
later = []
for name, kind in sorted(vars(types).items()):
    if isinstance(kind, type) and attrs.has(kind):
        fields = [(one.name, one.alias, one.default, one.type, one.validator) for one in attrs.fields(kind)]
        required = {one.name: 1 for one in attrs.fields(kind) if one.default is attrs.NOTHING and one.init}
        try:
            value = kind(**required)
        except (TypeError, ValueError) as error:
            value = error
        print(name, fields, kind.__match_args__, repr(value), value == value, kind.__hash__)
        print(sorted(set(vars(kind)) - {"__slots__", "__dict__", "__weakref__", "__getstate__", "__setstate__", *required}))
"""
    program = program.replace("one.validator)", "getattr(one.validator, '__name__', type(one.validator).__name__))")
    at_once, later = (
        subprocess.run([sys.executable, "-c", program, when], capture_output=True, text=True, check=True).stdout
        for when in ("at once", "later")
    )
    assert at_once.count("\n") > 1000
    assert without_slots(later) == without_slots(at_once)


def without_slots(listing: str) -> list[str]:
    """The lines, without the names of fields, which are attributes of a class that has slots."""
    return [line for line in listing.splitlines() if not line.startswith("['")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (types.Position, {"line": -1, "character": 0}),
        (types.Position, {"line": True, "character": 0}),
        (types.Position, {"line": 2**31, "character": 0}),
        (types.HoverParams, {"position": {"line": 0, "character": 0}}),
        (types.ExecuteCommandParams, {"command": ["x"]}),
        (types.CompletionContext, {"triggerKind": 9}),
        (types.Range, [0, 0]),
        (types.Range, None),
    ],
)
def test_what_is_no_value_of_a_type_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(WrongShape):
        typed(value, kind)


def test_the_place_is_told() -> None:
    params = {"textDocument": {"uri": "a", "version": 1}, "contentChanges": [{"text": ""}, {"text": 5}]}
    with pytest.raises(WrongShape, match=r"^contentChanges\.1\.text is not acceptable$"):
        typed(params, types.DidChangeTextDocumentParams)
    with pytest.raises(WrongShape, match=r"^textDocument is missing$"):
        typed({"contentChanges": []}, types.DidChangeTextDocumentParams)


@pytest.mark.parametrize(
    "edit",
    [{}, {"annotationId": "a"}, {"snippet": {"kind": "snippet", "value": "x"}}],
    ids=["plain", "annotated", "snippet"],
)
def test_of_a_union_the_type_that_knows_most_is_made(edit: dict[str, Any]) -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    text = {} if "snippet" in edit else {"newText": "x"}
    value = {"textDocument": {"uri": "a", "version": None}, "edits": [{"range": place, **text, **edit}]}
    assert types_in(typed(value, types.TextDocumentEdit)) == types_in(LIBRARY.structure(value, types.TextDocumentEdit))
