"""Runs graphs over rows, side by side: in this process, or wherever a `Workforce` runs them.

How many rows are under way at once bounds the memory; how many calls are, is the business of each model's own limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, cast

from prompts_lang.engine.cancellation import Cancellation
from prompts_lang.engine.execution import NO_OVERRIDES, Execution, Listener, Overrides, Settings, Stream
from prompts_lang.engine.store.model import Purpose

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from prompts_lang.data.dataset import Row
    from prompts_lang.engine.nodes.protocol import Services
    from prompts_lang.engine.store.account import RunAccount
    from prompts_lang.engine.store.model import RunRecord
    from prompts_lang.engine.store.protocol import Store
    from prompts_lang.engine.values import Run
    from prompts_lang.graph.model import Graph

ROWS_AT_ONCE = 256
"""Rows under way at the same time: more than the calls that any provider lets through at once."""

T = TypeVar("T")
R = TypeVar("R")


class Prepared(Protocol):
    """A graph made ready to be run on rows, one by one."""

    async def run(self, row: Row) -> Run:
        """Runs the graph on one row (see `Execution.run`)."""
        ...


Prepare: TypeAlias = "Callable[[Graph, Services, Cancellation, Settings], Prepared]"
"""Makes a graph ready. `Execution` does it for this process."""


class Workforce(Protocol):
    """Other processes that run rows."""

    def at_work(
        self,
        run: RunRecord,
        folder: Path,
        store: Store,
        account: RunAccount,
        cancellation: Cancellation,
        *,
        remember: bool,
    ) -> AbstractAsyncContextManager[Prepare]:
        """Has the rows of a run run elsewhere within the block; at its end, nothing of it is under way any more.

        Args:
            run: The run, which this process leads.
            folder: The folder of its program.
            store: Where it is kept; a shared one.
            account: The leader's account.
            cancellation: The leader's switch.
            remember: Whether replies are taken from the memo and put there.

        Raises:
            PromptsError: There is nobody to run them, or the store is not one that processes share.
        """
        ...


class Executor:
    """Runs graphs with shared services. It belongs to one event loop.

    Args:
        services: What the nodes use.
        cancellation: Lets everything end softly; a cancelled task ends hard.
        rows_at_once: The most rows under way at the same time.
        ready: Makes graphs ready where the rows are to run.
    """

    def __init__(
        self,
        services: Services,
        cancellation: Cancellation | None = None,
        *,
        rows_at_once: int = ROWS_AT_ONCE,
        ready: Prepare = Execution,
    ) -> None:
        self.services = services
        self.cancellation = cancellation or Cancellation()
        self.rows_at_once = rows_at_once
        self.ready = ready

    def prepare(
        self,
        graph: Graph,
        *,
        purpose: Purpose = Purpose.FORWARD,
        replica: int = 0,
        overrides: Overrides = NO_OVERRIDES,
        on_event: Listener | None = None,
        stream: Stream | None = None,
    ) -> Prepared:
        """Makes a graph ready to be run on any number of rows, one by one (see `run_rows`)."""
        return self.ready(
            graph, self.services, self.cancellation, Settings(purpose, replica, overrides, on_event, stream)
        )

    async def run_rows(
        self,
        graph: Graph,
        rows: Sequence[Row],
        *,
        purpose: Purpose = Purpose.FORWARD,
        replica: int = 0,
        overrides: Overrides = NO_OVERRIDES,
        on_event: Listener | None = None,
    ) -> tuple[Run, ...]:
        """Runs a graph on rows.

        Args:
            graph: The graph; a candidate is just another graph, and what it shares with an earlier one is remembered.
            rows: The rows; a run depends on its row alone.
            purpose: What the calls are made for, for the books.
            replica: Which independent draw of every sampling model is wanted.
            overrides: Outputs to put in the place of node executions. Only what descends from them is run anew.
            on_event: Is told of every event as soon as it is over.

        Returns:
            The runs in the order of the rows. A row that could not be run is among them, with its problem.

        Raises:
            PromptsError: Nothing can go on: the store or the sandbox does not work, or a file that a node needs is not there.
        """
        execution = self.prepare(graph, purpose=purpose, replica=replica, overrides=overrides, on_event=on_event)
        return await side_by_side(rows, execution.run, at_once=self.rows_at_once)


async def side_by_side(items: Sequence[T], work: Callable[[T], Awaitable[R]], *, at_once: int) -> tuple[R, ...]:
    """Applies `work` to all items, at most `at_once` at a time; the results stand in the order of the items.

    The first exception ends all of it and is raised as itself.
    """
    results: dict[int, R] = {}
    remaining = iter(enumerate(items))

    async def take() -> None:
        for position, item in remaining:
            results[position] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(take())
    except BaseExceptionGroup as several:
        raise _first(several) from None
    return tuple(results[position] for position in range(len(items)))


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception of nested groups: what people want to read."""
    first = several.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = cast("BaseExceptionGroup[BaseException]", first).exceptions[0]
    return first
