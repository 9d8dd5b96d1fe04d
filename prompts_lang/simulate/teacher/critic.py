"""Critic replies in a requested schema: messages over enumerated targets, and suspects of a skeleton."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.schema import choices, items, properties
from prompts_lang.simulate.skill import good_outputs
from prompts_lang.simulate.teacher.diagnosis import Finding, Verdict, diagnose_input, diagnose_text
from prompts_lang.simulate.teacher.reading import View
from prompts_lang.simulate.world import Row, World, WorldNode, squash

_VERDICTS: tuple[Verdict, ...] = ("none", "contributes", "causes", "unknown")
_SUSPECTS = 2
"""Suspects that the critic names in a skeleton, besides false ones."""


def messages(world: World, shown: View, chance: Chance) -> Mapping[str, Any]:
    """A verdict for every target that the schema enumerates."""
    fields = items(properties(shown.schema).get("messages"))
    targets = choices(fields.get("target")) or ("slot:system",)
    allowed = choices(fields.get("verdict")) or _VERDICTS
    found = [(target, _finding(world, shown, target, chance)) for target in targets]
    return {
        "messages": [
            {
                "target": target,
                "verdict": finding.verdict if finding.verdict in allowed else allowed[0],
                "critique": finding.critique,
                "quote": finding.quote,
            }
            for target, finding in found
        ]
    }


def suspects(world: World, shown: View, chance: Chance) -> Mapping[str, Any]:
    """The earliest nodes whose one-line outputs do not look like good ones, and sometimes an innocent one."""
    fields = items(properties(shown.schema).get("suspects"))
    names = choices(fields.get("node"))
    known = {name: node for name in names if (node := _named(world, name)) is not None}
    dials = world.dials.critic
    named = [
        {"node": name, "why": "Its output is not what the following nodes need."}
        for name, node in known.items()
        if any(_looks_bad(node, row, shown.text) for row in shown.rows) and chance.hit(dials.recall, "suspect", name)
    ][:_SUSPECTS]
    innocent = [name for name in names if name not in {entry["node"] for entry in named}]
    if innocent and chance.hit(dials.false_blame, "false suspect"):
        named.append({"node": chance.pick(innocent, "which suspect"), "why": "Its output is unusually short."})
    return {"suspects": named}


def _finding(world: World, shown: View, target: str, chance: Chance) -> Finding:
    kind, _, name = target.rpartition(":")
    if shown.node is None:
        return Finding("unknown", "This does not show enough to judge.")
    if kind == "slot" and name == "examples":
        return Finding("none", "The examples do not explain the failure.")
    if kind == "slot":
        text = shown.find(rf"\b{re.escape(target)}\b", rf"(?<![\w:]){re.escape(name)}\b") or shown.text
        return diagnose_text(world, shown.node, text, shown.rows, chance)
    return diagnose_input(world, shown.node, name or target, shown.text, shown.rows, chance)


def _named(world: World, name: str) -> WorldNode | None:
    if name in world.nodes:
        return world.nodes[name]
    short = name.rpartition("/")[2]
    return next((node for node in world.nodes.values() if node.short == short), None)


def _looks_bad(node: WorldNode, row: Row, text: str) -> bool:
    flat = squash(text).lower()
    outputs = [str(value) for value in good_outputs(node, row, {}).values()]
    return any(squash(value).lower()[:60] not in flat for value in outputs)
