"""Which node's words can be shown as they come."""

from __future__ import annotations

from prompts_lang.engine.execution import Stream
from prompts_lang.engine.executor import side_by_side
from prompts_lang.engine.streaming import streamed_path
from prompts_lang.graph.model import Each, IsEmpty, Not, Operand, Reference, Repeat
from prompts_lang.graph.types import IntegerType, ListType
from tests.engine.build import TEXT, call, code, graph, llm, ports, row, source

WRITE = llm("write", {"question": "question"})
INNER = graph(WRITE, name="inner", gives={"answer": "write.out"})
NOT_EMPTY = Not(IsEmpty(Operand(Reference(None, "out"))))


def test_the_node_is_found_also_inside_of_calls():
    outer = graph(call("c", {"question": "question"}, INNER), name="outer", gives={"answer": "c.answer"})
    top = graph(call("o", {"question": "question"}, outer), name="top", gives={"answer": "o.answer"})
    assert streamed_path(INNER) == "write"
    assert streamed_path(top) == "o/c/write"


def test_words_that_might_not_stand_are_not_streamed():
    structured = llm("write", {"question": "question"}, outputs=ports(out=TEXT, count=IntegerType()))
    split = code("split", {"q": "question"}, "items = []", outputs=ports(items=ListType(TEXT)))
    mapped = llm("write", {"item": "item"}, each=Each("item", source("split.items")))
    checked = llm("write", {"question": "question"}, ensure=(NOT_EMPTY,))
    loop = call("c", {"question": "question"}, INNER, repeat=Repeat(NOT_EMPTY, 3))
    repair = llm("repair", {"text": "write.out"})
    for found in (
        graph(WRITE, gives={"answer": "write.out", "second": "write.out"}),
        graph(structured, gives={"answer": "write.out"}),
        graph(split, mapped, gives={"answer": "write.out"}),
        graph(checked, gives={"answer": "write.out"}),
        graph(loop, gives={"answer": "c.answer"}),
        graph(WRITE, repair, gives={"answer": "repair.out else write.out"}),
        graph(code("c", {"q": "question"}, "out = q"), gives={"answer": "c.out"}),
        graph(WRITE, gives={"answer": "question"}),
    ):
        assert streamed_path(found) is None


async def test_the_pieces_are_pushed_and_the_run_is_as_ever(world):
    made = world(lambda request: "one two three")
    pieces: list[str] = []
    execution = made.executor.prepare(INNER, stream=Stream("write", pieces.append))
    (run,) = await side_by_side([row()], execution.run, at_once=1)
    assert pieces == ["one", " two", " three"]
    assert run.outputs == {"answer": "one two three"}
    assert made.account.totals.calls == 1
