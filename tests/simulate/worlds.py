"""A small world that the tests of the simulated model share: two nodes, three rows, no chance unless a test turns a dial."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from prompts_lang.simulate.load import read_world
from prompts_lang.simulate.model import reply
from prompts_lang.simulate.request import SimulatedReply, read_request
from prompts_lang.simulate.world import World

PLAN_START = "Turn the question into a query."
PLAN_RULE = "Write only the name of the work as the query."
REPLY_RULE = "Reply with the bare name."

_WORLD: dict[str, Any] = {
    "version": 1,
    "name": "small",
    "seed": 7,
    "models": {"student": {}, "teacher": {"expertise": 1.0}},
    "dials": {
        "student": {"noise": 0, "example_lift": 1},
        "critic": {"recall": 1, "false_blame": 0, "vague": 0},
        "rewriter": {
            "add": 1,
            "keep": 1,
            "filler": 0,
            "decoy": 0,
            "drop_placeholder": 0,
            "truncate": 0,
            "break_format": 0,
        },
        "judge": {"noise": 0},
    },
    "nodes": {
        "qa/plan": {
            "template": "Question: {{question}}",
            "rules": [
                {
                    "id": "short",
                    "statement": PLAN_RULE,
                    "symptom": "The query repeats the whole question.",
                    "wordings": [r"\bonly the (name|title)\b", r"\bname alone\b"],
                    "inserts": [PLAN_RULE, "Search for the name alone."],
                    "blames": "into a query",
                }
            ],
            "decoys": [{"text": "Write in capital letters.", "harm": 1.0}],
            "good": {"query": "{{work}}"},
            "faults": [{"when": "short", "outputs": {"query": "who wrote that"}}],
        },
        "qa/reply": {
            "template": "Passages:\n{{passages | numbered}}\n\nAnswer this: {{question}}",
            "evidence": [{"input": "passages", "contains": "{{work}} is by {{answer}}"}],
            "reads": {"someone": {"input": "passages", "pattern": r" is by (\w+)", "default": "nobody"}},
            "rules": [
                {
                    "id": "brief",
                    "statement": REPLY_RULE,
                    "symptom": "The reply is a sentence.",
                    "wordings": [r"\bbare name\b", r"\bas few words\b"],
                }
            ],
            "good": {"answer": "{{answer}}"},
            "faults": [
                {"when": "blind", "outputs": {"answer": "{{someone}}"}},
                {"when": "brief", "outputs": {"answer": "I think it is {{self}}."}},
            ],
        },
    },
    "judges": {
        "helpful": {
            "criteria": [
                {"id": "fact", "shows": ["{{answer}}"], "critique": "The fact is missing.", "weight": 3},
                {"id": "polite", "shows": [r"\bplease\b"], "critique": "It is not polite."},
            ]
        }
    },
    "rows": [
        {
            "keys": ["Who wrote Dawn?"],
            "aliases": ["Dawn"],
            "facts": {"work": "Dawn", "answer": "Ada"},
            "needs": {"qa/plan": ["short"], "qa/reply": ["brief"], "helpful": ["fact", "polite"]},
        },
        {
            "keys": ["Who wrote Dusk?"],
            "aliases": ["Dusk"],
            "facts": {"work": "Dusk", "answer": "Bo"},
            "needs": {"qa/plan": ["short"], "qa/reply": []},
        },
        {
            "keys": ["Who wrote Noon?"],
            "facts": {"work": "Noon", "answer": "Cy"},
            "needs": {"qa/plan": [], "qa/reply": []},
        },
    ],
}


def world_data() -> dict[str, Any]:
    """A copy of the small world's JSON, to be changed freely."""
    return copy.deepcopy(_WORLD)


def small_world(**dials: Mapping[str, float]) -> World:
    """The small world, with some dials turned: `small_world(critic={"recall": 0})`."""
    data = world_data()
    for group, changes in dials.items():
        data["dials"].setdefault(group, {}).update(changes)
    return read_world(data)


def ask(world: World, model: str, system: str, user: str, **options: Any) -> SimulatedReply:
    """One request with a system and a user turn."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return reply(world, read_request(model, messages, options))


def schema_format(**properties: Any) -> dict[str, Any]:
    """A `response_format` that asks for an object with the given properties."""
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": True}}
