"""Reads written types."""

from __future__ import annotations

from typing import assert_never

from prompts_lang.graph import types
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.syntax import nodes


def read_type(written: nodes.Type | None, report: Report, default: types.Type) -> types.Type:
    """The type that is written, or `default` where none is. What cannot be read becomes `AnyType` and a problem."""
    match written:
        case None:
            return default
        case nodes.NamedType(name):
            return _named(name, report)
        case nodes.ListType(name, item):
            if name.text != "list":
                message = f"There is no type '{name.text}[…]'; a list is written `list[text]`."
                report.add(Check.UNKNOWN_TYPE, name.span, message, fix=rename_fix(name, ["list"]))
                return types.AnyType()
            return types.ListType(read_type(item, report, types.AnyType()))
        case nodes.LiteralType() | nodes.UnionType():
            return _choice(written, report)
        case nodes.RecordType(fields):
            read = (types.Field(field.name.text, read_type(field.type, report, types.TextType())) for field in fields)
            return types.RecordType(tuple(read))
        case nodes.OptionalType(inner):
            return types.OptionalType(read_type(inner, report, types.AnyType()))
        case _:
            assert_never(written)


def _named(name: nodes.Name, report: Report) -> types.Type:
    if found := types.SIMPLE_TYPES.get(name.text):
        return found
    if name.text == "list":
        return types.ListType(types.AnyType())
    known = [*types.SIMPLE_TYPES, "list"]
    message = f"There is no type '{name.text}'.{suggestion(name.text, known)}"
    report.add(Check.UNKNOWN_TYPE, name.span, message, fix=rename_fix(name, known))
    return types.AnyType()


def _choice(written: nodes.LiteralType | nodes.UnionType, report: Report) -> types.Type:
    options = written.options if isinstance(written, nodes.UnionType) else (written,)
    values: list[str] = []
    for option in options:
        if isinstance(option, nodes.LiteralType) and isinstance(option.value, nodes.String):
            values.append(option.value.value)
        else:
            report.add(
                Check.UNKNOWN_TYPE, option.span, 'The options of a type are texts in quotes, as in `"yes" | "no"`.'
            )
            return types.AnyType()
    return types.ChoiceType(tuple(values))
