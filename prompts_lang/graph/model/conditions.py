"""Conditions as trees: of `when`, `ensure` and `until`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from prompts_lang.graph.model.wiring import Reference


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal in a condition."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Operand:
    """A name or field in a condition. It is resolved where the condition stands (see `Node`)."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left OP right`."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Operand | Constant
    right: Operand | Constant


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """`x is empty`: absent, null, an empty text, or an empty list or object."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """`not x`."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a and b and …`."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a or b or …`."""

    operands: tuple[Condition, ...]


Condition: TypeAlias = "Operand | Comparison | IsEmpty | Not | AllOf | AnyOf"


def operands_of(condition: Condition) -> tuple[Reference, ...]:
    """Every reference in a condition, in order of appearance."""
    found: list[Reference] = []
    pending: list[Condition | Constant] = [condition]
    while pending:
        match pending.pop():
            case Operand(reference) | IsEmpty(Operand(reference)):
                found.append(reference)
            case Comparison(_, left, right):
                pending.extend((right, left))
            case Not(operand):
                pending.append(operand)
            case AllOf(operands) | AnyOf(operands):
                pending.extend(reversed(operands))
            case Constant():
                pass
    return tuple(found)
