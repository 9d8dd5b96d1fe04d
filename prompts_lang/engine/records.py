"""Events, their problems and costs as JSON, for the store, for `--json` and for whoever reads a run later.

Invariant: `read_event(event_json(event))` is the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from prompts_lang.engine.values import Cost, Event, EventKey, Message, Origin, Problem, ProblemKind, Status
from prompts_lang.graph.model import Kind

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue


def event_json(event: Event) -> dict[str, JsonValue]:
    """An event as a JSON object. What is empty is left out."""
    whole: dict[str, JsonValue] = {
        "row": event.key.row,
        "path": event.key.path,
        "iteration": list(event.key.iteration),
        "replica": event.key.replica,
        "graph": event.graph,
        "node": event.node,
        "kind": event.kind.value,
        "status": event.status.value,
        "inputs": dict(event.inputs),
        "outputs": dict(event.outputs),
        "origins": _origins_json(event.origins),
        "output_origins": _origins_json(event.output_origins),
        "problem": problem_json(event.problem),
        "sent": [{"role": message.role, "content": message.content} for message in event.sent],
        "reply": event.reply,
        "cost": cost_json(event.cost),
        "cached": event.cached,
        "memo_key": event.memo_key,
    }
    return {name: value for name, value in whole.items() if value not in (None, [], {})}


def read_event(value: Mapping[str, Any]) -> Event:
    """The event that `event_json` wrote.

    Raises:
        KeyError: It is not one.
        ValueError: It is not one.
    """
    problem = cast("Mapping[str, Any] | None", value.get("problem"))
    return Event(
        key=EventKey(value["row"], value["path"], tuple(value.get("iteration", ())), value.get("replica", 0)),
        graph=value["graph"],
        node=value["node"],
        kind=Kind(value["kind"]),
        status=Status(value["status"]),
        inputs=value.get("inputs", {}),
        outputs=value.get("outputs", {}),
        origins=_read_origins(value.get("origins", {})),
        output_origins=_read_origins(value.get("output_origins", {})),
        problem=None
        if problem is None
        else Problem(ProblemKind(problem["kind"]), problem["message"], problem.get("detail", "")),
        sent=tuple(Message(message["role"], message["content"]) for message in value.get("sent", ())),
        reply=value.get("reply"),
        cost=_read_cost(value.get("cost", {})),
        cached=value.get("cached", False),
        memo_key=value.get("memo_key"),
    )


def problem_json(problem: Problem | None) -> JsonValue:
    """A problem as a JSON object; None stays None."""
    if problem is None:
        return None
    return {"kind": problem.kind.value, "message": problem.message, "detail": problem.detail}


def cost_json(cost: Cost) -> dict[str, JsonValue]:
    """A cost as a JSON object; money is a text, so that no digit is lost, and null where a price is unknown."""
    return {
        "calls": cost.calls,
        "tokens_in": cost.tokens_in,
        "tokens_out": cost.tokens_out,
        "usd": None if cost.usd is None else str(cost.usd),
        "seconds": round(cost.seconds, 6),
    }


def _read_cost(value: Mapping[str, Any]) -> Cost:
    usd = value.get("usd", "0")
    return Cost(
        value.get("calls", 0),
        value.get("tokens_in", 0),
        value.get("tokens_out", 0),
        None if usd is None else Decimal(usd),
        value.get("seconds", 0.0),
    )


def _origins_json(origins: Mapping[str, Sequence[Origin]]) -> dict[str, JsonValue]:
    return {name: [_origin_json(origin) for origin in found] for name, found in origins.items()}


def _origin_json(origin: Origin) -> JsonValue:
    if origin.event is None:
        return {"output": origin.output}
    key = origin.event
    return {
        "output": origin.output,
        "row": key.row,
        "path": key.path,
        "iteration": list(key.iteration),
        "replica": key.replica,
    }


def _read_origins(value: Mapping[str, Any]) -> dict[str, tuple[Origin, ...]]:
    return {name: tuple(_read_origin(origin) for origin in found) for name, found in value.items()}


def _read_origin(value: Mapping[str, Any]) -> Origin:
    if "path" not in value:
        return Origin(None, value["output"])
    key = EventKey(value["row"], value["path"], tuple(value["iteration"]), value["replica"])
    return Origin(key, value["output"])
