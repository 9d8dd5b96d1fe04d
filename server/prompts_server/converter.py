"""The converter between JSON data and the protocol's types, strict about scalars.

cattrs calls the type on whatever it finds, so a list would pass for a string; here a value of another kind is an error.
"""

from typing import Any

from cattrs import Converter
from pygls.protocol import default_converter


def strict_converter() -> Converter:
    """pygls' converter, with scalars checked instead of coerced."""
    converter: Converter = default_converter()
    # For exactly these types: the protocol's enumerations are subclasses of `str` and `int`, and have hooks of their own.
    converter.register_structure_hook_func(lambda type_: type_ is str, _string)
    converter.register_structure_hook_func(lambda type_: type_ is int, _integer)
    converter.register_structure_hook_func(lambda type_: type_ is bool, _boolean)
    return converter


def _string(value: Any, _type: type) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a string")
    return value


def _integer(value: Any, _type: type) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("expected an integer")
    return value


def _boolean(value: Any, _type: type) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value
