"""Reads types: `text`, `list[T]`, `"yes" | "no"`, `{name: text}`, `T?`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompts_lang.syntax.nodes import (
    ListType,
    LiteralType,
    Name,
    NamedType,
    OptionalType,
    ProblemKind,
    RecordField,
    RecordType,
    Type,
    UnionType,
)
from prompts_lang.syntax.read_values import read_number, read_string
from prompts_lang.syntax.reading import MAXIMUM_DEPTH, named

if TYPE_CHECKING:
    from tree_sitter import Node

    from prompts_lang.syntax.reading import Reading

_TYPES: Final = frozenset(
    {"named_type", "list_type", "literal_type", "record_type", "optional_type", "union_type", "group_type"}
)


def read_type(reading: Reading, node: Node, depth: int = 0) -> Type | None:
    """Any type; None where it cannot be read."""
    if depth >= MAXIMUM_DEPTH:
        reading.report(ProblemKind.UNEXPECTED, reading.span(node), "This type nests too deeply to be read: use `json`.")
        return None
    match node.type:
        case "named_type":
            return NamedType(Name(reading.word(node), reading.span(node)), reading.span(node))
        case "list_type":
            return _read_list(reading, node, depth)
        case "literal_type":
            return _read_literal(reading, node)
        case "record_type":
            return _read_record(reading, node, depth)
        case "optional_type":
            inner = _read_inner(reading, node, depth)
            return None if inner is None else OptionalType(inner, reading.span(node))
        case "group_type":
            reading.report_unclosed(node, "(", ")")
            return _read_inner(reading, node, depth)
        case "union_type":
            return _read_union(reading, node, depth)
        case _:
            return None


def _read_inner(reading: Reading, node: Node, depth: int) -> Type | None:
    inner = next(named(node, *_TYPES), None)
    return None if inner is None else read_type(reading, inner, depth + 1)


def _read_list(reading: Reading, node: Node, depth: int) -> ListType | None:
    name = reading.name(node.child_by_field_name("name"))
    if name is None:
        return None
    reading.report_unclosed(node, "[", "]")
    item = node.child_by_field_name("item")
    if item is None:
        reading.report(
            ProblemKind.MISSING_PART,
            reading.span(node),
            "The type in the brackets is missing: write it, as in `list[text]`.",
        )
    return ListType(name, None if item is None else read_type(reading, item, depth + 1), reading.span(node))


def _read_literal(reading: Reading, node: Node) -> LiteralType | None:
    child = node.children[0] if node.children else None
    if child is None:
        return None
    value = read_number(reading, child) if child.type == "number" else read_string(reading, child)
    return None if value is None else LiteralType(value, reading.span(node))


def _read_record(reading: Reading, node: Node, depth: int) -> RecordType:
    reading.report_unclosed(node, "{", "}")
    fields: list[RecordField] = []
    for child in named(node, "field"):
        name = reading.name(child.child_by_field_name("name"))
        if name is None:
            continue
        type_node = child.child_by_field_name("type")
        if type_node is None:
            reading.report(
                ProblemKind.MISSING_PART,
                name.span,
                f"What is `{name.text}`? Write its type, as in `{name.text}: text`.",
            )
        fields.append(
            RecordField(
                name, None if type_node is None else read_type(reading, type_node, depth + 1), reading.span(child)
            )
        )
    return RecordType(tuple(fields), reading.span(node))


def _read_union(reading: Reading, node: Node, depth: int) -> Type | None:
    # The tree nests to the left, one level per option; a loop keeps long unions off the stack.
    rightmost_first: list[Node] = []
    spine = node
    while spine.type == "union_type":
        sides = list(named(spine, *_TYPES))
        if not sides:
            break
        rightmost_first.extend(reversed(sides[1:]))
        spine = sides[0]
    options: list[Type] = []
    for side in (spine, *reversed(rightmost_first)):
        option = read_type(reading, side, depth + 1) if side.type != "union_type" else None
        if option is not None:
            options.append(option)
    if len(options) < 2:
        return options[0] if options else None
    return UnionType(tuple(options), reading.span(node))
