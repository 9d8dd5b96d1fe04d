"""The converter between JSON data and the protocol's types, strict about scalars.

cattrs calls the type on whatever it finds, so a list would pass for a string; here a value of another kind is an error.
"""

from typing import Any, cast

from cattrs import Converter, transform_error
from lsprotocol import types
from pygls.protocol import default_converter

from prompts_server.messages import ErrorCode, RequestError


def strict_converter() -> Converter:
    """pygls' converter, with scalars checked instead of coerced."""
    converter: Converter = default_converter()
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(bool, _boolean)
    return converter


def structure_params(converter: Converter, method: str, params: Any, custom: type | None = None) -> Any:
    """The parameters of a method as their type; None for a method that takes none.

    Args:
        converter: Made by `strict_converter`.
        method: The method.
        params: Plain JSON data.
        custom: The type of the parameters of a method that the protocol does not have.

    Raises:
        RequestError: They are of another shape. The message names the places and never the values.
    """
    expected = custom or _params_type(method)
    if expected is None:
        return None
    try:
        return cast("Any", converter.structure(params, expected))
    except RecursionError as error:
        raise RequestError(ErrorCode.INVALID_PARAMS, "The parameters are nested too deeply.") from error
    except Exception as error:
        # cattrs raises whatever the constructors raise; all of it means that the shape was wrong.
        problems = "; ".join(_without_values(problem) for problem in transform_error(error, path="params")[:3])
        text = f"The parameters do not fit {method}: {problems or 'wrong shape'}."
        raise RequestError(ErrorCode.INVALID_PARAMS, text) from error


def _params_type(method: str) -> Any:
    known = types.METHOD_TO_TYPES.get(method)
    return None if known is None else known[2]


def _without_values(problem: str) -> str:
    # cattrs puts the offending value before the place; a value may be a person's text, the place is enough.
    kind, _, place = problem.rpartition(" @ ")
    reason = "missing" if kind.startswith("required field missing") else "not acceptable"
    return f"{place} is {reason}"


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
