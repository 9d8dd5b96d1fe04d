"""What an optimisation ends with: numbers that were measured on rows nobody looked at, and texts with the evidence for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from prompts_lang.engine.metrics.aggregate import summarise
from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.events import Bounds, FindingData, OptimizeEvent


class Stopped(StrEnum):
    """Why a run ended."""

    DONE = "done"
    BUDGET = "budget"
    ROUNDS = "rounds"
    CANCELLED = "cancelled"
    NO_HEADROOM = "no-headroom"
    ERROR = "error"


class SlotStatus(StrEnum):
    """What may be said about a slot's new text."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean score with its interval, and how many rows it was measured on."""

    score: float
    interval: tuple[float, float]
    rows: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Measured | None:
        """The summary of scores, as `prompts eval` gives it; None without any."""
        summary = summarise(values)
        if summary.mean is None or summary.interval is None:
            return None
        return cls(summary.mean, summary.interval, summary.count)


@dataclass(frozen=True, slots=True)
class SlotReport:
    """One slot. `effect` is that of the whole rewrite (all changed slots together), as the score after minus the score before."""

    slot: SlotId
    status: SlotStatus
    before: str
    after: str
    effect: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class SplitSizes:
    """Rows per split."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(OptimizeEvent):
    """The last event of every run.

    `before` and `after` come from the test split; without test rows both are None. `usd` is None where the price of a call is unknown.
    """

    event: ClassVar[str] = "report"
    graph: str
    stopped: Stopped
    cached: int
    usd: float | None
    tokens: int
    bound: Bounds
    before: Measured | None
    after: Measured | None
    rows: SplitSizes
    slots: tuple[SlotReport, ...]
    findings: tuple[FindingData, ...]
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> Mapping[SlotId, str]:
        """The changed texts, proven or not."""
        return {slot.slot: slot.after for slot in self.slots if slot.status is not SlotStatus.UNCHANGED}

    @property
    def proven(self) -> Mapping[SlotId, str]:
        """The texts that may be written into the file without a look."""
        return {slot.slot: slot.after for slot in self.slots if slot.status is SlotStatus.PROVEN}


def dollars(amount: Decimal) -> float:
    """An amount of money for a report: to a millionth of a dollar."""
    return float(round(amount, 6))
