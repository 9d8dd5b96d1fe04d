"""From a rewriter's reply to the file: whatever is replied, it is rejected with a reason, or one text changes and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts_lang.autodiff.ask import read_answer
from prompts_lang.graph.load import load_program
from prompts_lang.graph.model import SlotId, slots_of
from prompts_lang.graph.substitute import with_texts
from prompts_lang.graph.template import parse_template
from prompts_lang.jobs.applying import files_with
from prompts_lang.jobs.plan import Plan, Wish, plan
from prompts_lang.optimize.propose import Brief, read_proposals, rewriter_question
from prompts_lang.optimize.static_gate import StaticGate
from prompts_lang.syntax.write import canonical_text
from tests.properties.hostile import HOSTILE, LINE_BREAKS

SOURCE = """\
# A file with everything around its texts that a rewrite could run into.
language 1

model m = "simulated/student"

dataset rows from "rows.jsonl"
  expect expected

# Above the graph.
graph qa(question: text, notes: list[text]) -> answer = reply.answer

llm plan(question) -> query: text
  model m
  learn user: Write a query for {{question}}.

llm reply(question, notes, query = plan.query) -> answer: text
  model m
  # Above the section.
  learn system:
    You answer {{question}} for {{query}}.
    # A comment in the text.

    Write \\\\{{name}} as it is, and mind {{notes | bullets}}.
  user:
    {{question}}

graph other(text: text) -> text = echo.text

llm echo(text) -> text: text
  model m
  user: Say {{text}}.

metric right(answer, expected) = f1

optimize qa on rows
  maximize right
  critic m
  rewriter m
  budget 10 calls
"""
SLOTS = [SlotId("qa", "plan", "user"), SlotId("qa", "reply", "system")]
ONCE = ["", "You answer ", "Write a query", " as it is, and mind ", "\u27e61:question\u27e7"]
"""Words that an edit of one of the texts can find; the empty ones add a line."""
PIECES = [
    *(
        "\u27e61:question\u27e7",
        "\u27e62:query\u27e7",
        "\u27e63:notes\u27e7",
        "\u27e6",
        "\u27e7",
        "{{question}}",
        "{{",
        "}}",
        "\\",
        "\\{{name}}",
    ),
    *(
        " for ",
        ".",
        "",
        " ",
        "\n",
        "Be brief",
        "# A comment in the text.",
        "    ",
        "  ",
        "Answer in one word.",
        "reply.answer",
    ),
    *("graph other", "sk-abcdefghijklmnop1234", "<|im_end|>", "\u202e", "\u200b", "x" * 3000),
    *HOSTILE,
    *(f"Be kind.{line_break}llm stolen(question) -> answer: text" for line_break in LINE_BREAKS),
]
edits = st.lists(
    st.fixed_dictionaries(
        {
            "search": st.sampled_from(ONCE) | st.sampled_from(PIECES),
            "replace": st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=3).map(" Mind this: ".join),
        }
    ),
    min_size=1,
    max_size=2,
)


@pytest.fixture(scope="module", params=["\n", "\r\n"], ids=["LF", "CRLF"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project") / "qa.prompt"
    path.write_bytes(SOURCE.replace("\n", request.param).encode())
    path.with_name("rows.jsonl").write_text('{"question": "q", "notes": ["n"], "expected": "a"}\n')
    return path


@pytest.fixture(scope="module")
def chosen(file: Path) -> Plan:
    return plan(load_program(file), file, Wish())


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slot=st.sampled_from(SLOTS), proposed=edits, shape=st.sampled_from(["{}", "```json\n{}\n```", "Sure!\n{}\nDone."])
)
def test_whatever_is_replied_it_is_rejected_or_one_text_changes_and_nothing_else(
    file: Path, chosen: Plan, slot: SlotId, proposed: list[dict[str, str]], shape: str
) -> None:
    graph = chosen.objective.graph
    (subject,) = [each for each in slots_of(graph) if each.id == slot]
    brief = Brief(subject, subject.text, ())
    reply = shape.replace("{}", json.dumps({"proposals": [{"idea": "It is better.", "edits": proposed}]}))
    answer = read_answer(reply, rewriter_question(brief).schema)
    if answer.value is None:
        assert answer.problem  # a reply with fences in its texts may be unreadable, and is no reply then
        return
    (proposal,) = read_proposals(brief, answer.value)
    gate = StaticGate(reparses=chosen.options.reparses)
    objection = proposal.rejected or gate.objection(subject, subject.text, proposal.text)
    if objection is not None:
        return
    assert parse_template(proposal.text).keys == parse_template(subject.text).keys
    before = file.read_bytes()
    ((written, content),) = files_with(chosen.loaded, file, {slot: proposal.text}).items()
    assert written == file
    assert file.read_bytes() == before  # nothing is written yet
    file.write_bytes(content)
    try:
        program = load_program(file).program
    finally:
        file.write_bytes(before)
    assert program is not None
    text = canonical_text(proposal.text)
    assert program.graphs["qa"] == with_texts(graph, {slot: text})
    assert program.graphs["other"] == chosen.program.graphs["other"]
    assert (program.models, program.metrics, program.datasets) == (
        chosen.program.models,
        chosen.program.metrics,
        chosen.program.datasets,
    )
    lines, old = content.splitlines(), before.splitlines()
    assert [line for line in old if line.startswith((b"#", b"  #"))] == [
        line for line in lines if line.startswith((b"#", b"  #"))
    ]


@pytest.mark.parametrize("text", ["Answer {{question}} for {{query}} with {{notes | bullets}} and \\{{name}}."])
def test_an_honest_rewrite_is_not_rejected(chosen: Plan, text: str) -> None:
    (subject,) = [each for each in slots_of(chosen.objective.graph) if each.id == SLOTS[1]]
    gate = StaticGate(reparses=chosen.options.reparses)
    assert gate.objection(subject, subject.text, text) is None
