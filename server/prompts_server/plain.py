"""Protocol values as plain JSON data, equal to what lsprotocol's converter makes of them.

That converter writes and compiles a function for every type that it meets, which costs 50 ms before the first answer;
walking the values costs nothing to prepare and is no slower. A test holds the two to the same result.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, cast

import attrs
from lsprotocol import types

_ATOMS = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any) -> Any:
    """The value as JSON data. Fields that are None are left out, except where the protocol wants to see the null."""
    kind = cast("type[Any]", type(value))
    if kind in _ATOMS:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _ATOMS else to_plain(item) for item in cast("list[Any]", value)]
    fields = _fields(kind)
    found = ((name, getattr(value, attribute), keeps_null) for attribute, name, keeps_null in fields)
    return {name: to_plain(item) for name, item, keeps_null in found if item is not None or keeps_null}


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, str, bool], ...]:
    """The attributes of a class with their names in JSON, and whether a null is kept."""
    return tuple(
        (field.name, json_name(field.name), types.is_special_property(kind, field.name)) for field in attrs.fields(kind)
    )


def json_name(attribute: str) -> str:
    """`from_` to `from`, `text_document` to `textDocument`."""
    return re.sub("_([a-z0-9])", lambda match: match[1].upper(), attribute.removesuffix("_"))
