"""Blame that costs nothing: what failed a check says itself where the fault is.

An exception, a reply that does not fit its schema, a contract that does not hold, an empty retrieval: each is a fact about one
execution. Where such a fact lies on the way to the score, the walk starts there and nowhere else. That a retrieval missed what the row
names as gold is a fact too, but it need not be the only thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.autodiff.aggregate import in_order
from prompts_lang.autodiff.blocks import shown
from prompts_lang.autodiff.message import CRITIQUE_LIMIT, Gradient, Proof, Verdict
from prompts_lang.autodiff.tape import Tape
from prompts_lang.engine.retrieval.recall import found_by, texts_found_by
from prompts_lang.engine.values import Event, Status
from prompts_lang.graph.model import Kind, Section

_DETAIL_LIMIT = 200
_PASSAGES = 3
_PASSAGE_LIMIT = 60


def free_blame(tape: Tape) -> tuple[Gradient, ...]:
    """What the checks on one run say.

    A node with text of its own is told itself. Code and frozen nodes have nothing to change, so the message is addressed to the execution
    (its target is empty), and the walk takes it to the inputs.
    """
    found: list[Gradient] = []
    for event in tape.events:
        if (critique := _complaint(event)) is None:
            continue
        texts = [slot.id for slot in tape.places[event.key.path].slots if isinstance(slot.section, Section)]
        row, score = tape.case.run.row, tape.case.score
        found += [
            Gradient(row, event.key, target, Verdict.CAUSES, critique, proof=Proof.FREE, score=score)
            for target in texts or [""]
        ]
    return in_order(found)


def missed_gold(tape: Tape) -> tuple[Gradient, ...]:
    """The gold passages that no retrieval of a run has found, as messages about those retrievals that found none.

    Whether the query is worded badly or was given the wrong words is for the critic to tell, so the message is addressed to the execution.
    """
    searches = [event for event in tape.case.run.events if event.kind is Kind.RETRIEVE and event.status is Status.DONE]
    found = {event.key: {*found_by(event), *texts_found_by(event)} for event in searches}
    missed = [passage for passage in tape.case.gold if not any(passage in seen for seen in found.values())]
    if not missed:
        return ()
    leading = {event.key for event in tape.events}
    row, score = tape.case.run.row, tape.case.score
    return in_order(
        Gradient(row, event.key, "", Verdict.CONTRIBUTES, _miss(event, missed), proof=Proof.FREE, score=score)
        for event in searches
        if event.key in leading and found[event.key].isdisjoint(tape.case.gold)
    )


def _miss(event: Event, missed: Sequence[str]) -> str:
    names = ", ".join(shown(passage, _PASSAGE_LIMIT) for passage in missed[:_PASSAGES])
    said = f"Recall: the gold passages {names} were not retrieved. The retrieval {event.node} found none of the gold for its query: "
    return f"{said}{shown(_query(event), _DETAIL_LIMIT)}"[:CRITIQUE_LIMIT]


def _complaint(event: Event) -> str | None:
    if event.status is Status.FAILED and event.problem is not None:
        detail = shown(event.problem.detail, _DETAIL_LIMIT)
        said = (
            f"{event.problem.message} {detail}".strip()
            if detail not in event.problem.message
            else event.problem.message
        )
        return f"The node {event.node} failed: {said}"[:CRITIQUE_LIMIT]
    if (
        event.kind is Kind.RETRIEVE
        and event.status is Status.DONE
        and all(value == [] for value in event.outputs.values())
    ):
        return f"The retrieval {event.node} found nothing for its query: {shown(_query(event), _DETAIL_LIMIT)}"[
            :CRITIQUE_LIMIT
        ]
    return None


def _query(event: Event) -> str:
    return event.sent[0].content if event.sent else ""
