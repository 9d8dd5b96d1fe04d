"""The simulated student: which of the needed rules a prompt states, what that makes of the answer, and how it goes wrong.

The answer is honest about its inputs: where they lack the evidence, it is built from what they do contain. Faults are layered in a
fixed order (blind, then the missing rules in the node's order, then noise), each on top of the output so far.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.recognise import Seen, row_of_task, rows_in
from prompts_lang.simulate.world import BLIND, NOISE, Row, Rule, World, WorldNode, expand, squash


@dataclass(frozen=True, slots=True)
class Performance:
    """A node's outputs, and why they are what they are. Empty `wrong` means a good answer."""

    outputs: Mapping[str, Any]
    wrong: tuple[str, ...] = ()


def perform(world: World, seen: Seen, chance: Chance, *, expertise: float = 0.0) -> Performance:
    """Does a node's task as a model would that has read the prompt and, with some probability, knows a rule by itself."""
    node = seen.node
    row = row_of_task(world, seen)
    if row is None:
        return Performance(dict.fromkeys(node.good, world.unknown), ("unknown",))
    followed = known_rules(world, seen, row, chance, expertise)
    missing = [rule for rule in needed_rules(node, row) if rule.id not in followed]
    wrong = [BLIND] if lacks_evidence(node, row, seen.inputs) else []
    wrong += [rule.id for rule in missing]
    harmed = any(
        decoy.stated_in(seen.instructions) and chance.hit(decoy.harm, "decoy", decoy.text) for decoy in node.decoys
    )
    if harmed or chance.hit(world.dials.student.noise * (1 - expertise), "noise"):
        wrong.append(NOISE)
    values = {**row.facts, **seen.inputs, **_read(node, row, seen.inputs), **_parts(node, row, frozenset(followed))}
    outputs: dict[str, Any] = expand(node.good, values)
    for trouble in wrong:
        fault = next((fault for fault in node.faults if fault.when == trouble), None)
        if fault is None and trouble == NOISE:
            fault = chance.pick(node.faults, "slip") if node.faults else None
        if fault is not None:
            changed = {
                name: expand(text, {**values, "self": str(outputs[name])}) for name, text in fault.outputs.items()
            }
            outputs |= changed
    return Performance(outputs, tuple(wrong))


def good_outputs(node: WorldNode, row: Row, inputs: Mapping[str, str]) -> Mapping[str, Any]:
    """What the node would answer if nothing were wrong."""
    every = frozenset(rule.id for rule in node.rules)
    result: Mapping[str, Any] = expand(
        node.good, {**row.facts, **inputs, **_read(node, row, inputs), **_parts(node, row, every)}
    )
    return result


def needed_rules(node: WorldNode, row: Row) -> tuple[Rule, ...]:
    """The rules of the node that the row needs, in the node's order."""
    needs = row.needs.get(node.name, frozenset())
    return tuple(rule for rule in node.rules if rule.id in needs)


def lacks_evidence(node: WorldNode, row: Row, inputs: Mapping[str, str]) -> tuple[str, ...]:
    """The inputs that do not contain what a good answer has to rest on."""
    flat = {name: squash(value).lower() for name, value in inputs.items()}
    lacking = (
        evidence.input
        for evidence in node.evidence
        if squash(expand(evidence.contains, row.facts)).lower() not in flat.get(evidence.input, "")
    )
    return tuple(dict.fromkeys(lacking))


def known_rules(world: World, seen: Seen, row: Row, chance: Chance, expertise: float) -> frozenset[str]:
    """The rules that the answer will follow: stated, taught by an example in the prompt, known, or followed by luck."""
    dials = world.dials.student
    known = {rule.id for rule in seen.node.rules if rule.stated_in(seen.instructions)}
    for example in rows_in(world, f"{seen.instructions}\n\n{seen.conversation}"):
        if example is not row:
            taught = needed_rules(seen.node, example)
            known |= {rule.id for rule in taught if chance.hit(dials.example_lift, "example", rule.id, *example.keys)}
    for rule in seen.node.rules:
        if chance.hit(expertise, "expertise", rule.id) or chance.hit(dials.luck, "luck", rule.id):
            known.add(rule.id)
    return frozenset(known)


def _read(node: WorldNode, row: Row, inputs: Mapping[str, str]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for name, reading in node.reads.items():
        pattern = expand(reading.pattern, {key: re.escape(value) for key, value in row.facts.items()})
        match = re.search(pattern, inputs.get(reading.input, ""), re.DOTALL)
        values[name] = (
            re.sub(r"\s+", " ", match[1] if match.re.groups else match[0])
            if match
            else expand(reading.default, row.facts)
        )
    return values


def _parts(node: WorldNode, row: Row, followed: frozenset[str]) -> Mapping[str, str]:
    needs = row.needs.get(node.name, frozenset())
    return {
        name: expand(part.kept if part.rule in followed else part.missed, row.facts) if part.rule in needs else ""
        for name, part in node.parts.items()
    }
