"""What a report says, in a few words."""

import json
from collections.abc import Mapping
from typing import Any

from prompts_server.data import as_count, as_number, as_object, as_pair

_LONGEST = 200


def percent(score: float) -> str:
    """A score from 0 to 1 as people read it."""
    return f"{100 * score:.0f} %"


def summary(report: Mapping[str, Any]) -> str:
    """A report in one line: `62 % → 78 %` or `62 % (54-70) on 60 rows`; empty when it holds no score."""
    before = as_number(as_object(report.get("before")).get("score"))
    after = as_number(as_object(report.get("after")).get("score"))
    if before is not None and after is not None:
        return f"{percent(before)} → {percent(after)}"
    score = as_number(report.get("score"))
    if score is None:
        return ""
    interval, rows = as_pair(report.get("interval")), as_count(report.get("scored"))
    bounds = f" ({100 * interval[0]:.0f}-{100 * interval[1]:.0f})" if interval is not None else ""
    return f"{percent(score)}{bounds}" + (f" on {rows} row{'' if rows == 1 else 's'}" if rows else "")


def outcome(report: Mapping[str, Any]) -> str:
    """What a finished job says to the person who waited for it: the score, or the outputs of a run."""
    outputs = as_object(report.get("outputs"))
    shown = ", ".join(f"{name} = {_shortened(value)}" for name, value in outputs.items())
    return summary(report) or shown


def _shortened(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
