"""Replies for other optimisers, which ask in prose: feedback as sentences, rewrites in the tags, fences or JSON that they name.

Recognised by what the request asks for, as a real model would: TextGrad's tags, AdalFlow's XML or JSON, GEPA's fences, DSPy's sections,
Trace's suggestions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from prompts_lang.simulate.chance import Chance
from prompts_lang.simulate.recognise import shown_node
from prompts_lang.simulate.teacher.diagnosis import diagnose_input, diagnose_text
from prompts_lang.simulate.teacher.reading import View, fenced
from prompts_lang.simulate.teacher.rewriter import additions, forgotten, join, named_rules
from prompts_lang.simulate.world import World, WorldNode, squash

_REASONING = "I addressed the feedback."
_REPLY_TAG = re.compile(
    r"<(?P<tag>(?:IMPROVED|NEW|PROPOSED|UPDATED)_\w+|proposed_variable|new_prompt|new_instruction)>", re.IGNORECASE
)
_REPLY_FENCE = re.compile(r"(?:within|inside|in|between)\s+(?:triple backticks|```)", re.IGNORECASE)
_ASKS_FOR_FEEDBACK = re.compile(
    r"\b(?:feedback|gradient|criticism|critique)\b.{0,60}\bengine\b|\bgive (?:\w+ )?(?:feedback|criticism)\b|<OBJECTIVE_FUNCTION>",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(
    r"^\[\[ ## (?P<name>\w+) ## \]\]\n(?P<value>.*?)(?=\n+\[\[ ## |\n+Respond with |\Z)", re.MULTILINE | re.DOTALL
)
_WANTED_SECTION = re.compile(
    r"^Respond with [^\n]*?`(?:\[\[ ## )?(?P<name>(?:new|improved|proposed)_instructions?)\b", re.MULTILINE
)
_SETTING = re.compile(
    r"^\(str\) (?P<name>\w+)\s*=\s*(?P<value>.*?)(?=^\(\w+\) \w+\s*=|^#\w|\Z)", re.MULTILINE | re.DOTALL
)
_TAGGED_SETTING = re.compile(
    r'<(?:variable|node) name="(?P<name>\w+)"[^>]*>\s*<value>(?P<value>.*?)</value>', re.DOTALL | re.IGNORECASE
)


def rewrite(world: World, shown: View, chance: Chance) -> str | None:
    """An improved text in the format that the request names, or None where it asks for no rewrite that we know."""
    text = shown.text
    if '"suggestion"' in text and "#Variables" in text:
        return _suggestions(world, shown, chance)
    if "<variables>" in text.lower() and "<value>" in text.lower() and _TAGGED_SETTING.search(text):
        return _tagged_suggestions(world, shown, chance)
    if "proposed_variable" in text:
        return _proposed(text, _improve(world, shown, _variable(shown), chance, sees_runs=False))
    if wanted := _WANTED_SECTION.search(shown.request.last_user):
        return _in_sections(world, shown, wanted["name"], chance)
    if match := _REPLY_TAG.search(text):
        improved = _improve(world, shown, _variable(shown), chance, sees_runs=False)
        return f"<{match['tag']}>{improved}</{match['tag']}>"
    if _REPLY_FENCE.search(text) and (blocks := fenced(text)):
        return f"```\n{_improve(world, shown, blocks[0], chance, sees_runs=True)}\n```"
    return None


def _proposed(asked: str, improved: str) -> str:
    """AdalFlow's reply: XML in newer versions, JSON in older ones."""
    if "<proposed_variable>" in asked:
        fields = {"reasoning": _REASONING, "method": "add", "proposed_variable": improved}
        inner = "\n".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
        return f"<response>\n{inner}\n</response>"
    return json.dumps({"reasoning": _REASONING, "proposed_variable": improved}, ensure_ascii=False)


def _in_sections(world: World, shown: View, wanted: str, chance: Chance) -> str:
    """DSPy's reply: a section of its chat format, or a JSON object where its second attempt asks for one."""
    sections = {match["name"]: match["value"].strip() for match in _SECTION.finditer(shown.request.last_user)}
    current = next((value for name, value in sections.items() if "instruction" in name), "")
    improved = _improve(world, shown, current, chance, sees_runs=True)
    if "Respond with a JSON object" in shown.request.last_user:
        return json.dumps({wanted: improved}, ensure_ascii=False)
    return f"[[ ## {wanted} ## ]]\n{improved}\n\n[[ ## completed ## ]]"


def feedback(world: World, shown: View, chance: Chance) -> str | None:
    """Criticism in prose, or None where the request asks for none."""
    if not _ASKS_FOR_FEEDBACK.search(shown.text):
        return None
    node, run = _target(world, shown)
    if node is None:
        return "The result is not what was expected. Look again at what it rests on."
    target = shown.find(r"^VARIABLE$", r"^TARGET_VARIABLE$", r"^VARIABLES$") or ""
    if (names := _inputs_with(target, node, run)) and run is not None:
        found = [diagnose_input(world, node, name, [run], chance) for name in names]
        blamed = [finding.critique for finding in found if finding.verdict != "none"]
        return " ".join(blamed) or "This variable did not cause the error."
    prompt = shown.find(r"^LM_SYSTEM_PROMPT$") or (target if target and "(...)" not in target else shown.text)
    return diagnose_text(world, node, prompt, shown.rows, chance).critique


def _target(world: World, shown: View) -> tuple[WorldNode | None, Mapping[str, str] | None]:
    """The node that a request is about, and the inputs of the run that it shows, as far as it says so."""
    given = (shown.find(r"^LM_INPUT$") or "").replace("\\n", "\n")
    nodes = list(world.nodes.values())
    named = _node_of_variable(nodes, (shown.find(r"^NAME$") or "").strip())
    for node in [named] if named else nodes:
        for print_ in node.fingerprints:
            if print_.weight and (match := print_.pattern.fullmatch(given.strip())):
                return node, match.groupdict(default="")
    return named or shown.node, None


def _inputs_with(target: str, node: WorldNode, run: Mapping[str, str] | None) -> tuple[str, ...]:
    """The inputs that a target is about: all of them where it is the whole rendered prompt, none where it is the node's own text."""
    if any(print_.weight and print_.pattern.fullmatch(target.strip()) for print_ in node.fingerprints):
        return node.inputs
    return tuple(name for name, value in (run or {}).items() if target.strip() and squash(target) in squash(value))


def _variable(shown: View) -> str:
    short = shown.find(r"^VARIABLE$", r"^TARGET_VARIABLE$") or ""
    if "(...)" not in short:
        return short
    start = squash(short.partition("(...)")[0])
    for block in shown.blocks:
        if squash(block.text).startswith(start) and "(...)" not in block.text:
            return block.text
    return short


def _improve(
    world: World, shown: View, current: str, chance: Chance, *, sees_runs: bool, node: WorldNode | None = None
) -> str:
    node = node or _target(world, shown)[0]
    told = named_rules(node, current, shown.text.replace(current, " ") if current else shown.text) if node else ()
    if sees_runs and node is not None and not told:
        told = tuple((rule, True) for rule in diagnose_text(world, node, current, shown.rows, chance).rules)
    added = additions(world, node, current, told, chance)
    lost = forgotten(world, node, current, chance)
    kept = "\n".join(line for line in current.splitlines() if line not in lost)
    return join(node, kept, added)


def _suggestions(world: World, shown: View, chance: Chance) -> str:
    section = shown.text.rpartition("#Variables")[2].partition("\n#")[0]
    suggested = _each(world, shown, _SETTING.finditer(section), chance)
    return json.dumps({"reasoning": _REASONING, "answer": "", "suggestion": suggested}, ensure_ascii=False)


def _tagged_suggestions(world: World, shown: View, chance: Chance) -> str:
    suggested = _each(world, shown, _TAGGED_SETTING.finditer(shown.text), chance)
    written = [
        f"<variable>\n<name>{name}</name>\n<value>\n{value}\n</value>\n</variable>" for name, value in suggested.items()
    ]
    return "\n".join([f"<reasoning>{_REASONING}</reasoning>", *written])


def _each(world: World, shown: View, settings: Any, chance: Chance) -> Mapping[str, str]:
    suggested: dict[str, str] = {}
    for match in settings:
        name, current = match["name"], match["value"].strip()
        node = _node_of_variable(list(world.nodes.values()), name) or shown_node(world, current)
        if node is not None:
            own = Chance.of(chance.key, name)
            suggested[name] = _improve(world, shown, current, own, sees_runs=True, node=node)
    return suggested


def _node_of_variable(nodes: Sequence[WorldNode], name: str) -> WorldNode | None:
    fitting = [node for node in nodes if re.match(rf"{re.escape(node.short)}(?![a-z0-9])", name, re.IGNORECASE)]
    return max(fitting, key=lambda node: len(node.short), default=None)
