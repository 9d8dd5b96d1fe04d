"""The door to the backward pass: failing rows in, messages about slots out, by whichever way is cheaper for the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompts_lang.autodiff.ask import ATTEMPTS, Teacher
from prompts_lang.autodiff.backward import backward
from prompts_lang.autodiff.critic import ModelCritic
from prompts_lang.autodiff.message import Gradient
from prompts_lang.autodiff.places import Places
from prompts_lang.autodiff.skeleton import LARGE, SUSPECTS, by_skeleton, is_large, judged_places
from prompts_lang.autodiff.tape import Case, Tape
from prompts_lang.graph.model import Graph


async def differentiate(
    graph: Graph,
    cases: Sequence[Case],
    teacher: Teacher,
    failed: Callable[[str], None],
    *,
    replica: int = 0,
    thorough: bool = False,
) -> tuple[Gradient, ...]:
    """The messages that reach a slot, for a few failing rows that are judged together.

    A question without a usable answer is reported through `failed` and counts as no message. `replica` asks for another draw,
    `thorough` for a walk that a verdict of `none` does not end.

    Raises:
        BudgetExceeded: nothing more can be paid for.
    """
    places = Places(graph)
    tapes = [Tape.of(case, places) for case in cases]
    critic = ModelCritic(teacher, failed, replica)
    if is_large(tapes):
        return await by_skeleton(tapes, teacher, critic, failed, replica)
    return await backward(tapes, critic, thorough=thorough)


def calls_at_most(graph: Graph, cases: Sequence[Case]) -> int:
    """The most calls that differentiating these rows can take, malformed replies included."""
    places = Places(graph)
    judged = judged_places([Tape.of(case, places) for case in cases])
    return ATTEMPTS * (len(judged) if len(judged) < LARGE else 1 + SUSPECTS)
