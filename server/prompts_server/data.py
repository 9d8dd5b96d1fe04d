"""Plain JSON data read without trust: what is missing or of another kind is empty or None, never an error."""

from collections.abc import Mapping
from typing import Any, cast


def as_object(value: Any) -> Mapping[str, Any]:
    """The value, where it is an object; else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """The value, where it is an array; else an empty one."""
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else []


def as_text(value: Any) -> str:
    """The value, where it is a string; else an empty one."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int:
    """The value, where it is a whole number from 0 on; else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def as_number(value: Any) -> float | None:
    """The value, where it is a number; else None."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def as_pair(value: Any) -> tuple[float, float] | None:
    """The value, where it is an array of two numbers; else None."""
    numbers = [as_number(item) for item in as_list(value)]
    match numbers:
        case [float(first), float(second)]:
            return first, second
        case _:
            return None
