"""What a simulated critic notices about a prompt: rules that it lacks, with some probability; vague or false blame otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.recognise import row_of
from prompts_lang.simulate.skill import lacks_evidence, needed_rules
from prompts_lang.simulate.world import Row, Rule, World, WorldNode

Verdict = Literal["none", "contributes", "causes", "unknown"]

_VAGUE = (
    "The instructions could be clearer about what a good result looks like.",
    "The wording leaves too much room for interpretation.",
    "The text does not guide the model well enough on cases like these.",
)
_CLEAN = "Nothing here explains the failure."


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said about one target."""

    verdict: Verdict
    critique: str
    quote: str = ""
    rules: tuple[Rule, ...] = ()


def missing_rules(node: WorldNode, text: str, rows: Sequence[Row]) -> tuple[Rule, ...]:
    """The rules that the rows need and the text does not state, the most needed first."""
    counts: dict[str, int] = {}
    for row in rows:
        for rule in needed_rules(node, row):
            counts[rule.id] = counts.get(rule.id, 0) + 1
    open_rules = [rule for rule in node.rules if rule.id in counts and not rule.stated_in(text)]
    return tuple(sorted(open_rules, key=lambda rule: -counts[rule.id]))


def diagnose_text(world: World, node: WorldNode, text: str, rows: Sequence[Row], chance: Chance) -> Finding:
    """Judges a prompt's own text by the failing rows that are shown with it."""
    dials = world.dials.critic
    missing = missing_rules(node, text, rows)
    named = tuple(rule for rule in missing if chance.hit(dials.recall, "recall", node.name, rule.id))[: dials.attention]
    if named:
        critique = " ".join(f"{rule.symptom} {rule.statement}" for rule in named)
        return Finding("causes", critique, _quote(named[0], text), named)
    if missing and chance.hit(dials.vague, "vague", node.name):
        return Finding("contributes", chance.pick(_VAGUE, "vague words", node.name), _first_line(text))
    if not missing and chance.hit(dials.false_blame, "false blame", node.name):
        return _false_blame(node, text, chance)
    return Finding("none", _CLEAN)


def diagnose_input(
    world: World, node: WorldNode, name: str, runs: Sequence[Mapping[str, str]], chance: Chance
) -> Finding:
    """Judges an input by the failing runs that are shown: whether it lacks the evidence that a good output has to rest on.

    Where nothing of any row is recognised in a run's inputs, the evidence is lost as well.
    """
    needs_evidence = any(evidence.input == name for evidence in node.evidence)
    lacking = needs_evidence and any(_lacks(world, node, name, run) for run in runs if name in run)
    if lacking and chance.hit(world.dials.critic.recall, "recall", node.name, "input", name):
        return Finding(
            "causes",
            f"The input {name} does not hold what a right answer has to rest on; it was wrong before it got here.",
        )
    if not lacking and chance.hit(world.dials.critic.false_blame, "false blame", node.name, name):
        return Finding("contributes", f"The input {name} is longer than it needs to be.")
    return Finding("none", _CLEAN)


def _lacks(world: World, node: WorldNode, name: str, run: Mapping[str, str]) -> bool:
    row = row_of(world, run)
    return row is None or name in lacks_evidence(node, row, run)


def _false_blame(node: WorldNode, text: str, chance: Chance) -> Finding:
    if node.decoys:
        return Finding("contributes", chance.pick(node.decoys, "false words", node.name).text, _first_line(text))
    return Finding("contributes", chance.pick(_VAGUE, "false words", node.name), _first_line(text))


def _quote(rule: Rule, text: str) -> str:
    if rule.blames is not None and (match := rule.blames.search(text)):
        return match[0]
    return _first_line(text)


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return re.split(r"(?<=[.!?])\s", line)[0]
