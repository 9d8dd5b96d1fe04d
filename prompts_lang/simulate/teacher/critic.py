"""Critic replies in a requested schema: messages over enumerated targets, and suspects of a skeleton."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.schema import choices, items, properties
from prompts_lang.simulate.skill import good_outputs
from prompts_lang.simulate.teacher.diagnosis import Finding, Verdict, diagnose_input, diagnose_text
from prompts_lang.simulate.teacher.reading import View
from prompts_lang.simulate.world import Row, World, WorldNode, squash

_VERDICTS: tuple[Verdict, ...] = ("none", "contributes", "causes", "unknown")
_RECOGNISED = 60
"""Characters by which an output is recognised in a line, which may be cut off."""
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
    bad = {name: None for name, node in known.items() if _looks_bad(node, shown.rows, _lines(shown, name))}.keys()
    named = [
        {"node": name, "why": "Its output is not what the following nodes need."}
        for name in bad
        if not bad & _reads(shown, name) and chance.hit(dials.recall, "suspect", name)
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
    return diagnose_input(world, shown.node, name or target, shown.runs, chance)


def _named(world: World, name: str) -> WorldNode | None:
    if name in world.nodes:
        return world.nodes[name]
    short = name.rpartition("/")[2]
    return next((node for node in world.nodes.values() if node.short == short), None)


def _lines(shown: View, name: str) -> Sequence[re.Match[str]]:
    """The lines about a node, as in `plan (reads question): query = …`."""
    return list(
        re.finditer(rf"^{re.escape(name)}(?: \(reads (?P<reads>[^)]*)\))?: (?P<gave>.*)$", shown.text, re.MULTILINE)
    )


def _reads(shown: View, name: str) -> set[str]:
    return {read.strip() for line in _lines(shown, name) for read in (line["reads"] or "").split(",")}


def _looks_bad(node: WorldNode, rows: Sequence[Row], lines: Sequence[re.Match[str]]) -> bool:
    """Whether a line about the node shows the good output of none of the rows."""
    good = [
        [squash(str(value)).lower()[:_RECOGNISED] for value in good_outputs(node, row, {}).values()] for row in rows
    ]
    gave = [squash(line["gave"]).lower() for line in lines]
    return any(not any(all(value in said for value in values) for values in good) for said in gave)
