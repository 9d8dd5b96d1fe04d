"""What the store kept of a run's report, in a few words. An older version may have written it, so every field may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompts_lang.cli.amounts import scored
from prompts_lang.graph.types import JsonValue


def report_score(report: JsonValue) -> float | None:
    """The score that a run ended with: of an evaluation, or after an optimisation."""
    score = _number(_at(report, "score"))
    return _number(_at(report, "after", "score")) if score is None else score


def report_outcome(report: JsonValue) -> str:
    """The score, or the scores before and after; empty where the report has none."""
    before, after = _number(_at(report, "before", "score")), _number(_at(report, "after", "score"))
    if before is not None and after is not None:
        return f"score {before:.3f} → {after:.3f}"
    score = _number(_at(report, "score"))
    return "" if score is None else f"score {score:.3f}"


def report_lines(report: JsonValue) -> Iterator[str]:
    """The report line by line: scores with intervals, what became of each slot, and the sandbox."""
    if (score := _number(_at(report, "score"))) is not None:
        rows = f"on {_at(report, 'scored')} of {_at(report, 'rows')} rows"
        yield f"score {scored(score, _interval(_at(report, 'interval')))} {rows}"
    for name in ("before", "after"):
        if (score := _number(_at(report, name, "score"))) is not None:
            yield f"{name:6} {scored(score, _interval(_at(report, name, 'interval')))}"
    slots = _at(report, "slots")
    for slot in slots if isinstance(slots, list) else ():
        yield f"{_at(slot, 'slot')}: {_at(slot, 'status')}"
    if isinstance(stopped := _at(report, "stopped"), str):
        yield f"ended: {stopped}"
    if isinstance(level := _at(report, "sandbox"), str):
        yield f"code ran in the sandbox at level {level}"


def _at(value: JsonValue, *path: str) -> JsonValue:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _interval(value: JsonValue) -> tuple[float, float] | None:
    match value:
        case [int() | float() as low, int() | float() as high]:
            return float(low), float(high)
        case _:
            return None
