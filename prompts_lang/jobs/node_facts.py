"""Sums up what runs showed of each node, for hovers and the graph panel: cost and time per call, a sample, a failing row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from prompts_lang.engine.values import Event, Run, Status
from prompts_lang.graph.types import JsonValue
from prompts_lang.jobs.code_places import CodePlaces

LONGEST = 300
"""Characters of a value that are kept as a sample."""


def node_facts(runs: Sequence[tuple[Run, float | None]], places: CodePlaces) -> dict[str, JsonValue]:
    """Facts by `graph/node`, from runs with their scores: `rows`, `usd` and `seconds` per call, `sample`, `failure`, `problem`.

    A sample is what came out of a node; `given` is what had gone in.
    """
    events: dict[str, list[tuple[Event, float | None]]] = {}
    for run, score in runs:
        for event in run.events:
            events.setdefault(f"{event.graph}/{event.node}", []).append((event, score))
    return {name: _facts(found, places) for name, found in events.items()}


def _facts(found: Sequence[tuple[Event, float | None]], places: CodePlaces) -> JsonValue:
    done = [event for event, _ in found if event.status is Status.DONE]
    paid = [event for event in done if event.cost.calls]
    scores = [score for _, score in found if score is not None]
    facts: dict[str, JsonValue] = {
        "rows": len({event.key.row for event, _ in found}),
        "failed": sum(event.status is Status.FAILED for event, _ in found),
        "score": sum(scores) / len(scores) if scores else None,
    }
    if paid:
        facts["usd"] = _money([event.cost.usd for event in paid])
        facts["seconds"] = sum(event.cost.seconds for event in paid) / len(paid)
    if done:
        facts["sample"] = _texts(done[0].outputs)
        facts["given"] = _texts(done[0].inputs)
    worst = min((pair for pair in found if pair[1] is not None and pair[1] < 1), key=_score, default=None)
    if worst is not None:
        event, score = worst
        facts["failure"] = {
            "row": event.key.row,
            "score": score,
            "inputs": _texts(event.inputs),
            "outputs": _texts(event.outputs),
        }
    failed = next((event for event, _ in found if event.problem is not None), None)
    if failed is not None:
        facts["problem"] = places.told(failed)
    return facts


def _score(pair: tuple[Event, float | None]) -> float:
    return 1.0 if pair[1] is None else pair[1]


def _money(amounts: Sequence[Decimal | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return float(sum(known, Decimal(0)) / len(known)) if known and len(known) == len(amounts) else None


def _texts(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: _shortened(value) for name, value in values.items()}


def _shortened(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
