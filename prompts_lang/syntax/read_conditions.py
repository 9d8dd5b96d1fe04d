"""Reads conditions: what stands behind `when`, `ensure` and `repeat until`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    Fix,
    IsEmpty,
    Not,
    Number,
    ProblemKind,
    String,
    Truth,
)
from prompts_lang.syntax.read_values import read_number, read_reference, read_string
from prompts_lang.syntax.reading import MAXIMUM_DEPTH, after, named
from prompts_lang.text.span import Edit

if TYPE_CHECKING:
    from tree_sitter import Node

    from prompts_lang.syntax.reading import Reading

_CONDITIONS: Final = frozenset({"truth", "comparison", "is_empty", "not", "and", "or", "group"})
_WORDS: Final = frozenset({"and", "or", "not", "is", "empty"})
_BOOLEANS: Final = {"true": True, "false": False}
_WHAT_TO_COMPARE_WITH: Final = "a text in quotes, a number, `true` or `false`"


def read_condition(reading: Reading, node: Node, depth: int = 0) -> Condition | None:
    """Any condition; None where it cannot be read."""
    if depth >= MAXIMUM_DEPTH:
        reading.report(
            ProblemKind.BAD_CONDITION, reading.span(node), "This condition nests too deeply to be read: split it."
        )
        return None
    match node.type:
        case "truth":
            return _read_truth(reading, node)
        case "comparison":
            return _read_comparison(reading, node)
        case "is_empty":
            return _read_is_empty(reading, node)
        case "not":
            operand = _read_inner(reading, node, depth)
            return None if operand is None else Not(operand, reading.span(node))
        case "group":
            reading.report_unclosed(node, "(", ")")
            return _read_inner(reading, node, depth)
        case "and" | "or":
            return _read_row(reading, node, depth)
        case _:
            return None


def _read_truth(reading: Reading, node: Node) -> Truth | None:
    child = next(named(node, "reference"), None)
    reference = None if child is None else read_reference(reading, child)
    if reference is None:
        return None
    if reference.text in _WORDS:
        message = f"`{reference.text}` stands where a name should: a condition reads like `not check.ok and check.score >= 3`."
        reading.report(ProblemKind.BAD_CONDITION, reference.span, message)
    return Truth(reference, reference.span)


def _read_inner(reading: Reading, node: Node, depth: int) -> Condition | None:
    inner = next(named(node, *_CONDITIONS), None)
    return None if inner is None else read_condition(reading, inner, depth + 1)


def _read_row(reading: Reading, node: Node, depth: int) -> Condition | None:
    # The tree nests to the left, one level per operand; a loop keeps long rows off the stack.
    rightmost_first: list[Node] = []
    spine = node
    while spine.type == node.type:
        sides = list(named(spine, *_CONDITIONS))
        if not sides:
            break
        rightmost_first.extend(reversed(sides[1:]))
        spine = sides[0]
    operands: list[Condition] = []
    for side in (spine, *reversed(rightmost_first)):
        operand = read_condition(reading, side, depth + 1) if side.id != node.id else None
        if operand is not None:
            operands.append(operand)
    if len(operands) < 2:
        return operands[0] if operands else None
    row = AllOf if node.type == "and" else AnyOf
    return row(tuple(operands), reading.span(node))


def _read_comparison(reading: Reading, node: Node) -> Condition | None:
    reference_node = node.child_by_field_name("reference")
    operator = node.child_by_field_name("operator")
    reference = None if reference_node is None else read_reference(reading, reference_node)
    if reference is None or operator is None:
        return reference and Truth(reference, reference.span)
    sign = reading.word(operator)
    if sign == "=":
        place = reading.span(operator)
        fix = Fix("Write `==`", (Edit(place, "=="),))
        reading.report(ProblemKind.BAD_CONDITION, place, "Two values are compared with `==`: write a second `=`.", fix)
        sign = "=="
    literal = _read_literal(reading, node.child_by_field_name("literal"), operator)
    return Compare(reference, Comparison(sign), literal, reading.span(node))


def _read_literal(reading: Reading, node: Node | None, operator: Node) -> String | Number | bool | None:
    if node is None:
        place = after(reading.span(operator))
        reading.report(
            ProblemKind.MISSING_PART,
            place,
            f"The other side of the comparison is missing: write {_WHAT_TO_COMPARE_WITH}.",
        )
        return None
    if node.type == "number":
        return read_number(reading, node)
    if node.type in {"string", "unclosed_string"}:
        return read_string(reading, node)
    word = reading.word(node)
    if word not in _BOOLEANS:
        place, lower = reading.span(node), word.lower()
        if lower in _BOOLEANS:
            message, fix = f"This is written `{lower}` here.", Fix(f"Write `{lower}`", (Edit(place, lower),))
        elif lower in {"none", "null", "nil"}:
            message, fix = f"`{word}` is no literal: whether a value is absent is asked as `is empty`.", None
        else:
            message, fix = f"`{word}` is no literal: compare with {_WHAT_TO_COMPARE_WITH}.", None
        reading.report(ProblemKind.BAD_CONDITION, place, message, fix)
    return _BOOLEANS.get(word)


def _read_is_empty(reading: Reading, node: Node) -> Condition | None:
    child = node.child_by_field_name("reference")
    reference = None if child is None else read_reference(reading, child)
    if reference is None:
        return None
    if not any(piece.type == "empty" for piece in node.children):
        reading.report(ProblemKind.MISSING_PART, reading.span(node), "Behind `is` stands `empty` or `not empty`.")
    return IsEmpty(reference, node.child_by_field_name("negated") is not None, reading.span(node))
