"""The scores of a graph over time, read from the store beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompts_server.data import as_count, as_number, as_object, as_pair
from prompts_server.panel.protocol import PanelScore
from prompts_server.stored_findings import stores_of

_MOST_RUNS = 200


def history_of(path: Path, graph: str) -> tuple[PanelScore, ...]:
    """Every score that runs of the graph have measured, in order of time. Blocks."""
    found: list[PanelScore] = []
    for store, name in stores_of(path):
        for run in store.runs(file=name, limit=_MOST_RUNS):
            if run.graph == graph and run.finished is not None:
                score = score_of(as_object(run.report), run.finished, run.kind.value, run.id)
                if score is not None:
                    found.append(score)
    return tuple(sorted(found, key=lambda score: score.time))


def score_of(report: Mapping[str, Any], time: float, task: str, run: str) -> PanelScore | None:
    """The score in a report of an evaluation or an optimisation; None where it has none."""
    after = as_object(report.get("after"))
    measured = after or report
    score = as_number(measured.get("score"))
    if score is None:
        return None
    before = as_number(as_object(report.get("before")).get("score"))
    rows = as_count(measured.get("rows") if after else report.get("scored"))
    return PanelScore(time, score, as_pair(measured.get("interval")), rows, before, _TASKS.get(task, task), run)


_TASKS = {"eval": "evaluate", "optimize": "optimize", "run": "run"}
