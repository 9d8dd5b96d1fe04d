"""What the store holds, as plain values.

Times are seconds since the epoch (UTC), durations seconds, money US dollars as `Decimal`, sizes bytes. `None` for money
means that the price is not known, which is never the same as nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompts_lang.graph.types import JsonValue

ZERO = Decimal(0)


class RunKind(StrEnum):
    """What a run was for."""

    RUN = "run"
    EVAL = "eval"
    OPTIMIZE = "optimize"


class RunState(StrEnum):
    """Where a run stands. `STOPPED` runs can be resumed; `RUNNING` means that a live process holds the run."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class Purpose(StrEnum):
    """What a call was made for."""

    FORWARD = "forward"
    JUDGE = "judge"
    CRITIC = "critic"
    REWRITE = "rewrite"
    REPLAY = "replay"
    HEADROOM = "headroom"
    EMBED = "embed"


class EntryState(StrEnum):
    """The life of a ledger entry: `RESERVED` before the call, then exactly one of the others.

    `FAILED` was answered with an error and cost nothing; `POSSIBLY_SPENT` was sent and never seen to end.
    """

    RESERVED = "reserved"
    COMMITTED = "committed"
    FAILED = "failed"
    POSSIBLY_SPENT = "possibly_spent"


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper limits of one run; `None` is no limit."""

    calls: int | None = None
    usd: Decimal | None = None


UNLIMITED = Budget()


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has used. `calls` counts every attempt that was sent, retries and `possibly_spent` ones included.

    `cached` counts answers that cost this run nothing; `unpriced` the calls whose price nobody knows, which `usd` leaves
    out. A `possibly_spent` call is taken at its upper bound.
    """

    calls: int = 0
    cached: int = 0
    failed: int = 0
    possibly_spent: int = 0
    unpriced: int = 0
    usd: Decimal = ZERO
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            calls=self.calls + other.calls,
            cached=self.cached + other.cached,
            failed=self.failed + other.failed,
            possibly_spent=self.possibly_spent + other.possibly_spent,
            unpriced=self.unpriced + other.unpriced,
            usd=self.usd + other.usd,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            seconds=self.seconds + other.seconds,
        )

    def __sub__(self, other: Totals) -> Totals:
        return Totals(
            calls=self.calls - other.calls,
            cached=self.cached - other.cached,
            failed=self.failed - other.failed,
            possibly_spent=self.possibly_spent - other.possibly_spent,
            unpriced=self.unpriced - other.unpriced,
            usd=self.usd - other.usd,
            tokens_in=self.tokens_in - other.tokens_in,
            tokens_out=self.tokens_out - other.tokens_out,
            seconds=self.seconds - other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used: tokens, money (`None`: unknown price) and wall time."""

    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal | None = ZERO
    seconds: float = 0.0


UNUSED = Usage()


@dataclass(frozen=True, slots=True)
class Entry:
    """One call in the ledger: its reservation, folded with how it ended.

    `bound` is the most that it could cost when it was reserved; `usage` is what it did cost.
    """

    number: int
    run: str
    key: str
    purpose: Purpose
    node: str
    model: str
    attempt: int
    state: EntryState
    bound: Decimal | None
    usage: Usage
    reserved: float
    settled: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Memo:
    """One remembered result. `run` paid for it; `None` where it cost nothing (code, retrieval). `used` is a time."""

    key: str
    value: JsonValue
    run: str | None
    used: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution of `prompts run`, `eval` or `optimize`, or its equal in the editor.

    `file` is the path of the `.prompt` file relative to the folder that holds the store, with forward slashes.
    """

    id: str
    kind: RunKind
    file: str
    graph: str
    state: RunState = RunState.RUNNING
    seed: int = 0
    parameters: JsonValue = None
    started: float = 0.0
    finished: float | None = None
    report: JsonValue = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One execution of one node inside a run, keyed by run, candidate, row, node path, iteration and replica.

    `iteration` has one number per enclosing loop or map, outermost first; `candidate` is empty for the text in the file.
    """

    run: str
    row: str
    path: str
    body: JsonValue
    iteration: tuple[int, ...] = ()
    replica: int = 0
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """One set of slot texts that a run considered. `id` is the hash of the texts; `body` holds texts and outcomes."""

    run: str
    id: str
    body: JsonValue
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A gradient anchored to a section of a file. `text_hash` is the section's text that it speaks about.

    `slot` is `graph/node/section`; `body` holds verdict, quoted words, evidence and suggestion.
    """

    id: str
    file: str
    graph: str
    slot: str
    text_hash: str
    run: str
    body: JsonValue
    created: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one purpose on one node with one model used in a run."""

    purpose: Purpose
    node: str
    model: str
    totals: Totals


def new_run_id() -> str:
    """Returns a fresh id that sorts by time and reads as one: `20260131-235959-9f3a1c`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
