from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulate.worlds import PLAN_RULE, PLAN_START, REPLY_RULE, World, ask, schema_format, small_world

VERDICTS = ["none", "contributes", "causes", "unknown"]


def _messages(*targets: str) -> dict[str, Any]:
    message = {
        "type": "object",
        "properties": {
            "target": {"enum": list(targets)},
            "verdict": {"enum": VERDICTS},
            "critique": {"type": "string"},
            "quote": {"type": "string"},
        },
    }
    return schema_format(messages={"type": "array", "items": message})


def _about_plan(text: str = PLAN_START, question: str = "Who wrote Dawn?") -> str:
    return (
        f"# The node qa/plan\n\n<slot:system-1f>\n{text}\n</slot:system-1f>\n\n# Run 1 of 1\n\n"
        f"<loss-1f>\nExpected Ada, got Zed.\n</loss-1f>\n\n<input:question-1f>\n{question}\n</input:question-1f>\n\n"
        f"<output:query-1f>\nwho wrote that\n</output:query-1f>"
    )


def _about_reply(*runs: tuple[str, str]) -> str:
    shown = [
        f"# Run {number} of {len(runs)}\n\n<input:passages-1f>\n{passages}\n</input:passages-1f>\n\n"
        f"<input:question-1f>\n{question}\n</input:question-1f>"
        for number, (passages, question) in enumerate(runs, 1)
    ]
    return "\n\n".join(["# The node qa/reply", f"<slot:system-1f>\n{REPLY_RULE}\n</slot:system-1f>", *shown])


def _judge(world: World, user: str, *targets: str, **options: Any) -> dict[str, dict[str, str]]:
    answered = ask(world, "teacher", "You are the critic.", user, response_format=_messages(*targets), **options)
    assert answered.purpose == "critic"
    return {message["target"]: message for message in json.loads(answered.text)["messages"]}


def test_a_missing_rule_is_named_in_words_that_state_it() -> None:
    world = small_world()
    message = _judge(world, _about_plan(), "slot:system")["slot:system"]
    assert message["verdict"] == "causes"
    assert world.nodes["qa/plan"].rules[0].stated_in(message["critique"])


def test_the_quote_is_an_exact_part_of_the_text_at_fault() -> None:
    quote = _judge(small_world(), _about_plan(), "slot:system")["slot:system"]["quote"]
    assert quote == "into a query"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (f"{PLAN_START} {PLAN_RULE}", "Who wrote Dawn?"),
        (PLAN_START, "Who wrote Noon?"),
        (PLAN_START, "Who wrote Faust?"),
    ],
)
def test_nothing_is_blamed_where_no_rule_is_missing(text: str, question: str) -> None:
    assert _judge(small_world(), _about_plan(text, question), "slot:system")["slot:system"]["verdict"] == "none"


def test_a_rule_that_stands_only_in_a_message_from_downstream_is_still_missing() -> None:
    user = f"{_about_plan()}\n\n<downstream-1f>\nqa/reply says: {PLAN_RULE}\n</downstream-1f>"
    assert _judge(small_world(), user, "slot:system")["slot:system"]["verdict"] == "causes"


def test_an_input_without_the_evidence_is_to_blame_and_the_text_is_not() -> None:
    found = _judge(
        small_world(), _about_reply(("1. Morning is by Zed", "Who wrote Dawn?")), "slot:system", "input:passages"
    )
    assert (found["slot:system"]["verdict"], found["input:passages"]["verdict"]) == ("none", "causes")


def test_an_input_with_the_evidence_is_in_order() -> None:
    found = _judge(small_world(), _about_reply(("1. Dawn is by Ada", "Who wrote Dawn?")), "input:passages")
    assert found["input:passages"]["verdict"] == "none"


def test_runs_are_told_apart_so_that_one_good_run_does_not_excuse_a_bad_one() -> None:
    runs = (("1. Dawn is by Ada", "Who wrote Dawn?"), ("1. Dawn is by Ada", "Who wrote Dusk?"))
    assert _judge(small_world(), _about_reply(*runs), "input:passages")["input:passages"]["verdict"] == "causes"


def test_recall_is_as_frequent_as_its_dial_says() -> None:
    world = small_world(critic={"recall": 0.7})
    named = sum(
        _judge(world, _about_plan(), "slot:system", seed=seed)["slot:system"]["verdict"] == "causes"
        for seed in range(500)
    )
    assert 310 < named < 390


def test_a_critic_without_recall_is_vague_or_silent_and_never_right() -> None:
    world = small_world(critic={"recall": 0, "vague": 0.5})
    found = [_judge(world, _about_plan(), "slot:system", seed=seed)["slot:system"] for seed in range(50)]
    assert {message["verdict"] for message in found} == {"none", "contributes"}
    assert not any(world.nodes["qa/plan"].rules[0].stated_in(message["critique"]) for message in found)


def test_false_blame_names_a_decoy() -> None:
    world = small_world(critic={"false_blame": 1})
    message = _judge(world, _about_plan(PLAN_RULE), "slot:system")["slot:system"]
    assert (message["verdict"], message["critique"]) == ("contributes", "Write in capital letters.")


def test_a_schema_in_the_prompt_is_filled_like_one_in_the_request() -> None:
    schema = _messages("slot:system")["json_schema"]["schema"]
    user = f"{_about_plan()}\n\nReply with JSON of this schema:\n{json.dumps(schema)}"
    answered = ask(small_world(), "teacher", "You are the critic.", user)
    assert json.loads(answered.text)["messages"][0]["verdict"] == "causes"


def _suspects(*nodes: str) -> dict[str, Any]:
    suspect = {"type": "object", "properties": {"node": {"enum": list(nodes)}, "why": {"type": "string"}}}
    return schema_format(suspects={"type": "array", "items": suspect})


def test_the_suspect_is_the_earliest_node_whose_line_looks_bad() -> None:
    lines = "plan (reads the input): query = who wrote that\nreply (reads plan): answer = Zed"
    user = f"<loss-1f>\nWho wrote Dawn? Expected Ada.\n</loss-1f>\n<nodes-1f>\n{lines}\n</nodes-1f>"
    answered = ask(small_world(), "teacher", "Name suspects.", user, response_format=_suspects("plan", "reply"))
    assert [suspect["node"] for suspect in json.loads(answered.text)["suspects"]] == ["plan"]


def test_a_skeleton_of_good_lines_has_no_suspects() -> None:
    lines = "plan (reads the input): query = Dawn\nreply (reads plan): answer = Ada"
    user = f"<loss-1f>\nWho wrote Dawn? Expected Ada.\n</loss-1f>\n<nodes-1f>\n{lines}\n</nodes-1f>"
    answered = ask(small_world(), "teacher", "Name suspects.", user, response_format=_suspects("plan", "reply"))
    assert json.loads(answered.text)["suspects"] == []


def test_a_teacher_that_is_asked_for_a_nodes_outputs_gives_the_right_ones() -> None:
    user = "The node qa/plan got this input: Who wrote Dawn? What should it have given?"
    answered = ask(
        small_world(), "teacher", "Correct it.", user, response_format=schema_format(query={"type": "string"})
    )
    assert json.loads(answered.text) == {"query": "Dawn"}
