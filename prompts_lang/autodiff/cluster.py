"""Failing rows, sorted by how they fail: a few exemplars of every kind of failure say more than many of one kind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prompts_lang.autodiff.aggregate import normalised
from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.tape import Case
from prompts_lang.engine.values import Status

EXEMPLARS = 3
"""Rows that are differentiated together."""

_VARYING = re.compile(r"\d+|'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
_WORDS = 12


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows that fail alike: at the same node and for the same reason, as far as checks and the metric tell."""

    signature: str
    cases: tuple[Case, ...]


def cluster(cases: Sequence[Case], feedback: dict[str, str]) -> tuple[Cluster, ...]:
    """Groups failing rows by their first failed check, else by what the metric said. The largest cluster comes first."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[_signature(case, feedback.get(case.run.row, ""))].append(case)
    found = [Cluster(name, tuple(sorted(members, key=lambda case: case.run.row))) for name, members in groups.items()]
    return tuple(sorted(found, key=lambda each: (-len(each.cases), each.signature)))


def exemplars(clusters: Sequence[Cluster], groups: int, chance: Chance) -> tuple[tuple[Case, ...], ...]:
    """Rows to differentiate, in at most `groups` groups of at most `EXEMPLARS` rows.

    Every cluster gives a row before any gives a second one, so that rare failures are seen too. Rows that fail alike come into the same
    group as far as possible; clusters of one row share one. Another group about the same failure is a second opinion, which is cheap beside
    running rows.
    """
    orders = [chance.shuffled(each.cases, key=lambda case: case.run.row) for each in clusters]
    ranked = [(rank, index) for index, order in enumerate(orders) for rank in range(len(order))]
    taken = sorted(sorted(ranked)[: groups * EXEMPLARS], key=lambda each: (each[1], each[0]))
    rows = [orders[index][rank] for rank, index in taken]
    size = max(1, min(EXEMPLARS, -(-len(rows) // groups)))
    return tuple(tuple(rows[start : start + size]) for start in range(0, len(rows), size))


def _signature(case: Case, feedback: str) -> str:
    for event in case.run.events:
        if event.status is Status.FAILED and event.problem is not None:
            return f"{event.graph}/{event.node} {event.problem.kind} {_gist(event.problem.detail or event.problem.message)}"
    return f"score {_gist(feedback)}".strip()


def _gist(text: str) -> str:
    """An error text without what differs from row to row: quoted parts and numbers."""
    return " ".join(normalised(_VARYING.sub(" ", text)).split()[:_WORDS])
