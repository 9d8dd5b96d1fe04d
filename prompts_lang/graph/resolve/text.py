"""Reads sections: placeholders that something must fill, formatters, and which input is used where."""

from __future__ import annotations

from collections.abc import Iterable

from prompts_lang.graph.model import Section
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.wiring import resolve_local
from prompts_lang.graph.template import FORMATTERS, parse_template
from prompts_lang.graph.types import AnyType, ChoiceType, JsonType, ListType, OptionalType, TextType, Type, describe
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit


def section_names(sections: Iterable[nodes.Section]) -> tuple[str, ...]:
    """The names of sections within their node: the role, numbered from the second of a role on."""
    counts: dict[str, int] = {}
    names: list[str] = []
    for section in sections:
        role = section.word.text
        counts[role] = counts.get(role, 0) + 1
        names.append(role if counts[role] == 1 else f"{role}{counts[role]}")
    return tuple(names)


def read_section(written: nodes.Section, name: str, ports: dict[str, Type], report: Report) -> Section:
    """The section with its placeholders checked against the node's inputs."""
    for placeholder in written.placeholders:
        _check_placeholder(placeholder, ports, report)
    for span in written.loose_braces:
        fix = Fix("Write the braces as literal text", (Edit(span, "\\{{"),)) if len(span) == 2 else None
        report.add(Check.LITERAL_BRACES, span, "These braces start no placeholder and are sent as they are.", fix=fix)
    return Section(name, written.word.text, parse_template(written.text), learn=written.learn is not None)


def _check_placeholder(placeholder: nodes.Placeholder, ports: dict[str, Type], report: Report) -> None:
    head = placeholder.reference.parts[0]
    if head.text not in ports:
        message = f"Nothing fills '{{{{{head.text}}}}}': no input here has this name.{suggestion(head.text, ports)}"
        report.add(Check.UNKNOWN_PLACEHOLDER, placeholder.span, message, fix=rename_fix(head, ports))
        return
    resolved = resolve_local(placeholder.reference, ports, report, "an input")
    type_ = AnyType() if resolved is None else resolved[1]
    for formatter in placeholder.formatters:
        type_ = _formatted(formatter, type_, report)


def _formatted(formatter: nodes.Formatter, type_: Type, report: Report) -> Type:
    """The type after one formatter; reports a formatter that is unknown or does not suit the value."""
    name = formatter.name
    inner = type_.item if isinstance(type_, OptionalType) else type_
    if name.text not in FORMATTERS:
        message = f"There is no formatter '{name.text}'.{suggestion(name.text, FORMATTERS)}"
        report.add(Check.UNKNOWN_FORMATTER, name.span, message, fix=rename_fix(name, FORMATTERS))
        return AnyType()
    if name.text == "first":
        if formatter.argument is None:
            report.add(Check.UNKNOWN_FORMATTER, name.span, "'first' needs a number, as in `{{passages | first 3}}`.")
        if not isinstance(inner, ListType | TextType | ChoiceType | AnyType | JsonType):
            message = f"'first' is for lists and texts; this value is of type {describe(inner)}."
            report.add(Check.UNKNOWN_FORMATTER, name.span, message)
        return type_
    if formatter.argument is not None:
        message = (
            f"'{name.text}' takes no number; to shorten a list, write `first {formatter.argument.value} | {name.text}`."
        )
        report.add(Check.UNKNOWN_FORMATTER, formatter.argument.span, message)
    suits = name.text == "json" or isinstance(inner, ListType | AnyType | JsonType)
    if not suits:
        message = f"'{name.text}' is for lists; this value is of type {describe(inner)}."
        report.add(Check.UNKNOWN_FORMATTER, name.span, message)
    return TextType()
