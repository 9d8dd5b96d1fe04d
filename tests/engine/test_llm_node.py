"""What an llm node makes of replies, and of rows as examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from prompts_lang.engine.nodes.llm import can_show
from prompts_lang.engine.provider.model import FinishReason, Request
from prompts_lang.engine.values import ProblemKind, Status
from prompts_lang.errors import DataError, ProviderError, ProviderFailure
from prompts_lang.graph.model import Dataset, Examples, Kind, LlmBody, Model, Node, SplitByRatio
from prompts_lang.graph.types import ChoiceType, IntegerType
from tests.engine.build import MODEL, TEXT, graph, inputs, llm, ports, row, section
from tests.engine.fakes import reply

PATIENT = Model("student", "fake/student", retries=1)
STRUCTURED = ports(query=TEXT, count=IntegerType())


def structured(model: Model = PATIENT) -> Node:
    return llm("n", {"question": "question"}, outputs=STRUCTURED, model=model)


async def run(made, node: Node, output: str = "query"):
    (found,) = await made.executor.run_rows(graph(node, gives={"answer": f"n.{output}"}), [row()])
    return found.events[0]


async def test_a_structured_reply_is_asked_for_by_schema_and_read(world):
    made = world(lambda request: '{"query": "x", "count": 2}')
    event = await run(made, structured())
    assert event.outputs == {"query": "x", "count": 2}
    assert made.backend.requests[0].response_schema["required"] == ["query", "count"]
    assert event.reply == '{"query": "x", "count": 2}'
    assert [message.role for message in event.sent] == ["user"]


async def test_a_misfit_is_sent_back_once_with_the_complaint(world):
    def answer(request: Request) -> str:
        return '{"query": "x", "count": 2}' if len(request.messages) > 1 else '{"query": "x"}'

    made = world(answer)
    event = await run(made, structured())
    assert event.status is Status.DONE
    assert event.cost.calls == 2
    assert event.cost.usd == Decimal("0.02")
    assert [message.role for message in event.sent] == ["user", "assistant", "user"]
    assert event.sent[2].content == (
        "Your reply cannot be used: the reply has no field 'count'. Answer again with nothing but the JSON object."
    )


async def test_a_second_misfit_is_the_graphs_fault(world):
    made = world(lambda request: "no idea")
    event = await run(made, structured())
    assert (event.status, len(made.backend.requests)) == (Status.FAILED, 2)
    assert event.problem is not None
    assert event.problem.kind is ProblemKind.SCHEMA
    assert event.problem.message == 'the reply is not a JSON object but "no idea"'


async def test_a_model_without_retries_is_asked_once(world):
    made = world(lambda request: "no idea")
    event = await run(made, structured(MODEL))
    assert (event.status, len(made.backend.requests)) == (Status.FAILED, 1)


async def test_a_reply_that_was_cut_off_is_not_read_and_not_repaired(world):
    made = world(lambda request: reply('{"query": "x", "count": 2}', finish=FinishReason.LENGTH))
    event = await run(made, structured())
    assert (event.status, len(made.backend.requests)) == (Status.FAILED, 1)
    assert event.problem is not None
    assert event.problem.kind is ProblemKind.TRUNCATED


async def test_a_provider_error_in_the_repair_leaves_the_row_unscored(world):
    def answer(request: Request):
        return ProviderError("Down.", kind=ProviderFailure.AUTH) if len(request.messages) > 1 else "no idea"

    event = await run(world(answer), structured())
    assert event.status is Status.NOT_RUN


async def test_a_choice_may_come_as_a_bare_word(world):
    node = llm("n", {"question": "question"}, outputs=ports(verdict=ChoiceType(("yes", "no"))))
    event = await run(world(lambda request: "yes"), node, "verdict")
    assert event.outputs == {"verdict": "yes"}


# -------------------------------------------------------------------------------------------------------------- examples


def questions(*rows: dict[str, object], expect: tuple[str, ...] = ("answer",)) -> Dataset:
    return Dataset("questions", None, expect, SplitByRatio(1, 1, 1), tuple(rows))


ROWS = ({"id": "a", "question": "1 + 1", "answer": "2"}, {"id": "b", "question": "2 + 2", "answer": "4"})


def with_examples(*ids: str, dataset: Dataset | None = None, outputs=None, at_most: int = 3) -> Node:
    parts = (
        section("system", "Add."),
        Examples(dataset or questions(*ROWS), at_most, ids),
        section("user", "{{question}} = {{hint}}?\n{{question}}"),
    )
    wiring = inputs({"question": "question", "hint": "question"})
    return Node("n", Kind.LLM, wiring, outputs or ports(out=TEXT), LlmBody(MODEL, parts))


async def test_examples_are_shown_as_turns_between_the_sections(world):
    made = world()
    await made.executor.run_rows(graph(with_examples("b", "a"), gives={"answer": "n.out"}), [row()])
    assert [(message.role, message.content) for message in made.backend.requests[0].messages] == [
        ("system", "Add."),
        ("user", "2 + 2"),
        ("assistant", "4"),
        ("user", "1 + 1"),
        ("assistant", "2"),
        ("user", "Q r1 = Q r1?\nQ r1"),
    ]


async def test_a_row_is_never_its_own_example(world):
    made = world()
    rows = [row("a", question="1 + 1")]
    await made.executor.run_rows(graph(with_examples("a", "b"), gives={"answer": "n.out"}), rows)
    assert [message.content for message in made.backend.requests[0].messages[1:3]] == ["2 + 2", "4"]


async def test_a_structured_node_shows_its_answers_as_json(world):
    made = world(lambda request: '{"query": "x", "count": 2}')
    dataset = questions({"id": "a", "question": "1 + 1", "query": "sum", "count": 2})
    node = with_examples("a", dataset=dataset, outputs=STRUCTURED)
    await made.executor.run_rows(graph(node, gives={"answer": "n.query"}), [row()])
    assert made.backend.requests[0].messages[2].content == '{"query": "sum", "count": 2}'


async def test_no_more_examples_than_allowed_are_shown(world):
    made = world()
    node = with_examples("a", "b", at_most=1)
    await made.executor.run_rows(graph(node, gives={"answer": "n.out"}), [row()])
    assert len(made.backend.requests[0].messages) == 4


@pytest.mark.parametrize(
    ("ids", "dataset", "message"),
    [
        (("z",), None, "main/n/examples: 'questions' has no row 'z'"),
        (("a",), questions({"id": "a", "question": "1"}), "n: Row 'a' of 'questions' has no value for 'out'"),
    ],
)
async def test_examples_that_cannot_be_shown_are_an_error_before_any_call(world, ids, dataset, message):
    made = world()
    with pytest.raises(DataError, match=message):
        await made.executor.run_rows(graph(with_examples(*ids, dataset=dataset), gives={"answer": "n.out"}), [row()])
    assert made.backend.requests == []


def test_which_rows_can_stand_among_the_examples():
    dataset = questions(*ROWS)
    node = with_examples(dataset=dataset)
    assert node.examples is not None
    assert can_show(node, node.examples, row("a", question="1", answer="2"))
    assert not can_show(node, node.examples, row("a", question="1"))
