"""Resolves references: which node, output and field `plan.query` means, and whether the value fits where it goes."""

from __future__ import annotations

from prompts_lang.graph.interface import NodeInterface, Scope
from prompts_lang.graph.model import Reference, Source
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.types import (
    AnyType,
    JsonType,
    OptionalType,
    RecordType,
    Type,
    accepts,
    describe,
)
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span

Resolved = tuple[Reference, Type]


def resolve_source(source: nodes.Source, scope: Scope, report: Report) -> tuple[Source, Type] | None:
    """The source and the type of its value; None where no alternative could be resolved.

    A value that may be absent has an optional type, unless a later alternative is always present.
    """
    resolved: list[Resolved] = []
    settled = False
    for number, alternative in enumerate(source.alternatives):
        if settled:
            message = f"'{alternative.text}' is never used: the value before it is always present."
            tail = Span(source.alternatives[number - 1].span.end, source.alternatives[-1].span.end)
            fix = Fix("Remove what is never used", (Edit(tail, ""),))
            report.add(Check.DEAD_ELSE, alternative.span, message, fix=fix)
            settled = False
        if (found := resolve_reference(alternative, scope, report)) is None:
            continue
        resolved.append(found)
        settled = not isinstance(found[1], OptionalType | AnyType)
    if not resolved or len(resolved) < len(source.alternatives):
        return None
    return Source(tuple(reference for reference, _ in resolved)), _joined([type_ for _, type_ in resolved])


def _joined(types: list[Type]) -> Type:
    """The type of the first present value among alternatives."""
    always_present = any(not isinstance(type_, OptionalType) for type_ in types)
    plain = [type_.item if isinstance(type_, OptionalType) else type_ for type_ in types]
    widest = plain[0]
    for type_ in plain[1:]:
        if accepts(type_, widest):
            widest = type_
        elif not accepts(widest, type_):
            widest = JsonType()
    return widest if always_present else OptionalType(widest)


def resolve_reference(reference: nodes.Reference, scope: Scope, report: Report) -> Resolved | None:
    """Resolves a reference in a graph: an input of the graph, or a node's output, and the fields below it."""
    head, *rest = reference.parts
    if head.text in scope.inputs:
        return _with_fields(Reference(None, head.text), scope.inputs[head.text], rest, report)
    if (node := scope.nodes.get(head.text)) is None:
        if scope.is_unknown(head.text):
            return None
        known = scope.referable()
        message = f"'{head.text}' is neither an input of the graph nor one of its nodes.{suggestion(head.text, known)}"
        report.add(Check.UNKNOWN_NAME, head.span, message, fix=rename_fix(head, known))
        return None
    return _node_output(reference, head, node, rest, report)


def _node_output(
    reference: nodes.Reference, head: nodes.Name, node: NodeInterface, rest: list[nodes.Name], report: Report
) -> Resolved | None:
    if rest and (port := node.output(rest[0].text)) is not None:
        rest = rest[1:]
    elif len(node.outputs) == 1 and (
        not rest or isinstance(node.outputs[0].type, RecordType | OptionalType | JsonType)
    ):
        port = node.outputs[0]
    elif not node.complete:
        return None
    elif rest:
        names = [output.name for output in node.outputs]
        message = f"'{head.text}' has no output '{rest[0].text}'.{suggestion(rest[0].text, names)}"
        report.add(Check.UNKNOWN_OUTPUT, rest[0].span, message, fix=rename_fix(rest[0], names))
        return None
    else:
        names = " or ".join(f"'{head.text}.{output.name}'" for output in node.outputs)
        message = f"'{head.text}' has several outputs: write {names}." if names else f"'{head.text}' has no output."
        report.add(Check.AMBIGUOUS_OUTPUT, reference.span, message)
        return None
    type_ = OptionalType(port.type) if node.conditional and not isinstance(port.type, OptionalType) else port.type
    return _with_fields(Reference(head.text, port.name), type_, rest, report)


def check_edge(
    declared: Type,
    type_: Type,
    source: Source,
    written: nodes.Source,
    report: Report,
    what: str,
    written_type: nodes.Type | None = None,
) -> None:
    """Reports a value that does not fit where it goes, or may be absent there.

    `what` names the place, and `written_type` is where its type is declared, if that is in the same declaration.
    """
    plain = type_.item if isinstance(type_, OptionalType) else type_
    if accepts(declared, type_):
        return
    if accepts(declared, plain):
        message = (
            f"'{source}' may be absent, but {what} is not optional; offer an `else`, or write `{describe(declared)}?`."
        )
        fix = None
        if written_type is not None and not isinstance(written_type, nodes.UnionType):
            end = written_type.span.end
            fix = Fix(f"Make it `{describe(declared)}?`", (Edit(Span(end, end), "?"),))
        report.add(Check.ABSENT_OUTPUT, written.span, message, fix=fix)
    else:
        message = f"'{source}' is of type {describe(type_)}, but {what} is declared as {describe(declared)}."
        report.add(Check.TYPE_MISMATCH, written.span, message)


def resolve_local(reference: nodes.Reference, ports: dict[str, Type], report: Report, what: str) -> Resolved | None:
    """Resolves a reference among a declaration's own names, as in `ensure`, `until` and placeholders."""
    head, *rest = reference.parts
    if head.text not in ports:
        message = f"'{head.text}' is not {what}.{suggestion(head.text, ports)}"
        report.add(Check.UNKNOWN_NAME, head.span, message, fix=rename_fix(head, ports))
        return None
    return _with_fields(Reference(None, head.text), ports[head.text], rest, report)


def _with_fields(reference: Reference, type_: Type, fields: list[nodes.Name], report: Report) -> Resolved | None:
    """Follows field names into a value, as far as its type is known."""
    optional = False
    for field in fields:
        if isinstance(type_, OptionalType):
            optional, type_ = True, type_.item
        if isinstance(type_, AnyType | JsonType):
            type_ = AnyType()
            continue
        found = type_.field(field.text) if isinstance(type_, RecordType) else None
        if found is None:
            names = [known.name for known in type_.fields] if isinstance(type_, RecordType) else []
            message = f"'{reference}' is of type {describe(type_)} and has no field '{field.text}'.{suggestion(field.text, names)}"
            report.add(Check.UNKNOWN_OUTPUT, field.span, message, fix=rename_fix(field, names))
            return None
        type_ = found
    path = tuple(field.text for field in fields)
    if optional and not isinstance(type_, OptionalType):
        type_ = OptionalType(type_)
    return Reference(reference.node, reference.output, path), type_
