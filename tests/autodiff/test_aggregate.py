"""Messages are said once, worst first, and contradictions are kept."""

from __future__ import annotations

import itertools

from hand_built import key

from prompts_lang.autodiff.aggregate import in_order, most_telling
from prompts_lang.autodiff.message import Gradient, Proof, Verdict


def message(
    critique: str, verdict: Verdict = Verdict.CAUSES, path: str = "n", proof: Proof = Proof.CLAIMED
) -> Gradient:
    return Gradient("r1", key(path), "x", verdict, critique, proof=proof)


def test_the_order_of_arrival_does_not_show():
    several = [message("b"), message("a", Verdict.UNKNOWN), message("a", path="m"), message("c", Verdict.CONTRIBUTES)]
    orders = {in_order(order) for order in itertools.permutations(several)}
    assert len(orders) == 1


def test_iterations_stay_in_order():
    several = [Gradient("r1", key("n", number), "x", Verdict.CAUSES, "same") for number in (2, 10, 0, 1)]
    assert [each.event.iteration for each in in_order(several)] == [(0,), (1,), (2,), (10,)]


def test_nothing_is_said_twice_and_the_worst_comes_first():
    told = most_telling(
        [message("Too long.", Verdict.CONTRIBUTES), message("too long"), message("Rude.", Verdict.UNKNOWN)], 3
    )
    assert [(each.critique, each.verdict) for each in told] == [
        ("too long", Verdict.CAUSES),
        ("Rude.", Verdict.UNKNOWN),
    ]


def test_what_is_proven_comes_before_what_is_claimed():
    told = most_telling([message("claimed"), message("fact", Verdict.CONTRIBUTES, proof=Proof.FREE)], 1)
    assert told[0].critique == "fact"


def test_contradicting_messages_are_both_kept_with_their_senders():
    told = most_telling([message("Be longer.", path="a"), message("Be shorter.", path="b")], 3)
    assert {(each.event.path, each.critique) for each in told} == {("a", "Be longer."), ("b", "Be shorter.")}
