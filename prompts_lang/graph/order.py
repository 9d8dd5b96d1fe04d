"""The order of nodes: what each node waits for, a topological order, and the cycle where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from prompts_lang.syntax import nodes


def dependencies(declaration: nodes.NodeDeclaration | nodes.CallDeclaration) -> frozenset[str]:
    """The first names of all references in a node's inputs, `when` and `each`, nodes or not."""
    heads: set[str] = set()
    for parameter in declaration.inputs:
        if parameter.source is not None:
            heads.update(reference.parts[0].text for reference in parameter.source.alternatives)
    for item in declaration.items:
        if isinstance(item, nodes.EachProperty) and item.source is not None:
            heads.add(item.source.parts[0].text)
        if isinstance(item, nodes.ConditionProperty) and item.word.text == "when":
            heads.update(names_in(item.condition))
    return frozenset(heads)


def names_in(condition: nodes.Condition | None) -> frozenset[str]:
    """The first names of all references in a condition."""
    return frozenset(reference.parts[0].text for reference in references_in(condition))


def references_in(condition: nodes.Condition | None) -> Iterator[nodes.Reference]:
    """Every reference in a condition."""
    return (question.reference for question in questions_in(condition))


def questions_in(condition: nodes.Condition | None) -> Iterator[nodes.Truth | nodes.Compare | nodes.IsEmpty]:
    """Every part of a condition that asks for one value."""
    pending = [condition]
    while pending:
        match pending.pop():
            case None:
                pass
            case nodes.Not(operand):
                pending.append(operand)
            case nodes.AllOf(operands) | nodes.AnyOf(operands):
                pending.extend(operands)
            case nodes.Truth() | nodes.Compare() | nodes.IsEmpty() as question:
                yield question


def topological_order(waits_for: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The keys so that each stands after what it waits for, and otherwise in the order given.

    Raises:
        CycleError: from `graphlib`; `cycle_of` gives the path.
    """
    position = {name: number for number, name in enumerate(waits_for)}
    sorter = TopologicalSorter(
        {name: [head for head in heads if head in position] for name, heads in waits_for.items()}
    )
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        ordered.extend(ready)
        sorter.done(*ready)
    return tuple(ordered)


def cycle_of(error: CycleError) -> tuple[str, ...]:
    """The names of the cycle in the direction in which values flow, each once."""
    path: list[str] = error.args[1]
    return tuple(path[:-1])
