"""Working on runs that another process leads: the side that runs inside of Dask's workers.

Invariants: a worker begins nothing for a run that nobody leads; what a worker paid for is in the store before it says that a row is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prompts_lang.engine.cancellation import Cancellation
from prompts_lang.engine.distributed.assignment import Assignment, Done, Way
from prompts_lang.engine.execution import Execution, Settings
from prompts_lang.engine.nodes.protocol import Services
from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.resources import Resources
from prompts_lang.engine.results import ResultMemo
from prompts_lang.engine.session import vector_place
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.choose import VARIABLE
from prompts_lang.engine.store.model import Budget
from prompts_lang.engine.store.postgres import PostgresStore
from prompts_lang.engine.store.postgres_address import read_address
from prompts_lang.errors import PromptsError, StoreError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompts_lang.data.dataset import Row
    from prompts_lang.engine.provider.model import Backend
    from prompts_lang.engine.values import Run
    from prompts_lang.graph.model import Graph

_LOOK: Final = 5.0
"""Seconds between two looks whether a run still has somebody who leads it."""


class Station:
    """One run in one worker. It belongs to the worker's event loop. Use `open_station`."""

    def __init__(self, assignment: Assignment, store: PostgresStore, environ: Mapping[str, str]) -> None:
        self._assignment = assignment
        self._store = store
        self._account = RunAccount(store, assignment.run, assignment.budget, before=assignment.before)
        self._cancellation = Cancellation()
        self._backend: Backend = assignment.tools.backend()
        self._resources = Resources(vector_place(assignment.folder, store))
        limits = Limits(processes=assignment.processes)
        self._services = Services(
            caller=Caller(self._backend, self._account, limits, seed=assignment.seed, remember=assignment.remember),
            sandbox=assignment.tools.sandbox(),
            results=ResultMemo(self._account if assignment.remember else None),
            resources=self._resources,
            environ=environ,
        )
        self._executions: dict[tuple[int, object, int], Execution] = {}
        self._rows: set[asyncio.Task[Run]] = set()
        self._ended = False
        self._watch = asyncio.create_task(self._end_when_nobody_leads())

    @property
    def ended(self) -> bool:
        """Whether nothing can be run here any more."""
        return self._ended

    async def run(self, graph: Graph, way: Way, row: Row) -> Done:
        """Runs a graph on a row. An error after which nothing can go on is in the answer: it is not the worker's."""
        task = asyncio.create_task(self._execution(graph, way).run(row))
        # `end` waits for it too: a row that is given up books its calls when this has returned already.
        self._rows.add(task)
        task.add_done_callback(self._rows.discard)
        try:
            run = await task
            await self._account.flush()
        except PromptsError as error:
            return Done(None, error, self._account.share())
        except asyncio.CancelledError:
            if not self._ended:
                task.cancel()
                raise
            return Done(None, WorkerError("The run has ended."))
        return Done(run, None, self._account.share())

    def stop(self) -> None:
        """Begins nothing new."""
        self._cancellation.request()
        self._account.budget = Budget(calls=0)

    async def end(self) -> None:
        """Gives up what is under way, books it, and lets go of everything."""
        if self._ended:
            return
        self._ended = True
        for task in (*self._rows, self._watch):
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*self._rows, return_exceptions=True)
        with contextlib.suppress(StoreError):  # whoever reserves next will book what could not be written
            await self._account.flush()
        await self._resources.close()
        await self._backend.close()
        await asyncio.to_thread(self._store.close)

    def _execution(self, graph: Graph, way: Way) -> Execution:
        settings = Settings(way.purpose, way.replica, way.overrides)
        if way.overrides:
            return Execution(graph, self._services, self._cancellation, settings)
        # Dask keeps one object of a graph per worker. It is held here, so its identity is not given to another one.
        place = (id(graph), way.purpose, way.replica)
        if place not in self._executions:
            self._executions[place] = Execution(graph, self._services, self._cancellation, settings)
        return self._executions[place]

    async def _end_when_nobody_leads(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            with contextlib.suppress(StoreError):
                if not await asyncio.to_thread(self._store.is_led, self._assignment.run):
                    break
        await self.end()


async def open_station(assignment: Assignment) -> Station:
    """Gets ready to work on a run.

    Raises:
        WorkerError: Nobody leads the run, or this worker's store is not the leader's.
        StoreError: The store cannot be reached.
    """
    # A worker's own address comes first: it may hold a password, and another way to the same server.
    address = read_address(os.environ.get(VARIABLE) or assignment.store)
    store = await asyncio.to_thread(PostgresStore, address)
    try:
        if await asyncio.to_thread(store.is_led, assignment.run):
            return Station(assignment, store, os.environ)
    except BaseException:
        store.close()
        raise
    store.close()
    raise WorkerError(
        f"The run {assignment.run} is led by nobody.",
        where=address.shown,
        hint=f"If it has not just ended, the worker has another store: see {VARIABLE} in its environment.",
    )


@dataclass(slots=True)
class Stations:
    """The stations of a worker, by assignment."""

    opening: dict[str, asyncio.Future[Station]] = field(default_factory=dict[str, "asyncio.Future[Station]"])

    async def station(self, assignment: Assignment) -> Station:
        """The station of an assignment, opened when it is first asked for; raises as `open_station` does."""
        known = self.opening.get(assignment.id)
        if known is None or (known.done() and (known.exception() is not None or known.result().ended)):
            known = self.opening[assignment.id] = asyncio.ensure_future(open_station(assignment))
        return await asyncio.shield(known)

    async def stop(self, assignment: str) -> None:
        """Begins nothing new for an assignment."""
        if assignment in self.opening:
            (await asyncio.shield(self.opening[assignment])).stop()

    async def end(self, assignment: str) -> None:
        """Ends the work on an assignment at once."""
        known = self.opening.pop(assignment, None)
        if known is not None:
            with contextlib.suppress(PromptsError):
                await (await known).end()
