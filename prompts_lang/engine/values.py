"""What one execution leaves behind: events, runs and their problems. Immutable, ordered, comparable.

Loops and maps are unrolled, so the events of a run always form a DAG: an event names, for each of its inputs, the events that its value
came from. Whatever reads a run afterwards (scores, gradients, traces, the editor) needs nothing but these values and the graph.

Invariant: `Run.events` stands in an order in which every event comes after the events that it depends on; the order depends on the
graph and the row alone, never on timing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from prompts_lang.graph.model import Kind
from prompts_lang.graph.types import JsonValue

Values = Mapping[str, JsonValue]
"""Values by port name. An absent output (of a skipped or failed node) is simply not there."""


@dataclass(frozen=True, slots=True, order=True)
class EventKey:
    """Identifies one node execution.

    `path` is the node's name, below the calls that lead to it: `plan`, or `second/hop` for the node `hop` of the graph that the node
    `second` calls. `iteration` has one number (from 0) per enclosing loop or map, outermost first. `replica` counts repeated draws of
    a sampling model.
    """

    row: str
    path: str
    iteration: tuple[int, ...] = ()
    replica: int = 0


class Status(StrEnum):
    """How a node execution ended."""

    DONE = "done"
    SKIPPED = "skipped"  # its `when` did not hold; its outputs are absent
    FAILED = "failed"  # the graph's own fault, see Problem: scored like any other output
    BLOCKED = "blocked"  # a required input is absent, because something upstream was skipped or failed
    NOT_RUN = "not run"  # the provider, the budget or a cancellation: never scored


class ProblemKind(StrEnum):
    """Why a node failed, or why a row could not be run."""

    SCHEMA = "schema"  # the reply does not fit the declared outputs
    TRUNCATED = "truncated"  # the reply hit the token limit
    REFUSAL = "refusal"
    EXCEPTION = "exception"  # code raised
    TIMEOUT = "timeout"  # code ran out of time
    RESOURCES = "resources"  # code ran out of memory, output or processes
    ENSURE = "ensure"  # a declared contract does not hold
    ABSENT = "absent"  # no alternative of an output is present
    CONTEXT = "context"  # the prompt is longer than the model's window
    ROW = "row"  # the row does not fit the graph's inputs: never scored
    PROVIDER = "provider"
    BUDGET = "budget"
    CANCELLED = "cancelled"


NEVER_SCORED = frozenset({ProblemKind.ROW, ProblemKind.PROVIDER, ProblemKind.BUDGET, ProblemKind.CANCELLED})
"""Problems that say nothing about the graph: a row that has one was not run."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence for people, and a kind and a short detail for clustering and blame."""

    kind: ProblemKind
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an input's value came from: an output of an event, or an input of the surrounding graph (`event` is None)."""

    event: EventKey | None
    output: str


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered chat message, as sent."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid: calls made, tokens, US dollars (None where the price is unknown) and seconds."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal | None = Decimal(0)
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Cost(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            usd,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One node execution.

    `graph` and `node` name the declaration (a slot is found by them), `key.path` the place in the run. `sent` and `reply` are the
    rendered request and the raw text of an llm node (for a retrieval, the rendered query is the one message, and the reply lists the
    ids and scores of the documents as JSON; for code, the reply is what it printed). `cached` is true where no call was paid for it in
    this run. A call's event names in `output_origins` the events inside of it that its outputs came from; it comes after them.
    """

    key: EventKey
    graph: str
    node: str
    kind: Kind
    status: Status
    inputs: Values
    outputs: Values
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict[str, tuple[Origin, ...]])
    problem: Problem | None = None
    sent: tuple[Message, ...] = ()
    reply: str | None = None
    cost: Cost = Cost()
    cached: bool = False
    memo_key: str | None = None
    output_origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict[str, tuple[Origin, ...]])


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a graph on one row. `outputs` has what is present; `origins` tells which events the outputs came from."""

    row: str
    graph: str
    inputs: Values
    outputs: Values
    origins: Mapping[str, tuple[Origin, ...]]
    events: tuple[Event, ...]
    problem: Problem | None = None

    @property
    def completed(self) -> bool:
        """True where the run may be scored: nothing was kept from running by the row, the provider, the budget or a cancellation."""
        return self.problem is None or self.problem.kind not in NEVER_SCORED

    @property
    def cost(self) -> Cost:
        """The cost of all events together."""
        return sum((event.cost for event in self.events), Cost())


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's verdict on one run: `value` (higher is better after orientation), and what the metric says about it, if anything.

    `value` is None where the row could not be scored (the run is not complete, or the judge could not be reached).
    """

    row: str
    value: float | None
    feedback: str = ""
    expected: JsonValue = None
    problem: Problem | None = None
