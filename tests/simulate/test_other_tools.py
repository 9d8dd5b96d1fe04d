"""Requests in the shapes of other optimisers, abridged; the full ones are measured in the benchmarks."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

from tests.simulate.worlds import PLAN_RULE, PLAN_START, REPLY_RULE, ask, small_world

CONVERSATION = (
    f"<LM_SYSTEM_PROMPT> {PLAN_START} </LM_SYSTEM_PROMPT>\n\n<LM_INPUT> Question: Who wrote Dawn? </LM_INPUT>\n\n"
    "<LM_OUTPUT> who wrote that </LM_OUTPUT>"
)
BACKWARD = "You are part of an optimization system. You are the gradient (feedback) engine."


def test_textgrad_backward_gets_criticism_in_prose() -> None:
    user = (
        f"You will give feedback to a variable with the following role: <ROLE> system prompt </ROLE>. {CONVERSATION}\n\n"
        "<OBJECTIVE_FUNCTION>Your goal is to give feedback to address: the answer is wrong </OBJECTIVE_FUNCTION>\n\n"
        f"<VARIABLE> {PLAN_START} </VARIABLE>"
    )
    answered = ask(small_world(), "teacher", BACKWARD, user)
    assert (answered.purpose, PLAN_RULE in answered.text) == ("feedback", True)


def test_textgrad_backward_to_an_input_blames_it_where_the_evidence_is_missing() -> None:
    given = "Passages:\n1. Morning is by Zed\n\nAnswer this: Who wrote Dawn?"
    user = (
        f"<LM_SYSTEM_PROMPT> {REPLY_RULE} </LM_SYSTEM_PROMPT>\n\n<LM_INPUT> {given} </LM_INPUT>\n\n"
        f"<OBJECTIVE_FUNCTION>Give feedback.</OBJECTIVE_FUNCTION>\n\n<VARIABLE> {given} </VARIABLE>"
    )
    assert "passages" in ask(small_world(), "teacher", BACKWARD, user).text


def test_textgrad_backward_to_an_output_from_upstream_blames_no_text_of_the_node() -> None:
    given = "Passages:\n1. Dawn is by Ada\n\nAnswer this: Who wrote Dawn?"
    user = (
        f"<LM_SYSTEM_PROMPT> Answer. </LM_SYSTEM_PROMPT>\n\n<LM_INPUT> {given} </LM_INPUT>\n\n"
        "<OBJECTIVE_FUNCTION>Give feedback.</OBJECTIVE_FUNCTION>\n\n<VARIABLE> Dawn is by Ada </VARIABLE>"
    )
    assert ask(small_world(), "teacher", BACKWARD, user).text == "This variable did not cause the error."


def test_a_loss_that_shows_no_node_gets_criticism_all_the_same() -> None:
    user = "<OUTPUT_OF_FUNCTION> 0 </OUTPUT_OF_FUNCTION>\n\n<OBJECTIVE_FUNCTION>Give feedback.</OBJECTIVE_FUNCTION>"
    answered = ask(small_world(), "teacher", BACKWARD, user)
    assert answered.purpose == "feedback"
    assert "not what was expected" in answered.text


def test_textgrad_optimizer_gets_the_improved_variable_in_its_tags() -> None:
    user = (
        f"<VARIABLE> {PLAN_START} </VARIABLE>\n\n<CONTEXT><CONVERSATION>{CONVERSATION}</CONVERSATION>\n"
        f"<FEEDBACK>{PLAN_RULE}</FEEDBACK></CONTEXT>\n\nSend ONLY the improved variable between the <IMPROVED_VARIABLE> tags."
    )
    text = ask(small_world(), "teacher", "You improve a variable.", user).text
    match = re.fullmatch(r"<IMPROVED_VARIABLE>(.*)</IMPROVED_VARIABLE>", text, re.DOTALL)
    assert match is not None
    assert match[1] == f"{PLAN_START}\n{PLAN_RULE}" or match[1] == f"{PLAN_START}\nSearch for the name alone."


def test_an_abbreviated_variable_is_read_in_full_from_the_conversation() -> None:
    user = (
        "<VARIABLE> Turn the (...) a query. </VARIABLE>\n\n"
        f"<CONTEXT><CONVERSATION>{CONVERSATION}</CONVERSATION><FEEDBACK>{PLAN_RULE}</FEEDBACK></CONTEXT>\n\n"
        "Send the improved variable between <IMPROVED_VARIABLE> tags."
    )
    assert PLAN_START in ask(small_world(), "teacher", "You improve a variable.", user).text


def test_adalflow_optimizer_gets_its_json() -> None:
    system = '{"reasoning": "Why (str) (required)", "proposed_variable": "The proposed variable (str) (required)"}'
    user = (
        f"<START_OF_VARIABLE_DESC>\nplan.system\n<VARIABLE>{PLAN_START}</VARIABLE>\n<END_OF_VARIABLE_DESC>\n"
        f"<START_OF_CONTEXT_FEEDBACK>\nLM_INPUT: Question: Who wrote Dawn?\nFeedback: {PLAN_RULE}\n<END_OF_CONTEXT_FEEDBACK>"
    )
    proposed = json.loads(ask(small_world(), "teacher", system, user).text)["proposed_variable"]
    assert proposed.startswith(PLAN_START)
    assert small_world().nodes["qa/plan"].rules[0].stated_in(proposed)


def test_adalflow_optimizer_gets_its_xml_for_the_variable_that_is_named() -> None:
    system = "<response>\n<reasoning>Why</reasoning>\n<proposed_variable>The proposed variable</proposed_variable>\n</response>"
    user = (
        f"<NAME> reply_system </NAME>\n<VARIABLE>Answer if x < y.</VARIABLE>\nOther: plan_system: {PLAN_START}\n"
        f"LM_INPUT: Question: Who wrote Dawn?\nFeedback: {PLAN_RULE} {REPLY_RULE}"
    )
    reply = ET.fromstring(ask(small_world(), "teacher", system, user).text)  # noqa: S314 - our own text
    assert reply.findtext("proposed_variable") == f"Answer if x < y.\n{REPLY_RULE}"


def test_a_prompt_that_speaks_of_proposed_variables_is_still_a_nodes_prompt() -> None:
    user = (
        f'<START_OF_SYSTEM_PROMPT>\n{{"proposed_variable": "{PLAN_RULE}"}}\n<END_OF_SYSTEM_PROMPT>\n'
        "<START_OF_USER>\nQuestion: Who wrote Dawn?\n<END_OF_USER>"
    )
    answered = ask(small_world(), "student", "", user)
    assert (answered.purpose, answered.text) == ("solve", "Dawn")


def test_gepa_gets_a_new_instruction_in_fences_from_the_runs_alone() -> None:
    user = (
        f"I provided an assistant with the following instructions:\n```\n{PLAN_START}\n```\n\nExamples:\n```\n# Example 1\n"
        "## Inputs\nQuestion: Who wrote Dawn?\n\n## Generated Outputs\nwho wrote that\n\n## Feedback\nWrong.\n```\n\n"
        "Provide the new instructions within ``` blocks."
    )
    text = ask(small_world(), "teacher", "", user).text
    assert text.startswith("```\n")
    assert small_world().nodes["qa/plan"].rules[0].stated_in(text)


def test_trace_gets_suggestions_for_each_variable() -> None:
    system = 'Your output: {"reasoning": <Your reasoning>, "answer": <a>, "suggestion": {<variable_1>: <value>}}'
    user = (
        "#Code\na = call(plan_system0, x)\n\n#Variables\n"
        f"(str) plan_system0={PLAN_START}\n(str) reply_system0=Answer.\n\n"
        "#Inputs\n(str) x=Who wrote Dawn?\n\n#Outputs\n(str) a=Zed\n\n#Feedback\nWrong, expected Ada."
    )
    suggestion = json.loads(ask(small_world(), "teacher", system, user).text)["suggestion"]
    assert small_world().nodes["qa/plan"].rules[0].stated_in(suggestion["plan_system0"])
    assert small_world().nodes["qa/reply"].rules[0].stated_in(suggestion["reply_system0"])


REFLECTION = (
    "[[ ## current_instruction ## ]]\n{start}\n\n[[ ## examples_with_feedback ## ]]\n"
    '[{{"Inputs": {{"question": "Question: Who wrote Dawn?"}}, "Feedback": "{rule}"}}]\n\n'
)


def test_dspys_reflection_gets_the_instruction_in_a_section() -> None:
    user = REFLECTION.format(start=PLAN_START, rule=PLAN_RULE) + (
        "Respond with the corresponding output fields, starting with the field `[[ ## new_instruction ## ]]`, and then ending with "
        "the marker for `[[ ## completed ## ]]`."
    )
    answered = ask(small_world(), "teacher", "You write instructions.", user)
    assert answered.purpose == "rewriter"
    match = re.fullmatch(
        r"\[\[ ## new_instruction ## \]\]\n(.*)\n\n\[\[ ## completed ## \]\]", answered.text, re.DOTALL
    )
    assert match is not None
    assert match[1].startswith(PLAN_START)
    assert len(match[1]) > len(PLAN_START)


def test_dspys_second_attempt_gets_the_instruction_as_json() -> None:
    user = REFLECTION.format(start=PLAN_START, rule=PLAN_RULE) + (
        "Respond with a JSON object in the following order of fields: `new_instruction`."
    )
    text = ask(small_world(), "teacher", "You write instructions.", user).text
    assert json.loads(text)["new_instruction"].startswith(PLAN_START)
