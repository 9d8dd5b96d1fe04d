"""The converter between JSON data and the protocol's types, strict about scalars.

cattrs calls the type on whatever it finds, so a list would pass for a string; here a value of another kind is an error.
"""

from typing import Any

from cattrs import Converter
from pygls.protocol import default_converter


def strict_converter() -> Converter:
    """pygls' converter, with scalars checked instead of coerced."""
    converter: Converter = default_converter()
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(bool, _boolean)
    return converter


def _string(value: Any, type_: type[str]) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a string")
    # The protocol's enumerations are subclasses of `str` and `int`, and come here as well.
    return type_(value)


def _integer(value: Any, type_: type[int]) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("expected an integer")
    return type_(value)


def _boolean(value: Any, _type: type[bool]) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value
