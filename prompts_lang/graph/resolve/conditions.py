"""Reads conditions and resolves the names in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from prompts_lang.graph import model, types
from prompts_lang.graph.model import Condition, Operand, Reference
from prompts_lang.graph.problem import Check, did_you_mean
from prompts_lang.graph.resolve.report import Report
from prompts_lang.syntax import nodes

Resolver = Callable[[nodes.Reference], "tuple[Reference, types.Type] | None"]


def read_condition(written: nodes.Condition, resolve: Resolver, report: Report) -> Condition | None:
    """The condition with its names resolved; None where a name in it is unknown."""
    match written:
        case nodes.Truth(reference):
            found = resolve(reference)
            return None if found is None else Operand(found[0])
        case nodes.Compare():
            return _comparison(written, resolve, report)
        case nodes.IsEmpty(reference, negated):
            if (found := resolve(reference)) is None:
                return None
            empty = model.IsEmpty(Operand(found[0]))
            return model.Not(empty) if negated else empty
        case nodes.Not(operand):
            inner = read_condition(operand, resolve, report)
            return None if inner is None else model.Not(inner)
        case nodes.AllOf(operands):
            parts = _all(operands, resolve, report)
            return None if parts is None else model.AllOf(parts)
        case nodes.AnyOf(operands):
            parts = _all(operands, resolve, report)
            return None if parts is None else model.AnyOf(parts)
        case _:
            assert_never(written)


def _all(operands: tuple[nodes.Condition, ...], resolve: Resolver, report: Report) -> tuple[Condition, ...] | None:
    parts = tuple(read_condition(operand, resolve, report) for operand in operands)
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else None


def _comparison(written: nodes.Compare, resolve: Resolver, report: Report) -> Condition | None:
    if (found := resolve(written.reference)) is None or written.literal is None:
        return None
    reference, type_ = found
    literal = written.literal
    value = literal if isinstance(literal, bool) else literal.value
    if not _comparable(type_, value, written.comparison):
        message = f"'{reference}' is {_comparison_hint(type_, value)}"
        report.add(Check.TYPE_MISMATCH, written.span, message)
        return None
    return model.Comparison(written.comparison.value, Operand(reference), model.Constant(value))


def _comparison_hint(type_: types.Type, value: str | float | bool) -> str:
    """The end of a message about a comparison that cannot be made: what the value is, and how to compare it."""
    match type_:
        case types.OptionalType(item):
            return _comparison_hint(item, value)
        case types.BooleanType():
            return "true or false: write its name alone, or `not` before it."
        case types.IntegerType() | types.NumberType():
            return "a number: compare it with a number, as in `> 3`."
        case types.TextType():
            return 'a text: compare it with a text in quotes, as in `== "yes"`.'
        case types.ChoiceType(values):
            meant = did_you_mean(value, values) if isinstance(value, str) else None
            known = f" Did you mean '{meant}'?" if meant else ""
            return f"one of {types.describe(type_)}: compare it with one of these by `==` or `!=`.{known}"
        case _:
            return f"of type {types.describe(type_)}: all that can be asked of it is whether it `is empty`."


def _comparable(type_: types.Type, value: str | float | bool, comparison: nodes.Comparison) -> bool:
    ordered = comparison not in (nodes.Comparison.EQUAL, nodes.Comparison.NOT_EQUAL)
    match type_:
        case types.OptionalType(item):
            return _comparable(item, value, comparison)
        case types.AnyType() | types.JsonType():
            return True
        case types.BooleanType():
            return isinstance(value, bool) and not ordered
        case types.IntegerType() | types.NumberType():
            return not isinstance(value, str | bool)
        case types.TextType():
            return isinstance(value, str)
        case types.ChoiceType(values):
            return isinstance(value, str) and value in values and not ordered
        case _:
            return False
