"""Resolves nodes: their inputs against the graph, their text against their inputs, their properties against the table."""

from __future__ import annotations

from prompts_lang.graph.interface import GraphInterface, NameKind, Scope
from prompts_lang.graph.model import Condition, Kind, Port, Repeat
from prompts_lang.graph.order import questions_in
from prompts_lang.graph.problem import Check
from prompts_lang.graph.resolve.bodies import read_body, warn_of_unused_inputs
from prompts_lang.graph.resolve.conditions import read_condition
from prompts_lang.graph.resolve.draft import CallDraft, NodeDraft
from prompts_lang.graph.resolve.ports import EachItem, match_arguments, read_each, read_inputs, read_outputs
from prompts_lang.graph.resolve.properties import Given, read_properties
from prompts_lang.graph.resolve.report import Report
from prompts_lang.graph.resolve.values import resolve_name
from prompts_lang.graph.resolve.wiring import Resolved, resolve_local, resolve_reference
from prompts_lang.graph.types import Type
from prompts_lang.syntax import nodes

MOST_ROUNDS = 100
"""The highest `at most` of a loop: the bound of a run's cost is the product of all loops around a call."""


def resolve_node(declaration: nodes.NodeDeclaration, scope: Scope, report: Report) -> NodeDraft | None:
    """An llm, code or retrieve node; None where it has errors."""
    if declaration.name is None:
        return None
    if _outside_graph(declaration, scope, report):
        return None
    given = read_properties(declaration, scope, report)
    item = read_each(given, scope, report)
    inputs = read_inputs(declaration.inputs, item, scope, report)
    ports = {input_.name: input_.type for input_ in inputs}
    outputs = read_outputs(declaration, report)
    body = read_body(declaration, given, scope, ports, report)
    when = _when(given, item, scope, report)
    ensure = _ensure(given, ports, outputs, report)
    warn_of_unused_inputs(declaration, given, ports, report)
    if report.failed or body is None:
        return None
    frozen = bool(given.get("frozen", bool))
    return NodeDraft(
        declaration.name.text,
        Kind(declaration.kind.value),
        inputs,
        outputs,
        body,
        when,
        item.each if item else None,
        ensure,
        frozen,
    )


def resolve_call(
    declaration: nodes.CallDeclaration, callee: GraphInterface | None, scope: Scope, report: Report
) -> NodeDraft | None:
    """A call of another graph; None where it has errors. `callee` is None where the graph is unknown."""
    if declaration.name is None:
        return None
    if _outside_graph(declaration, scope, report):
        return None
    given = read_properties(declaration, scope, report)
    item = read_each(given, scope, report)
    inputs = read_inputs(declaration.inputs, item, scope, report)
    if declaration.graph is not None:
        resolve_name(declaration.graph, NameKind.GRAPH, scope, report)
    if callee is not None:
        inputs = match_arguments(declaration, callee, inputs, report)
    outputs = () if callee is None else callee.outputs
    repeat = None if callee is None else _repeat(given, callee, report)
    when = _when(given, item, scope, report)
    ensure = _ensure(given, {input_.name: input_.type for input_ in inputs}, outputs, report)
    if report.failed or declaration.graph is None or callee is None or not callee.complete:
        return None
    frozen = bool(given.get("frozen", bool))
    body = CallDraft(declaration.graph.text, repeat)
    return NodeDraft(
        declaration.name.text, Kind.CALL, inputs, outputs, body, when, item.each if item else None, ensure, frozen
    )


def _outside_graph(declaration: nodes.Declaration, scope: Scope, report: Report) -> bool:
    if scope.in_graph or declaration.name is None:
        return False
    name = declaration.name.text
    message = f"'{name}' belongs to no graph: put a line such as `graph main(question: text) -> {name}` above it."
    report.add(Check.NODE_OUTSIDE_GRAPH, declaration.head_span, message)
    return True


def _when(given: Given, item: EachItem | None, scope: Scope, report: Report) -> Condition | None:
    def resolve(reference: nodes.Reference) -> Resolved | None:
        head = reference.parts[0]
        if item is None or head.text != item.each.variable or head.text in scope.inputs or head.text in scope.nodes:
            return resolve_reference(reference, scope, report)
        message = (
            f"'{head.text}' is one item of the list, and `when` decides about the whole node, before `each`: "
            "choose the items in a `code` node, and take its list."
        )
        report.add(Check.UNKNOWN_NAME, head.span, message)
        return None

    for line in given.conditions("when"):
        if line.condition is not None:
            _warn_of_absent(line.condition, scope, report)
            return read_condition(line.condition, resolve, report)
    return None


def _warn_of_absent(condition: nodes.Condition, scope: Scope, report: Report) -> None:
    """Warns where a condition asks for a value of a node that may be skipped, and does not say what it means to be absent."""
    asked = tuple(questions_in(condition))
    guarded = {question.reference.parts[0].text for question in asked if isinstance(question, nodes.IsEmpty)}
    for question in asked:
        head = question.reference.parts[0].text
        node = scope.nodes.get(head)
        if node is None or not node.conditional or head in guarded or head in scope.inputs:
            continue
        name = question.reference.text
        message = f"'{head}' may be skipped, and then '{name}' counts as false; say that it is meant with `{name} is not empty and …`."
        report.add(Check.ABSENT_OUTPUT, question.reference.span, message)


def _ensure(given: Given, ports: dict[str, Type], outputs: tuple[Port, ...], report: Report) -> tuple[Condition, ...]:
    local = {**ports, **{port.name: port.type for port in outputs}}
    conditions: list[Condition] = []
    for item in given.conditions("ensure"):
        if item.condition is None:
            continue
        condition = read_condition(
            item.condition,
            lambda name: resolve_local(name, local, report, "an input or output of this node"),
            report,
        )
        if condition is not None:
            conditions.append(condition)
    return tuple(conditions)


def _repeat(given: Given, callee: GraphInterface, report: Report) -> Repeat | None:
    item = given.one(nodes.RepeatProperty)
    if item is None or item.until is None or item.at_most is None:
        return None
    outputs = {port.name: port.type for port in callee.outputs}
    if not set(outputs) & {port.name for port in callee.inputs}:
        message = (
            "Nothing is carried from one round to the next: name an output of the called graph like one of its inputs."
        )
        report.add(Check.REPEAT_MISMATCH, item.span, message)
    until = read_condition(
        item.until, lambda name: resolve_local(name, outputs, report, "an output of the called graph"), report
    )
    count = item.at_most.value
    if not isinstance(count, int) or not 1 <= count <= MOST_ROUNDS:
        message = f"The number of rounds is a whole number from 1 to {MOST_ROUNDS}."
        report.add(Check.BAD_VALUE, item.at_most.span, message)
        return None
    return None if until is None else Repeat(until, count)
