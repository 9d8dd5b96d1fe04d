"""The door of the simulated teacher: finds out what a request wants, and asks the right part for the reply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.request import Purpose
from prompts_lang.simulate.schema import items, properties
from prompts_lang.simulate.skill import good_outputs
from prompts_lang.simulate.teacher import critic, foreign, judge, rewriter
from prompts_lang.simulate.teacher.reading import View
from prompts_lang.simulate.world import World


def respond(world: World, shown: View, chance: Chance) -> tuple[str, Purpose] | None:
    """The reply and what it was taken for, or None where the request is no teacher's business."""
    fields = properties(shown.schema)
    if "messages" in fields and "verdict" in items(fields["messages"]):
        return _json(critic.messages(world, shown, chance)), "critic"
    if "suspects" in fields:
        return _json(critic.suspects(world, shown, chance)), "suspects"
    if "proposals" in fields:
        return _slip(world, _json(rewriter.proposals(world, shown, chance)), chance), "rewriter"
    if "score" in fields:
        return _json(judge.verdict(world, shown, chance)), "judge"
    if fields and (outputs := _corrected(shown, set(fields))) is not None:
        return _json(outputs), "solve"
    if (rewritten := foreign.rewrite(world, shown, chance)) is not None:
        return _slip(world, rewritten, chance), "rewriter"
    if (critique := foreign.feedback(world, shown, chance)) is not None:
        return critique, "feedback"
    if judge.asks_for_score(shown.text) and world.judges:
        return _json(judge.verdict(world, shown, chance)), "judge"
    return None


def _corrected(shown: View, fields: set[str]) -> Mapping[str, Any] | None:
    """The output that the shown node should have given, where the schema asks for its outputs."""
    node = shown.node
    if node is None or not shown.rows or not fields <= set(node.good):
        return None
    outputs = good_outputs(node, shown.rows[0], {})
    return {name: outputs[name] for name in fields}


def _slip(world: World, text: str, chance: Chance) -> str:
    if chance.hit(world.dials.rewriter.break_format, "break format"):
        return "Sure! I would make the instructions more specific and add what the feedback mentions. Let me know if that helps."
    return text


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
