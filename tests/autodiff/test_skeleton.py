"""Large graphs cost 1 + K calls, whatever their size."""

from __future__ import annotations

import pytest
from hand_built import FakeCaller, event, graph, llm, origin, run_of, tape_of

from prompts_lang.autodiff.critic import ModelCritic
from prompts_lang.autodiff.differentiate import calls_at_most, differentiate
from prompts_lang.autodiff.places import Places
from prompts_lang.autodiff.skeleton import LARGE, SUSPECTS, by_skeleton, skeleton_question


def chain(length: int):
    nodes = [llm(f"n{i}", **({"before": f"n{i - 1}.out"} if i else {"question": "question"})) for i in range(length)]
    top = graph("g", nodes, answer=f"n{length - 1}.out")
    events = [
        event(each, origins={"before": (origin(f"n{i - 1}.out"),)} if i else {"question": (origin("question"),)})
        for i, each in enumerate(nodes)
    ]
    return top, tape_of(top, run_of(top, events, answer=origin(f"n{length - 1}.out")))


def answering(*suspects: str):
    def answer(request):
        properties = request.response_schema["properties"]
        if "suspects" in properties:
            return {"suspects": [{"node": name, "why": "It looks wrong."} for name in suspects]}
        return {"messages": [{"target": "slot:system", "verdict": "causes", "critique": "Say more.", "quote": ""}]}

    return FakeCaller(answer)


@pytest.mark.parametrize("length", [10, 100, 1_000])
async def test_the_number_of_calls_is_flat(length):
    top, tape = chain(length)
    caller = answering("n3", "n5", "n7", "n9")
    found = await differentiate(top, [tape.case], caller.teacher, lambda _: None)
    assert len(caller.requests) == 1 + SUSPECTS
    assert [str(each.target) for each in found] == ["g/n3/system", "g/n5/system", "g/n7/system"]
    assert calls_at_most(top, [tape.case]) == 2 * (1 + SUSPECTS)


async def test_small_graphs_are_walked_instead():
    top, tape = chain(LARGE - 1)
    caller = answering()
    await differentiate(top, [tape.case], caller.teacher, lambda _: None)
    assert all("suspects" not in request.response_schema["properties"] for request in caller.requests)


async def test_no_suspects_are_no_blame():
    _, tape = chain(20)
    caller = answering()
    critic = ModelCritic(caller.teacher, lambda _: None)
    assert await by_skeleton([tape], caller.teacher, critic, lambda _: None) == ()
    assert len(caller.requests) == 1


async def test_a_malformed_skeleton_is_reported():
    _, tape = chain(20)
    caller = FakeCaller(lambda _: "nonsense")
    warnings: list[str] = []
    assert (
        await by_skeleton([tape], caller.teacher, ModelCritic(caller.teacher, warnings.append), warnings.append) == ()
    )
    assert warnings


def test_a_node_is_one_short_line():
    top, tape = chain(300)
    places = tuple(Places(top)[f"n{i}"] for i in range(300))
    assert len(skeleton_question([tape, tape, tape], places).material) < 300 * 170
