"""What a kind of node has to be able to do, and what it may use.

A runner makes one execution of one node: values in, an outcome out. Conditions, maps, loops, contracts, events and their order are the
executor's business and the same for every kind.

Invariant: whatever goes wrong with a node is in its outcome. A runner raises only where nothing at all can go on (a store or a sandbox
that does not work, a file that is gone).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from prompts_lang.engine.tracing.spans import OFF, Tracing
from prompts_lang.engine.values import Cost, Event, EventKey, Message, Origin, Problem, Values

if TYPE_CHECKING:
    from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
    from prompts_lang.engine.provider.model import Reply, Request
    from prompts_lang.engine.resources import Resources
    from prompts_lang.engine.results import ResultMemo
    from prompts_lang.engine.sandbox.model import Sandbox
    from prompts_lang.engine.store.model import Purpose
    from prompts_lang.graph.model import Graph, Node
    from prompts_lang.graph.types import JsonValue

Trace: TypeAlias = "list[Event | Trace]"
"""Events in order, nested as the calls were."""


class Caller(Protocol):
    """The way to models: memo, limits, budget, retries and bookkeeping included."""

    async def complete(self, request: Request, *, purpose: Purpose, node: str) -> Reply:
        """Answers, or raises `ProviderError` or `BudgetExceeded`."""
        ...

    def stream(self, request: Request, *, purpose: Purpose, node: str) -> AsyncGenerator[str]:
        """Answers piece by piece; raises as `complete` does."""
        ...

    async def embed(
        self, request: EmbedRequest, *, node: str, keep: Callable[[Embedded], Awaitable[None]] | None = None
    ) -> Embedded:
        """Makes vectors (see `provider.caller.Caller.embed`); raises as `complete` does."""
        ...

    def relive(self, keys: Iterable[str]) -> None:
        """Counts what a resumed run paid for before it stopped (see `provider.caller.Caller.relive`)."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What executions share: models, the sandbox, remembered results, files that are read once, the environment, and who takes spans."""

    caller: Caller
    sandbox: Sandbox
    results: ResultMemo
    resources: Resources
    environ: Mapping[str, str]
    tracing: Tracing = OFF


@dataclass(frozen=True, slots=True)
class Present:
    """A value and where it came from. `itemwise`: the value is a list, and origin `i` is that of item `i`."""

    value: JsonValue
    origins: tuple[Origin, ...] = ()
    itemwise: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One execution to be made: a node of a graph, its key, and its inputs by their local names (None for an absent optional one)."""

    graph: Graph
    node: Node
    key: EventKey
    inputs: Values

    @property
    def where(self) -> str:
        """The declaration, as messages and the ledger name it."""
        return f"{self.graph.name}/{self.node.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an execution. The fields are those of `Event`; `inner` has the events of a called graph."""

    outputs: Values = field(default_factory=dict[str, "JsonValue"])
    problem: Problem | None = None
    sent: tuple[Message, ...] = ()
    reply: str | None = None
    cost: Cost = field(default_factory=Cost)
    cached: bool = False
    memo_key: str | None = None
    output_origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict[str, tuple[Origin, ...]])
    inner: Trace = field(default_factory=list["Event | Trace"])


@dataclass(frozen=True, slots=True)
class GraphOutcome:
    """What came of a graph: the outputs that are present, its events, and why something that is needed is absent."""

    outputs: Mapping[str, Present]
    trace: Trace
    problem: Problem | None = None


class Context(Protocol):
    """The execution that a node is part of."""

    @property
    def services(self) -> Services:
        """What executions share."""
        ...

    @property
    def purpose(self) -> Purpose:
        """What the calls are made for."""
        ...

    def listener(self, key: EventKey) -> Callable[[str], None] | None:
        """Whom to tell the text of this execution piece by piece, if anyone."""
        ...

    async def run_graph(self, graph: Graph, inputs: Mapping[str, Present], caller: EventKey) -> GraphOutcome:
        """Executes another graph below the call with the key `caller`."""
        ...


class NodeRunner(Protocol):
    """One kind of node."""

    async def prepare(self, graph: Graph, node: Node, services: Services) -> None:
        """Reads the files that a node of this kind needs, so that a mistake in one of them shows before anything is paid for.

        Raises:
            FileError: A file cannot be read.
            DataError: There is a mistake in it.
            ProgramError: The node asks for something that there is not.
        """
        ...

    async def run(self, task: Task, context: Context) -> Outcome:
        """Makes one execution."""
        ...
