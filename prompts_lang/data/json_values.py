"""JSON that comes from outside: read strictly, and no deeper than what walks it later can go.

Python reads more than JSON has (`NaN`, and `1e999` as infinity) and nests deeper than it can write again, so that a value which was
read without complaint could end a run much later.
"""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Final, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompts_lang.graph.types import JsonValue

DEEPEST: Final = 200
"""Lists and objects in each other: far more than any data has, and far less than the stack of an encoder."""


_TOO_MANY_DIGITS: Final = "Exceeds the limit"
"""How Python begins to say that it will not read an integer, which would take it long."""


class TooDeepError(ValueError):
    """A value nests deeper than `DEEPEST`."""

    def __init__(self) -> None:
        super().__init__(f"it nests more than {DEEPEST} levels deep")


def read_json(text: str) -> JsonValue:
    """The value that a JSON text spells.

    Raises:
        json.JSONDecodeError: It is not JSON.
        TooDeepError: It nests too deeply.
        ValueError: It holds a number that JSON cannot say, or one of thousands of digits.
    """
    try:
        value = cast("JsonValue", DECODER.decode(text))
    except RecursionError as error:
        raise TooDeepError from error
    except ValueError as error:
        if str(error).startswith(_TOO_MANY_DIGITS):
            raise ValueError(f"a number has more than {sys.get_int_max_str_digits():,} digits") from error
        raise
    # Most texts have too few brackets to nest deeply, and are not walked.
    if text.count("[") + text.count("{") > DEEPEST and is_too_deep(value):
        raise TooDeepError
    return value


def is_too_deep(value: JsonValue) -> bool:
    """Whether lists and objects nest deeper than `DEEPEST`; takes no stack to find out."""
    level = [value]
    for _ in range(DEEPEST + 1):
        containers = [entry for entry in level if isinstance(entry, list | dict)]
        if not containers:
            return False
        level = [inner for entry in containers for inner in _inside(entry)]
    return True


def flaw(value: object) -> str | None:
    """Why a Python value is none of JSON, such as `holds a set`; None where it is one. For values that no reader made."""
    level: list[object] = [value]
    for _ in range(DEEPEST + 1):
        deeper: list[object] = []
        containers = False
        for entry in level:
            match entry:
                case None | bool() | int() | str():
                    pass
                case float():
                    if not math.isfinite(entry):
                        return f"holds {entry}, which is not a JSON number"
                case list():
                    containers = True
                    deeper += cast("list[object]", entry)
                case dict():
                    containers = True
                    held = cast("dict[object, object]", entry)
                    if any(not isinstance(name, str) for name in held):
                        return "holds a dict with a key that is no text"
                    deeper += held.values()
                case _:
                    return f"holds a {type(entry).__name__}, which is not a JSON value"
        if not containers:
            return None
        level = deeper
    return f"nests more than {DEEPEST} levels deep"


def _inside(value: list[JsonValue] | dict[str, JsonValue]) -> Iterable[JsonValue]:
    return value.values() if isinstance(value, dict) else value


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _no_number(digits)
    return number


def _refuse(constant: str) -> NoReturn:
    raise _no_number(constant)


def _no_number(written: str) -> ValueError:
    return ValueError(f"{written[:20]} is not a JSON number")


DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
"""Reads JSON as `read_json` does, without looking at its depth; a RecursionError ends what is deeper than the stack."""
