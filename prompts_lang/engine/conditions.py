"""Evaluates the conditions of `when`, `ensure` and `until`.

A condition is always decided: an absent value is false, it is empty, and every comparison with it is false, `!=` included. Values of
different kinds are unequal and have no order; true and 1 are different values.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from prompts_lang.data.values import is_empty
from prompts_lang.graph.model import AllOf, AnyOf, Comparison, Condition, Constant, IsEmpty, Not, Operand, Reference

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

Lookup: TypeAlias = "Callable[[Reference], JsonValue]"
"""Gives the value of a reference, and None where it is absent."""

_ORDERINGS: MappingProxyType[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


def holds(condition: Condition, lookup: Lookup) -> bool:
    """Whether the condition is true of the values that `lookup` gives."""
    match condition:
        case Operand(reference):
            value = lookup(reference)
            return value != 0 if _is_number(value) else value is True or not (value is False or is_empty(value))
        case Comparison(symbol, left, right):
            return _compare(symbol, _value(left, lookup), _value(right, lookup))
        case IsEmpty(Operand(reference)):
            return is_empty(lookup(reference))
        case Not(operand):
            return not holds(operand, lookup)
        case AllOf(operands):
            return all(holds(operand, lookup) for operand in operands)
        case AnyOf(operands):
            return any(holds(operand, lookup) for operand in operands)
        case _:
            assert_never(condition)


def _value(side: Operand | Constant, lookup: Lookup) -> JsonValue:
    return side.value if isinstance(side, Constant) else lookup(side.reference)


def _compare(symbol: str, left: JsonValue, right: JsonValue) -> bool:
    if left is None or right is None:
        return False
    comparable = (_is_number(left) and _is_number(right)) or type(left) is type(right)
    if symbol in ("==", "!="):
        return (comparable and left == right) is (symbol == "==")
    ordered = comparable and isinstance(left, int | float | str) and not isinstance(left, bool)
    return ordered and _ORDERINGS[symbol](left, right)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def describe(condition: Condition) -> str:
    """The condition as it would be written, for messages."""
    match condition:
        case Operand(reference):
            return str(reference)
        case Comparison(symbol, left, right):
            return f"{_written(left)} {symbol} {_written(right)}"
        case IsEmpty(operand):
            return f"{_written(operand)} is empty"
        case Not(IsEmpty(operand)):
            return f"{_written(operand)} is not empty"
        case Not(operand):
            return f"not {_grouped(operand)}"
        case AllOf(operands):
            return " and ".join(map(_grouped, operands))
        case AnyOf(operands):
            return " or ".join(map(_grouped, operands))
        case _:
            assert_never(condition)


def _grouped(condition: Condition) -> str:
    text = describe(condition)
    return f"({text})" if isinstance(condition, AllOf | AnyOf) else text


def _written(side: Operand | Constant) -> str:
    if isinstance(side, Operand):
        return str(side.reference)
    if isinstance(side.value, bool):
        return "true" if side.value else "false"
    return f'"{side.value}"' if isinstance(side.value, str) else str(side.value)
