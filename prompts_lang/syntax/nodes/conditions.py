"""Conditions as they are written behind `when`, `ensure` and `repeat until`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes.names import Reference
    from prompts_lang.syntax.nodes.values import Number, String
    from prompts_lang.text.span import Span


class Comparison(StrEnum):
    """How a value is compared with a literal."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Truth:
    """A reference alone: true when it is present and not false."""

    reference: Reference
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`check.score >= 3`, `verdict == "yes"`, `check.ok == true`. `literal` is None where it cannot be read."""

    reference: Reference
    comparison: Comparison
    literal: String | Number | bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """`passages is empty`, `passages is not empty`."""

    reference: Reference
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`not check.ok`."""

    operand: Condition
    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a and b`, at least two operands."""

    operands: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a or b`, at least two operands."""

    operands: tuple[Condition, ...]
    span: Span


Condition: TypeAlias = Truth | Compare | IsEmpty | Not | AllOf | AnyOf
