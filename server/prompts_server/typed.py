"""Plain JSON data as values of the protocol's types, equal to what lsprotocol's converter makes of it, but strict.

That converter looks at all types of the protocol before it reads the first message, which costs a quarter of a second, and calls the
type on whatever it finds, so that a list would pass for a string. Here a type is looked at when a message needs it, and
a value of another kind is an error. A test holds the two to the same result.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, cast, get_args, get_origin, get_type_hints

import attrs
from lsprotocol import types

from prompts_server.messages import ErrorCode, RequestError
from prompts_server.plain import json_name

_Read = Callable[[Any], Any]


class WrongShape(ValueError):  # noqa: N818 - it is the data that is wrong
    """Data that is no value of a type. `place` leads to the part that is wrong, the outermost name first."""

    def __init__(self, reason: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(place)} is {reason}")
        self.reason = reason
        self.place = place

    def within(self, name: str) -> "WrongShape":
        """The same of something larger, which has this under a name."""
        return WrongShape(self.reason, (name, *self.place))


def typed(value: Any, kind: Any) -> Any:
    """Plain data as a value of a type.

    Raises:
        WrongShape: It is none.
    """
    return _reader(kind)(value)


def typed_params(method: str, params: Any, custom: type | None = None) -> Any:
    """The parameters of a method as their type; None for a method that takes none.

    Args:
        method: The method.
        params: Plain JSON data.
        custom: The type of the parameters of a method that the protocol does not have, or has another for.

    Raises:
        RequestError: They are of another shape. The message names the place and never the value, which may be a person's text.
    """
    expected = custom or types.METHOD_TO_TYPES.get(method, (None, None, None))[2]
    if expected is None:
        return None
    try:
        return typed(params, expected)
    except RecursionError as error:
        raise RequestError(ErrorCode.INVALID_PARAMS, "The parameters are nested too deeply.") from error
    except WrongShape as error:
        text = f"The parameters do not fit {method}: {error.within('params')}."
        raise RequestError(ErrorCode.INVALID_PARAMS, text) from error


@cache
def _reader(kind: Any) -> _Read:
    """Reads the values of a type."""
    if kind is Any or kind is object:
        return _anything
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _one_of(arguments)
    if origin is Literal:
        return _constant(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[1])
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _sequence(arguments[0])
    if kind in _SCALARS:
        return _scalar(*_SCALARS[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _constant(tuple(member.value for member in kind), kind)
    return _Object(cast("type[Any]", kind))


_SCALARS: Mapping[Any, tuple[type, ...]] = {
    NoneType: (NoneType,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
    str: (str,),
}
"""By type, the types that JSON data for it may have. A number is no truth value, although Python says so."""


def _anything(value: Any) -> Any:
    return value


def _scalar(*allowed: type) -> _Read:
    def read(value: Any) -> Any:
        return value if type(value) in allowed else _refuse()

    return read


def _constant(values: tuple[Any, ...], make: Callable[[Any], Any] = _anything) -> _Read:
    def read(value: Any) -> Any:
        return make(value) if any(value == one and type(value) is type(one) for one in values) else _refuse()

    return read


def _sequence(kind: Any) -> _Read:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            _refuse()
        read_item = _reader(kind)
        return [_at(f"{place}", read_item, item) for place, item in enumerate(cast("list[Any]", value))]

    return read


def _tuple(kinds: tuple[Any, ...]) -> _Read:
    def read(value: Any) -> Any:
        if not isinstance(value, list) or len(cast("list[Any]", value)) != len(kinds):
            _refuse()
        return tuple(typed(item, kind) for item, kind in zip(cast("list[Any]", value), kinds, strict=True))

    return read


def _mapping(kind: Any) -> _Read:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            _refuse()
        read_item = _reader(kind)
        return {name: _at(name, read_item, item) for name, item in cast("dict[str, Any]", value).items()}

    return read


class _Object:
    """Reads the objects of a class. Names that the class does not have are left out: a later protocol may have them."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind
        self._fields: dict[str, tuple[str, _Read]] | None = None
        self._required: frozenset[str] = frozenset()
        self._constants: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, dict):
            _refuse()
        data, fields = cast("dict[str, Any]", value), self._known()
        if not self._required <= data.keys():
            raise WrongShape("missing", (min(self._required - data.keys()),))
        found = {fields[name][0]: _at(name, fields[name][1], item) for name, item in data.items() if name in fields}
        try:
            return self._kind(**found)
        except ValueError:
            # The protocol's own bounds for numbers.
            _refuse()

    def fit(self, value: Any) -> int:
        """How many of the names in a value the class knows; -1 where one is missing that it needs, or says another class."""
        known = self._known()
        if any(value.get(name, constant) != constant for name, constant in self._constants.items()):
            return -1
        return len(known.keys() & value.keys()) if self._required <= value.keys() else -1

    def _known(self) -> dict[str, tuple[str, _Read]]:
        if self._fields is None:
            hints = get_type_hints(self._kind)
            fields = attrs.fields(self._kind)
            self._fields = {json_name(one.name): (one.alias or one.name, _reader(hints[one.name])) for one in fields}
            self._constants = {json_name(one.name): one.default for one in fields if isinstance(one.default, str)}
            self._required = frozenset(json_name(one.name) for one in fields if one.default is attrs.NOTHING)
        return self._fields


def _one_of(kinds: tuple[Any, ...]) -> _Read:
    """Reads the values of a union: of objects the one that knows most of the names, of the rest the first that fits."""
    # Where an enumeration is open, as kinds of code actions are, even its own words stay the strings that they are.
    ordered = sorted(kinds, key=lambda kind: kind not in _SCALARS)

    def read(value: Any) -> Any:
        readers = [_reader(kind) for kind in ordered]
        objects = [reader for reader in readers if isinstance(reader, _Object)]
        if isinstance(value, dict) and objects:
            return max(objects, key=lambda reader: reader.fit(value))(value)
        for reader in readers:
            try:
                return reader(value)
            except WrongShape as error:
                if error.place:
                    raise
        _refuse()

    return read


def _at(name: str, read: _Read, value: Any) -> Any:
    try:
        return read(value)
    except WrongShape as error:
        raise error.within(name) from None


def _refuse() -> NoReturn:
    raise WrongShape("not acceptable")
