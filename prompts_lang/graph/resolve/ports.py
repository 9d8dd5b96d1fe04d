"""Resolves what goes into a node and what comes out: edges from the graph, declared types, arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass, replace

from prompts_lang.graph.interface import GraphInterface, Scope
from prompts_lang.graph.model import Each, NodeInput, Port, Reference, Source
from prompts_lang.graph.problem import Check, did_you_mean, suggestion
from prompts_lang.graph.resolve.heads import DEFAULT_OUTPUT
from prompts_lang.graph.resolve.properties import Given
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.types import read_type
from prompts_lang.graph.resolve.wiring import check_edge, resolve_reference, resolve_source
from prompts_lang.graph.types import AnyType, JsonType, ListType, OptionalType, Type, describe
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span


@dataclass(frozen=True, slots=True)
class EachItem:
    """An `each` and the type of its variable."""

    each: Each
    type: Type


def read_each(given: Given, scope: Scope, report: Report) -> EachItem | None:
    """The node's `each`, if it has one."""
    item = given.one(nodes.EachProperty)
    if item is None or item.variable is None or item.source is None:
        return None
    if (found := resolve_reference(item.source, scope, report)) is None:
        return None
    reference, type_ = found
    plain = type_.item if isinstance(type_, OptionalType) else type_
    if not isinstance(plain, ListType | AnyType | JsonType):
        message = f"'{reference}' is of type {describe(type_)}; `each` needs a list."
        report.add(Check.TYPE_MISMATCH, item.source.span, message)
    elif isinstance(type_, OptionalType) and not given.conditions("when"):
        condition = f"when {reference} is not empty"
        message = (
            f"'{reference}' may be absent, and then this node cannot run; say that it is meant with `{condition}`."
        )
        fix = Fix(f"Add `{condition}`", (Edit(Span(item.span.end, item.span.end), f"\n  {condition}"),))
        report.add(Check.ABSENT_OUTPUT, item.source.span, message, fix=fix)
    of = plain.item if isinstance(plain, ListType) else AnyType()
    return EachItem(Each(item.variable.text, Source((reference,))), of)


def read_inputs(
    parameters: tuple[nodes.Parameter, ...], item: EachItem | None, scope: Scope, report: Report
) -> tuple[NodeInput, ...]:
    """The inputs in the order written; the variable of an `each` is one of them, named or not."""
    local = scope if item is None else replace(scope, inputs={**scope.inputs, item.each.variable: item.type})
    inputs: dict[str, NodeInput] = {}
    for parameter in parameters:
        name = parameter.name.text
        if name in inputs:
            report.add(Check.DUPLICATE_NAME, parameter.name.span, f"The input '{name}' is given twice.")
            continue
        inputs[name] = _input(parameter, local, report)
    if item is not None and item.each.variable not in inputs:
        name = item.each.variable
        inputs[name] = NodeInput(name, item.type, Source((Reference(None, name),)))
    return tuple(inputs.values())


def _input(parameter: nodes.Parameter, scope: Scope, report: Report) -> NodeInput:
    name = parameter.name
    declared = None if parameter.type is None else read_type(parameter.type, report, AnyType())
    written = parameter.source or nodes.Source((nodes.Reference((name,), name.span),), name.span)
    if parameter.source is None and name.text not in scope.inputs:
        meant = did_you_mean(name.text, scope.inputs)
        way_out = (
            f"did you mean '{meant}'?" if meant else f"say where it comes from, as in `{name.text} = node.output`."
        )
        message = f"'{name.text}' is not an input of the graph: {way_out}"
        report.add(Check.UNKNOWN_NAME, name.span, message, fix=rename_fix(name, scope.inputs))
        return NodeInput(name.text, declared or AnyType(), Source((Reference(None, name.text),)))
    resolved = resolve_source(written, scope, report)
    if resolved is None:
        return NodeInput(name.text, declared or AnyType(), Source((Reference(None, name.text),)))
    source, type_ = resolved
    if declared is None:
        return NodeInput(name.text, type_, source)
    check_edge(declared, type_, source, written, report, f"the input '{name.text}'", parameter.type)
    return NodeInput(name.text, declared, source)


def read_outputs(declaration: nodes.NodeDeclaration, report: Report) -> tuple[Port, ...]:
    """The outputs of an llm, code or retrieve node."""
    default = DEFAULT_OUTPUT[declaration.kind]
    outputs: dict[str, Port] = {}
    for output in declaration.outputs:
        name = output.name.text
        if name in outputs:
            report.add(Check.DUPLICATE_NAME, output.name.span, f"The output '{name}' is given twice.")
        if output.source is not None:
            message = f"The output '{name}' of a node has a type, not a source: write `{name}: text`."
            report.add(Check.SYNTAX, output.source.span, message)
        outputs[name] = Port(name, read_type(output.type, report, default))
    if declaration.kind is nodes.NodeKind.RETRIEVE:
        _check_passages(declaration, tuple(outputs.values()), report)
    return tuple(outputs.values())


def _check_passages(declaration: nodes.NodeDeclaration, outputs: tuple[Port, ...], report: Report) -> None:
    for written, port in zip(declaration.outputs, outputs, strict=False):
        if not isinstance(port.type, ListType | AnyType | JsonType):
            message = f"A retrieve node gives a list: write `{port.name}: list[text]`."
            report.add(Check.TYPE_MISMATCH, written.span, message)


def match_arguments(
    declaration: nodes.CallDeclaration, callee: GraphInterface, inputs: tuple[NodeInput, ...], report: Report
) -> tuple[NodeInput, ...]:
    """Matches a call's arguments with the inputs of the called graph; the arguments take the callee's types."""
    expected = {port.name: port.type for port in callee.inputs}
    given = {parameter.name.text: parameter for parameter in declaration.inputs}
    typed: list[NodeInput] = []
    meant: set[str | None] = set()
    for input_ in inputs:
        parameter = given.get(input_.name)
        if input_.name not in expected:
            if parameter is not None:
                message = f"The graph has no input '{input_.name}'.{suggestion(input_.name, expected)}"
                report.add(Check.EXTRA_ARGUMENT, parameter.name.span, message, fix=rename_fix(parameter.name, expected))
                meant.add(did_you_mean(input_.name, expected))
            continue
        if parameter is not None:
            written = parameter.source or nodes.Source(
                (nodes.Reference((parameter.name,), parameter.name.span),), parameter.span
            )
            what = f"the input '{input_.name}'"
            check_edge(expected[input_.name], input_.type, input_.source, written, report, what)
        typed.append(NodeInput(input_.name, expected[input_.name], input_.source))
    filled = {input_.name for input_ in inputs} | meant
    span = declaration.graph.span if declaration.graph else declaration.head_span
    for name, type_ in expected.items():
        if name not in filled and not isinstance(type_, OptionalType):
            message = f"The call leaves the input '{name}' open; add `{name} = …`."
            report.add(Check.MISSING_ARGUMENT, span, message)
    return tuple(typed)
