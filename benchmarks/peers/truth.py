"""What a set of texts is really worth: the expected score over the student's noise, computed from the world and not drawn.

It is exact because a row of a generated world comes out right if and only if every node follows the rules that the row needs there, is
not led astray by harmful advice, and does not slip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from prompts_lang.simulate.generate import GRAPH
from prompts_lang.simulate.recognise import rows_in
from prompts_lang.simulate.skill import needed_rules
from prompts_lang.simulate.world import Row, World, WorldNode


def expected_score(world: World, texts: Mapping[str, str], cases: Iterable[str]) -> float:
    """The probability that a row comes out right, averaged over rows. `texts` are by node name, `cases` are keys of rows."""
    rows = [world.rows_by_key[case.lower()] for case in cases]
    chances = [prod(_follows(world, node, texts[node.short], row) for node in world.nodes.values()) for row in rows]
    return sum(chances) / len(chances)


def attainable(world: World, cases: Iterable[str]) -> float:
    """The expected score of texts that state every hidden rule and nothing else."""
    complete = {node.short: "\n".join(rule.statement for rule in node.rules) for node in world.nodes.values()}
    return expected_score(world, complete, cases)


def starting_score(world: World, starting: Mapping[str, str], cases: Iterable[str]) -> float:
    """The expected score of the texts that everybody starts from."""
    return expected_score(world, starting, cases)


def world_node(world: World, name: str) -> WorldNode:
    """The node of a short name."""
    return world.nodes[f"{GRAPH}/{name}"]


def _follows(world: World, node: WorldNode, text: str, row: Row) -> float:
    """The probability that a node does its part for a row. Rows that a text quotes teach the rules that they need."""
    dials = world.dials.student
    chance = 1.0 - dials.noise
    quoted = [example for example in rows_in(world, text) if example is not row]
    for rule in needed_rules(node, row):
        if not rule.stated_in(text):
            lessons = sum(rule in needed_rules(node, example) for example in quoted)
            chance *= 1 - (1 - dials.luck) * (1 - dials.example_lift) ** lessons
    return chance * prod(1 - decoy.harm for decoy in node.decoys if decoy.stated_in(text))
