"""`ensure`, `frozen` and `learn`: what is checked, what may change, and what may not."""

from __future__ import annotations

import pytest

from prompts_lang.engine.values import ProblemKind
from prompts_lang.graph.model import SlotId, slots_of
from prompts_lang.graph.substitute import with_texts
from tests.language.running import STUDENT, Language

CONTRACT = (
    STUDENT
    + """graph main(question: text) -> query = plan.query

llm plan(question) -> query: text, sure: number
  model student
  learn system: Write a query.
  user: {{question}}
  ensure query is not empty
  ensure sure >= 0 and sure <= 1
"""
)


async def test_a_contract_that_holds_changes_nothing(language: Language):
    language.write(CONTRACT)
    language.answer = lambda _: '{"query": "x", "sure": 0.5}'
    assert (await language.run(question="?")).outputs == {"query": "x"}


@pytest.mark.parametrize(
    ("reply", "contract"),
    [
        ('{"query": " ", "sure": 0.5}', "query is not empty"),
        ('{"query": "x", "sure": 7}', "sure >= 0 and sure <= 1"),
    ],
)
async def test_a_contract_that_does_not_hold_blames_the_node_without_a_call(
    language: Language, reply: str, contract: str
):
    language.write(CONTRACT)
    language.answer = lambda _: reply
    ran = await language.run(question="?")
    event = ran.event("plan")
    assert event.problem is not None
    assert (event.problem.kind, f"`{contract}`" in event.problem.message) == (ProblemKind.ENSURE, True)
    assert len(ran.requests) == 1


def test_a_contract_knows_the_nodes_own_names_alone(language: Language):
    language.write(CONTRACT.replace("query is not empty", "other.query is not empty"))
    assert language.told() == ["P201"]


LEARNED = (
    STUDENT
    + """corpus wiki from "wiki.jsonl"

dataset solved
  case question = "1", answer = "2", id = "one"

graph main(question: text) -> answer = b.answer, note = c.answer

retrieve a(question) -> passages: list[text]
  from wiki
  learn query: {{question}}

llm b(question, passages = a.passages) -> answer: text
  model student
  learn system: One.
  system: Two.
  learn system: Three.
  learn examples from solved, at most 1:
  user: {{question}} {{passages | bullets}}

llm c(question) -> answer: text
  model student
  frozen
  learn user: {{question}}
"""
)


def test_slots_are_the_sections_marked_learn_in_nodes_that_are_not_frozen(language: Language):
    language.write(LEARNED, wiki__jsonl='{"id": "a", "text": "Alpha."}\n')
    graph = language.program().graphs["main"]
    slots = [str(slot.id) for slot in slots_of(graph)]
    assert slots == ["main/a/query", "main/b/system", "main/b/system3", "main/b/examples"]


def test_a_candidate_changes_slots_and_nothing_else(language: Language):
    language.write(LEARNED, wiki__jsonl='{"id": "a", "text": "Alpha."}\n')
    graph = language.program().graphs["main"]
    changed = with_texts(graph, {SlotId("main", "b", "system3"): "New.", SlotId("main", "b", "examples"): "one"})
    assert changed.node("a") is graph.node("a")
    texts = [section.template.source for section in changed.node("b").sections]
    assert texts == ["One.", "Two.", "New.", "{{question}} {{passages | bullets}}"]
    examples = changed.node("b").examples
    assert examples is not None
    assert examples.rows == ("one",)


def test_what_cannot_be_learned_is_told(language: Language):
    language.write("graph main(x: text) -> a\n\ncode a(x) -> y: text\n  learn python: y = x\n")
    assert language.told() == ["P504"]
