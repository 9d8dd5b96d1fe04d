"""Rewriter replies: edits that add what the feedback names, with the slips of a real rewriter turned by dials.

The rewriter knows no hidden rule by itself: it adds those that it reads in the feedback, or that the feedback implies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from prompts_lang.graph.template import PLACEHOLDER
from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.schema import Schema, properties
from prompts_lang.simulate.teacher.reading import View
from prompts_lang.simulate.world import Rule, World, WorldNode

_FILLERS = (
    "Work carefully.",
    "Check your result before you reply.",
    "Be precise and consistent.",
    "Think it through first, then reply.",
)
_COUNT = re.compile(
    r"\b(?P<count>[2-9]|two|three|four|five)\s+(?:\w+\s+){0,2}(?:proposals|edits|rewrites|alternatives|candidates)\b"
)
_PLACE = re.compile(rf"{PLACEHOLDER.pattern}|⟦[^⟧]*⟧")
"""A placeholder, as it is written or as an opaque mark."""
_LONGEST_IDEA = 160
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}


def proposals(world: World, shown: View, chance: Chance) -> Mapping[str, Any]:
    """Alternative edits of the slot that is shown, as search/replace hunks."""
    node = shown.node
    current = slot_text(shown)
    feedback = "\n".join(shown.find_all(r"^feedback\b")) or (
        shown.text.replace(current, " ") if current else shown.text
    )
    failed = "\n".join(shown.find_all(r"\bfailed\b"))
    named = named_rules(node, current, feedback) if node else ()
    count = _wanted(properties(shown.schema).get("proposals"), shown.text)
    made = [
        _proposal(world, node, current, named, failed, Chance.of(chance.key, "proposal", index), index)
        for index in range(count)
    ]
    return {"proposals": made}


def slot_text(shown: View) -> str:
    """The text that is to be rewritten, or nothing where it cannot be told."""
    return (
        shown.find(
            r"\bcurrent", r"\bslot\b", r"\btext\b", r"\bvariable\b", r"\b(system|user|query|prompt|instructions?)\b"
        )
        or ""
    )


def named_rules(node: WorldNode, current: str, feedback: str) -> tuple[tuple[Rule, bool], ...]:
    """The rules that the feedback names (True) or implies (False), and that the text does not state yet."""
    open_rules = [rule for rule in node.rules if not rule.stated_in(current)]
    told = [(rule, True) for rule in open_rules if rule.stated_in(feedback)]
    implied = [(rule, False) for rule in open_rules if not rule.stated_in(feedback) and rule.implied_in(feedback)]
    return (*told, *implied)


def additions(
    world: World,
    node: WorldNode | None,
    current: str,
    named: Sequence[tuple[Rule, bool]],
    chance: Chance,
    *,
    everything: bool = True,
    failed: str = "",
) -> list[str]:
    """The texts that a rewriter adds: named rules, and now and then a filler or a decoy that the text does not have yet.

    Unless `everything`, about half of the rules. Wordings that stand in `failed` are not tried again while there are others.
    """
    dials = world.dials.rewriter
    added: list[str] = []
    for rule, told in named:
        wanted = everything or len(named) == 1 or chance.hit(0.5, "choose", rule.id)
        if wanted and chance.hit(dials.add if told else dials.guess, "add", rule.id):
            fresh = [insert for insert in rule.inserts if insert not in failed] or rule.inserts
            added.append(chance.pick(fresh, "insert", rule.id))
    if node is not None and node.kind == "retrieve":
        return added
    fillers = [filler for filler in _FILLERS if filler not in current]
    if fillers and (not added or chance.hit(dials.filler, "filler")):
        added.append(chance.pick(fillers, "which filler"))
    decoys = [decoy for decoy in (node.decoys if node is not None else ()) if not decoy.stated_in(current)]
    if decoys and chance.hit(dials.decoy, "decoy"):
        added.append(chance.pick(decoys, "which decoy").text)
    return added


def forgotten(world: World, node: WorldNode | None, current: str, chance: Chance) -> tuple[str, ...]:
    """Lines of the text that state a rule and that a careless rewriter loses."""
    if node is None:
        return ()
    lines = [line for line in current.splitlines() if line.strip()]
    return tuple(
        line
        for line in lines
        if any(rule.stated_in(line) for rule in node.rules)
        and chance.hit(1 - world.dials.rewriter.keep, "forget", line)
    )


def join(node: WorldNode | None, current: str, added: Sequence[str]) -> str:
    """The text with the additions: on lines of their own, or on the same line for a retrieval query."""
    separator = " " if node is not None and node.kind == "retrieve" else "\n"
    return separator.join([current.rstrip(), *added]) if current.strip() else separator.join(added)


def _proposal(
    world: World,
    node: WorldNode | None,
    current: str,
    named: Sequence[tuple[Rule, bool]],
    failed: str,
    chance: Chance,
    index: int,
) -> Mapping[str, Any]:
    added = additions(world, node, current, named, chance, everything=index == 0, failed=failed)
    edits: list[dict[str, str]] = []
    last = next((line for line in reversed(current.splitlines()) if line.strip()), "")
    if last and current.count(last) == 1:
        edits.append({"search": last, "replace": join(node, last, added)})
    else:
        edits.append({"search": "", "replace": "\n".join(added)})
    edits += [{"search": line, "replace": ""} for line in forgotten(world, node, current, chance) if line != last]
    placeholder = _PLACE.search(current)
    if placeholder and chance.hit(world.dials.rewriter.drop_placeholder, "drop placeholder"):
        edits[0]["replace"] = edits[0]["replace"].replace(placeholder[0], "")
    return {
        "idea": f"Say it outright: {' '.join(added)}"[:_LONGEST_IDEA] if added else "Leave it as it is.",
        "edits": edits,
    }


def _wanted(schema: Schema | None, text: str) -> int:
    schema = schema or {}
    if isinstance(schema.get("maxItems"), int):
        return max(1, min(4, int(schema["maxItems"])))
    if match := _COUNT.search(text.lower()):
        return _NUMBERS.get(match["count"]) or int(match["count"])
    return 3
