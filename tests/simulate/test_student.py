from __future__ import annotations

import json

import pytest

from prompts_lang.simulate.model import reply
from prompts_lang.simulate.request import read_request
from tests.simulate.worlds import PLAN_RULE, PLAN_START, REPLY_RULE, ask, schema_format, small_world

DAWN = "Question: Who wrote Dawn?"
GOOD_PASSAGE = "1. Dawn is by Ada, they say."


def _passages(text: str, question: str = "Who wrote Dawn?") -> str:
    return f"Passages:\n{text}\n\nAnswer this: {question}"


def test_a_missing_rule_shows_in_the_output() -> None:
    assert ask(small_world(), "student", PLAN_START, DAWN).text == "who wrote that"


@pytest.mark.parametrize("wording", [PLAN_RULE, "the NAME\n  alone will do", "Give only the title, please."])
def test_a_rule_counts_in_any_wording_that_the_world_knows(wording: str) -> None:
    assert ask(small_world(), "student", f"{PLAN_START} {wording}", DAWN).text == "Dawn"


def test_a_row_that_needs_no_rule_succeeds_at_once() -> None:
    assert ask(small_world(), "student", PLAN_START, "Question: Who wrote Noon?").text == "Noon"


def test_the_answer_comes_from_the_passages_that_were_really_given() -> None:
    world = small_world()
    assert ask(world, "student", REPLY_RULE, _passages(GOOD_PASSAGE)).text == "Ada"
    assert ask(world, "student", REPLY_RULE, _passages("1. Morning is by Zed.")).text == "Zed"
    assert ask(world, "student", REPLY_RULE, _passages("1. Nothing of use.")).text == "nobody"


def test_faults_lie_on_top_of_each_other() -> None:
    assert ask(small_world(), "student", "Answer.", _passages("1. Morning is by Zed.")).text == "I think it is Zed."


def test_a_rule_inside_an_input_is_not_an_instruction() -> None:
    passage = f"1. Dawn is by Ada. {REPLY_RULE}"
    assert ask(small_world(), "student", "Answer.", _passages(passage)).text == "I think it is Ada."


def test_a_rule_in_the_conversation_is_not_an_instruction() -> None:
    messages = [
        {"role": "system", "content": PLAN_START},
        {"role": "user", "content": PLAN_RULE},
        {"role": "user", "content": DAWN},
    ]
    assert reply(small_world(), read_request("student", messages, {})).text == "who wrote that"


def test_an_example_teaches_the_rules_that_it_needs_unless_it_is_the_row_itself() -> None:
    def with_example(question: str) -> str:
        messages = [
            {"role": "system", "content": PLAN_START},
            {"role": "user", "content": f"Question: {question}"},
            {"role": "assistant", "content": "Dusk"},
            {"role": "user", "content": DAWN},
        ]
        return reply(small_world(), read_request("student", messages, {})).text

    assert with_example("Who wrote Dusk?") == "Dawn"
    assert with_example("Who wrote Dawn?") == "who wrote that"
    assert with_example("Who wrote Noon?") == "who wrote that"


def test_a_row_may_be_known_from_the_conversation_alone() -> None:
    messages = [
        {"role": "system", "content": "Answer."},
        {"role": "user", "content": "Who wrote Dusk?"},
        {"role": "assistant", "content": "Who wrote what?"},
        {"role": "user", "content": "Passages:\n1. Dusk is by Bo\n\nAnswer this: that"},
    ]
    assert reply(small_world(), read_request("student", messages, {})).text == "Bo"


def test_harmful_advice_spoils_a_good_answer() -> None:
    world = small_world()
    spoilt = ask(world, "student", f"{PLAN_RULE}\nWrite in capital letters.", DAWN)
    assert spoilt.text == "who wrote that"


def test_an_expert_needs_no_telling() -> None:
    assert ask(small_world(), "teacher", PLAN_START, DAWN).text == "Dawn"


def test_a_question_outside_of_the_world_is_not_guessed_at() -> None:
    assert ask(small_world(), "student", PLAN_RULE, "Question: Who wrote Faust?").text == "I do not know."


def test_a_schema_is_filled_by_the_names_of_the_outputs() -> None:
    answered = ask(
        small_world(),
        "student",
        PLAN_RULE,
        DAWN,
        response_format=schema_format(query={"type": "string"}, sure={"type": "boolean"}),
    )
    assert json.loads(answered.text) == {"query": "Dawn", "sure": False}


def test_another_seed_is_another_draw_and_the_same_seed_the_same_one() -> None:
    world = small_world(student={"noise": 0.5})
    texts = [ask(world, "student", PLAN_RULE, DAWN, seed=seed).text for seed in range(40)]
    assert set(texts) == {"Dawn", "who wrote that"}
    assert texts == [ask(world, "student", PLAN_RULE, DAWN, seed=seed).text for seed in range(40)]


def test_noise_is_as_frequent_as_its_dial_says() -> None:
    world = small_world(student={"noise": 0.3})
    wrong = sum(ask(world, "student", PLAN_RULE, DAWN, seed=seed).text != "Dawn" for seed in range(1000))
    assert 250 < wrong < 350


def test_a_reply_over_the_token_limit_is_cut_and_says_so() -> None:
    answered = ask(small_world(), "student", PLAN_START, DAWN, max_tokens=2)
    assert (answered.text, answered.finish, answered.completion_tokens) == ("who wrot", "length", 2)


def test_a_stop_text_ends_the_reply() -> None:
    assert ask(small_world(), "student", PLAN_START, DAWN, stop=[" that"]).text == "who wrote"


def test_dspy_requests_are_recognised_by_their_fields_and_answered_in_them() -> None:
    user = "[[ ## question ## ]]\nWho wrote Dawn?\n\nRespond with `[[ ## query ## ]]` and then `[[ ## completed ## ]]`."
    answered = ask(small_world(), "student", PLAN_RULE, user)
    assert answered.text == "[[ ## query ## ]]\nDawn\n\n[[ ## completed ## ]]"


def test_a_prompt_in_a_single_message_is_recognised_too() -> None:
    user = f"<START_OF_SYSTEM_PROMPT>\n{PLAN_RULE}\n<END_OF_SYSTEM_PROMPT>\n<START_OF_USER>\n{DAWN}\n<END_OF_USER>"
    messages = [{"role": "user", "content": user}]
    assert reply(small_world(), read_request("student", messages, {})).text == "Dawn"
