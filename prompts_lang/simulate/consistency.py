"""What a world must agree on with itself, beyond its schema: names that exist, and templates that can be filled."""

from __future__ import annotations

from collections.abc import Iterator

from prompts_lang.graph.template import parse_template
from prompts_lang.simulate.shapes import is_array, is_object
from prompts_lang.simulate.world import BLIND, NOISE, World, WorldNode

Place = tuple[str | int, ...]
"""Keys and indices that lead from the top of a world file to a value."""


def contradictions(world: World) -> Iterator[tuple[Place, str]]:
    """Every place where a world contradicts itself, with a sentence about it."""
    facts = {name for row in world.rows for name in row.facts}
    for node in world.nodes.values():
        yield from _rules(node)
        yield from _inputs(node)
        yield from _templates(node, facts)
    yield from _needs(world)


def _rules(node: WorldNode) -> Iterator[tuple[Place, str]]:
    place = ("nodes", node.name)
    rules = {rule.id for rule in node.rules}
    for fault in node.faults:
        if fault.when not in rules | {BLIND, NOISE}:
            yield (
                (*place, "faults"),
                f"The fault is for {fault.when!r}, which is not a rule of the node, `blind` or `noise`.",
            )
        if strange := set(fault.outputs) - set(node.good):
            yield (*place, "faults"), f"The fault names outputs that a good answer does not have: {sorted(strange)}."
    for name, part in node.parts.items():
        if part.rule not in rules:
            yield (*place, "parts", name), f"The part follows the rule {part.rule!r}, which the node does not have."


def _inputs(node: WorldNode) -> Iterator[tuple[Place, str]]:
    for named in (*node.evidence, *node.reads.values()):
        if named.input not in node.inputs:
            yield (
                ("nodes", node.name),
                f"The node has no input {named.input!r}: its template fills {list(node.inputs)}.",
            )


def _templates(node: WorldNode, facts: set[str]) -> Iterator[tuple[Place, str]]:
    known = facts | set(node.inputs) | set(node.reads) | set(node.parts) | {"self"}
    for name in sorted(_names([node.good, *(fault.outputs for fault in node.faults)])):
        if name not in known:
            yield ("nodes", node.name), f"Nothing fills {{{{{name}}}}}: it is no input, reading, part or fact of a row."


def _needs(world: World) -> Iterator[tuple[Place, str]]:
    known = {name: {rule.id for rule in node.rules} for name, node in world.nodes.items()}
    known |= {name: {criterion.id for criterion in judge.criteria} for name, judge in world.judges.items()}
    for index, row in enumerate(world.rows):
        for owner, needed in row.needs.items():
            place = ("rows", index, "needs", owner)
            if owner not in known:
                yield place, "There is no node or judge of this name."
            elif strange := needed - known[owner]:
                yield place, f"There are no such rules: {sorted(strange)}. Known: {sorted(known[owner])}."


def _names(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return parse_template(value).names
    if is_object(value):
        return frozenset(name for part in value.values() for name in _names(part))
    if is_array(value):
        return frozenset(name for part in value for name in _names(part))
    return frozenset()
