"""Reads sections: placeholders that something must fill, formatters, and which input is used where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prompts_lang.graph.interface import Scope
from prompts_lang.graph.model import Section
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.wiring import resolve_local
from prompts_lang.graph.template import FORMATTERS, parse_template
from prompts_lang.graph.types import AnyType, ChoiceType, JsonType, ListType, OptionalType, TextType, Type, describe
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span


def section_names(sections: Iterable[nodes.Section]) -> tuple[str, ...]:
    """The names of sections within their node: the role, numbered from the second of a role on."""
    counts: dict[str, int] = {}
    names: list[str] = []
    for section in sections:
        role = section.word.text
        counts[role] = counts.get(role, 0) + 1
        names.append(role if counts[role] == 1 else f"{role}{counts[role]}")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a node's texts and cannot be named in them without being an input of the node."""

    declaration: nodes.NodeDeclaration
    scope: Scope


def read_section(
    written: nodes.Section, name: str, ports: dict[str, Type], report: Report, around: Around | None = None
) -> Section:
    """The section with its placeholders checked against the node's inputs."""
    for placeholder in written.placeholders:
        _check_placeholder(placeholder, ports, report, around)
    for span in written.loose_braces:
        fix = Fix("Write the braces as literal text", (Edit(span, "\\{{"),)) if len(span) == 2 else None
        message = (
            "These braces start no placeholder and are sent as they are: write `{{name}}`, or `\\{{` if they are meant."
        )
        report.add(Check.LITERAL_BRACES, span, message, fix=fix)
    return Section(name, written.word.text, parse_template(written.text), learn=written.learn is not None)


def _check_placeholder(
    placeholder: nodes.Placeholder, ports: dict[str, Type], report: Report, around: Around | None
) -> None:
    head = placeholder.reference.parts[0]
    if head.text not in ports:
        if around is not None and _stands_around(placeholder, ports, around, report):
            return
        way_out = suggestion(head.text, ports) or " Add it to the inputs."
        message = f"Nothing fills '{{{{{head.text}}}}}': no input here has this name.{way_out}"
        report.add(Check.UNKNOWN_PLACEHOLDER, placeholder.span, message, fix=rename_fix(head, ports))
        return
    resolved = resolve_local(placeholder.reference, ports, report, "an input")
    type_ = AnyType() if resolved is None else resolved[1]
    for formatter in placeholder.formatters:
        type_ = _formatted(formatter, type_, report)


def _stands_around(placeholder: nodes.Placeholder, ports: dict[str, Type], around: Around, report: Report) -> bool:
    """Reports a placeholder that names an input of the graph or another node, which the signature has to take; False where it does not."""
    head, *rest = placeholder.reference.parts
    node = around.scope.nodes.get(head.text)
    if head.text in around.scope.inputs:
        message = f"'{head.text}' is an input of the graph, and not of this node: take it in the node's signature, too."
        taken, edits = head.text, ()
    elif node is not None:
        output = rest[0].text if rest else node.outputs[0].name if len(node.outputs) == 1 else "OUTPUT"
        local = output if output not in ports else f"{head.text}_{output}"
        taken = f"{local} = {head.text}.{output}"
        message = f"'{head.text}' is another node: take its output in the signature, as in `{taken}`, and write `{{{{{local}}}}}` here."
        edits = (Edit(Span(head.span.start, rest[0].span.end if rest else head.span.end), local),)
        if node.output(output) is None:
            edits = None
    else:
        return False
    fix = None
    if around.declaration.inputs and edits is not None:
        end = around.declaration.inputs[-1].span.end
        fix = Fix(f"Take `{taken}` in the signature", (Edit(Span(end, end), f", {taken}"), *edits))
    report.add(Check.UNKNOWN_PLACEHOLDER, placeholder.span, message, fix=fix)
    return True


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
