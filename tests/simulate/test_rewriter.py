from __future__ import annotations

import json
from typing import Any

from prompts_lang.simulate.load import read_world
from tests.simulate.worlds import PLAN_RULE, PLAN_START, World, ask, schema_format, small_world, world_data

FEEDBACK = f"The query repeats the whole question. {PLAN_RULE}"


def _format(most: int = 3) -> dict[str, Any]:
    edit = {"type": "object", "properties": {"search": {"type": "string"}, "replace": {"type": "string"}}}
    proposal = {"type": "object", "properties": {"idea": {"type": "string"}, "edits": {"type": "array", "items": edit}}}
    return schema_format(proposals={"type": "array", "items": proposal, "minItems": 1, "maxItems": most})


def _brief(current: str = PLAN_START, feedback: str = FEEDBACK, extra: str = "") -> str:
    return (
        f"# The text qa/plan/system\n\n<current-text-1f>\n{current}\n</current-text-1f>\n\n# What is wrong with it\n\n"
        f"<feedback-1f>\n{feedback}\n</feedback-1f>\n\n{extra}"
    )


def _texts(world: World, user: str, current: str = PLAN_START, **options: Any) -> list[str]:
    """The current text with the edits of each proposal applied, as a client does it."""
    answered = ask(world, "teacher", "You edit a text.", user, response_format=_format(), **options)
    assert answered.purpose == "rewriter"
    texts: list[str] = []
    for proposal in json.loads(answered.text)["proposals"]:
        text = current
        for edit in proposal["edits"]:
            assert edit["search"] == "" or text.count(edit["search"]) == 1
            text = text.replace(edit["search"], edit["replace"]) if edit["search"] else text + edit["replace"]
        texts.append(text)
    return texts


def test_a_named_rule_is_added_and_everything_else_stays() -> None:
    world = small_world()
    first, *_ = _texts(world, _brief())
    assert first.startswith(PLAN_START)
    assert world.nodes["qa/plan"].rules[0].stated_in(first)


def test_a_rewriter_adds_no_rule_that_the_feedback_does_not_name() -> None:
    world = small_world()
    texts = _texts(world, _brief(feedback="The instructions could be clearer."))
    assert not any(world.nodes["qa/plan"].rules[0].stated_in(text) for text in texts)


def test_a_failed_wording_is_not_tried_again_while_there_are_others() -> None:
    failed = f"<failed-idea-1f>\nSay it outright: {PLAN_RULE}\n</failed-idea-1f>"
    texts = _texts(small_world(), _brief(extra=failed))
    assert all("Search for the name alone." in text for text in texts)


def test_no_more_proposals_than_asked_for() -> None:
    answered = ask(small_world(), "teacher", "You edit a text.", _brief(), response_format=_format(most=1))
    assert len(json.loads(answered.text)["proposals"]) == 1


def test_a_dropped_placeholder_is_one_of_the_slips() -> None:
    world = small_world(rewriter={"drop_placeholder": 1})
    current = "Answer ⟦1:question⟧ briefly."
    assert all("⟦1:question⟧" not in text for text in _texts(world, _brief(current), current))


def test_a_forgotten_rule_is_one_of_the_slips() -> None:
    world = small_world(rewriter={"keep": 0})
    current = f"{PLAN_RULE}\n{PLAN_START}"
    assert not any(PLAN_RULE in text for text in _texts(world, _brief(current, "Be clearer."), current))


def test_a_truncated_reply_says_that_it_was_cut() -> None:
    answered = ask(small_world(rewriter={"truncate": 1}), "teacher", "You edit.", _brief(), response_format=_format())
    assert answered.finish == "length"
    assert not answered.text.endswith("}")


def test_a_broken_format_is_prose() -> None:
    answered = ask(
        small_world(rewriter={"break_format": 1}), "teacher", "You edit.", _brief(), response_format=_format()
    )
    assert answered.finish == "stop"
    assert "{" not in answered.text


def test_a_search_query_is_extended_on_its_line() -> None:
    data = world_data()
    data["nodes"]["qa/find"] = {
        "kind": "retrieve",
        "template": "{{hint}}",
        "rules": [
            {"id": "kind", "statement": "Add the word catalogue.", "symptom": "Letters crowd it out.",
             "wordings": [r"\bcatalogue\b"], "inserts": ["catalogue entry"]}
        ],
    }  # fmt: skip
    brief = _brief("⟦1:hint⟧", "Add the word catalogue.").replace("qa/plan/system", "qa/find/query")
    first, *_ = _texts(read_world(data), brief, "⟦1:hint⟧")
    assert first == "⟦1:hint⟧ catalogue entry"
