"""What an optimisation tells while it works, one value per event, and the same as JSON lines.

The command line, the language server and tests read this one stream. `seconds` count from the start, `calls` are those paid so far.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal, cast

from prompts_lang.graph.model import SlotId

GateTest = Literal["targeted", "claim", "prune"]
"""The tests after the static gate: on training rows for the search, on unseen rows for the claim, of what can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeEvent:
    """What all events have: when, and what had been paid."""

    event: ClassVar[str]
    seconds: float = 0.0
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundKnown(OptimizeEvent):
    """The upper bound, before anything is spent.

    Attributes:
        bound: The most that the run can cost.
        unpriced: The models, by name, of which the price or the context is not known.
        by_budget: Whether the money is what the budget allows; else it is what the calls cost if each fills its model's context.
    """

    event: ClassVar[str] = "bound"
    bound: Bounds
    unpriced: tuple[str, ...] = ()
    by_budget: bool = False


@dataclass(frozen=True, slots=True)
class SlotTexts:
    """Texts by slot, in order of the slots: an object in JSON."""

    texts: tuple[tuple[SlotId, str], ...]

    @classmethod
    def of(cls, texts: Mapping[SlotId, str]) -> SlotTexts:
        """The texts of a mapping."""
        return cls(tuple(sorted(texts.items())))


@dataclass(frozen=True, slots=True)
class RowScores:
    """Scores by row, in order of the rows' ids: an object in JSON."""

    scores: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, scores: Mapping[str, float]) -> RowScores:
        """The scores of a mapping."""
        return cls(tuple(sorted(scores.items())))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that the run can cost, retries included. `usd` is None where a price, or how much a model reads at most, is not known."""

    calls: int
    usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadroomSeen(OptimizeEvent):
    """Whether there is anything to gain. `score` is the mean over the rows looked at, `failing` how many of them fall short."""

    event: ClassVar[str] = "headroom"
    open: bool
    score: float
    rows: int
    failing: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(OptimizeEvent):
    """`done` of `total` steps; `doing` says in a few words what is under way."""

    event: ClassVar[str] = "progress"
    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class FindingData:
    """A slot's fault. `range` are character offsets of the quoted words in the slot's text as it stands in the file, or None."""

    slot: SlotId
    range: tuple[int, int] | None
    verdict: str
    verified: bool
    critique: str
    rows: tuple[str, ...]
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMade(OptimizeEvent):
    """A gradient has reached a slot. It may come again, with more rows or verified."""

    event: ClassVar[str] = "finding"
    slot: SlotId
    range: tuple[int, int] | None
    verdict: str
    verified: bool
    critique: str
    quote: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(OptimizeEvent):
    """The rewriter proposed a text. `rejected` is the static gate's reason, or None."""

    event: ClassVar[str] = "proposal"
    slot: SlotId
    text: str
    idea: str
    rejected: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePassed(OptimizeEvent):
    """A test of a slot's new text has ended. Texts that were tested together have one event each, with equal numbers."""

    event: ClassVar[str] = "gate"
    slot: SlotId
    test: GateTest
    outcome: str
    rows: int
    gain: float
    together: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTried(OptimizeEvent):
    """A test of a set of texts has ended. It comes before the gates of the texts, once for all of them.

    Attributes:
        candidate: The hash of the texts.
        parent: The hash of those that they were tested against, None for those in the file.
        slots: The texts that differ from those in the file.
        test: Which test.
        outcome: How it ended.
        rows: On how many rows.
        gain: The score won on these rows in all; below 0 where it was lost.
        scores: What the metric says of every row that the texts were ever run on.
    """

    event: ClassVar[str] = "candidate"
    candidate: str
    parent: str | None
    slots: SlotTexts
    test: GateTest
    outcome: str
    rows: int
    gain: float
    scores: RowScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(OptimizeEvent):
    """The search goes on from here. `slots` has every slot's text as it would now be written."""

    event: ClassVar[str] = "accepted"
    slots: SlotTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(OptimizeEvent):
    """Something went wrong that did not stop the run."""

    event: ClassVar[str] = "warning"
    message: str


Sink = Callable[[OptimizeEvent], None]
"""Takes events as they happen. It must not block."""


def to_json(event: OptimizeEvent) -> str:
    """The event as one line of JSON, without a line break."""
    return json.dumps({"event": event.event, **_fields(event)}, ensure_ascii=False, allow_nan=False)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    match value:
        case SlotId():
            return str(value)
        case StrEnum():
            return value.value
        case SlotTexts():
            return {str(slot): text for slot, text in value.texts}
        case RowScores():
            return {row: _plain(score) for row, score in value.scores}
        case tuple():
            return [_plain(item) for item in cast("tuple[Any, ...]", value)]
        case float():
            return round(value, 6)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            return value
