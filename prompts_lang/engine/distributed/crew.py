"""Leading a run whose rows run in Dask's workers.

Dask decides which worker runs a row, and gives the rows of a worker that died to another. That no such row costs anything twice is the
store's doing: the memo has what was paid for, and the ledger what was under way.

Invariant: the rows' runs are what they would be in this process.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import pickle
import secrets
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.engine.distributed.assignment import Assignment, Done, Tools, Way
from prompts_lang.engine.distributed.tasks import end_station, run_row, stop_station, unpacked
from prompts_lang.engine.execution import Execution
from prompts_lang.engine.extras import DASK, library
from prompts_lang.engine.store.choose import VARIABLE
from prompts_lang.engine.store.postgres import PostgresStore
from prompts_lang.engine.values import Problem, ProblemKind, Run
from prompts_lang.errors import UsageError, WorkerError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from prompts_lang.data.dataset import Row
    from prompts_lang.engine.cancellation import Cancellation
    from prompts_lang.engine.execution import Settings
    from prompts_lang.engine.executor import Prepare, Prepared
    from prompts_lang.engine.nodes.protocol import Services
    from prompts_lang.engine.store.account import RunAccount
    from prompts_lang.engine.store.model import RunRecord
    from prompts_lang.engine.store.postgres_address import PostgresAddress
    from prompts_lang.engine.store.protocol import Store
    from prompts_lang.graph.model import Graph

ROWS_PER_WORKER: Final = 64
"""Rows under way at once in a worker that is started here: they mostly wait for models."""

_QUIET: Final = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
"""Dask's own profile of what workers do would take as much time as the rows."""
_PATIENCE: Final = 30
"""Seconds to wait for a scheduler, for a first worker, and for workers to end what they do."""


@asynccontextmanager
async def open_crew(where: str, store: PostgresAddress, tools: Tools | None = None) -> AsyncGenerator[Crew]:
    """Reaches or starts workers, and lets go of them afterwards.

    Args:
        where: The address of a Dask scheduler, such as `tcp://host:8786`, or how many workers to start on this machine.
        store: The store that the workers are to use.
        tools: Makes what rows are run with, on each worker.

    Raises:
        UsageError: Dask is not installed, or `where` is neither an address nor a number.
        WorkerError: The scheduler cannot be reached, or has no workers.
    """
    distributed = library("distributed", DASK, wanted_for="Running rows in several processes")
    async with AsyncExitStack() as stack:
        if where.isdecimal() and int(where):
            cluster = distributed.LocalCluster(
                n_workers=int(where),
                threads_per_worker=ROWS_PER_WORKER,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.ERROR,
                env={VARIABLE: store.written, **_QUIET},
                asynchronous=True,
            )
            target = await stack.enter_async_context(cluster)
        elif "://" in where:
            target = where
        else:
            raise UsageError(
                f"'{where}' says nothing about workers.",
                hint="Give the address of a Dask scheduler, as in `tcp://host:8786`, or a number of workers to start here.",
            )
        try:
            client = distributed.Client(target, asynchronous=True, set_as_default=False, timeout=_PATIENCE)
            await stack.enter_async_context(client)
            await client.wait_for_workers(1, timeout=_PATIENCE)
        except (OSError, TimeoutError) as error:
            raise WorkerError(
                "No workers can be reached.",
                where=where,
                hint="Start a scheduler with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 64`.",
            ) from error
        yield Crew(client, tools or Tools())


class Crew:
    """Dask's workers. Implements `executor.Workforce`. Use `open_crew`."""

    def __init__(self, client: Any, tools: Tools) -> None:
        self._client = client
        self._tools = tools

    @asynccontextmanager
    async def at_work(
        self,
        run: RunRecord,
        folder: Path,
        store: Store,
        account: RunAccount,
        cancellation: Cancellation,
        *,
        remember: bool,
    ) -> AsyncGenerator[Prepare]:
        """Has the rows of a run run by the workers (see `Workforce.at_work`)."""
        if not isinstance(store, PostgresStore):
            raise UsageError(
                "Workers need a store that they share with this process.",
                hint='Name one on a PostgreSQL server: store = "postgresql://user@host/database" in [tool.prompts].',
            )
        assignment = Assignment(
            id=secrets.token_hex(8),
            run=run.id,
            seed=run.seed,
            folder=folder,
            store=store.address.shown,
            budget=account.budget,
            before=account.before,
            remember=remember,
            processes=len(await self._client.nthreads()),
            tools=self._tools,
        )
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        cancellation.when_requested(lambda: loop.call_soon_threadsafe(stopping.set))
        watch = asyncio.create_task(self._stop_when(stopping, assignment.id))

        alone = asyncio.Lock()

        def ready(graph: Graph, services: Services, cancellation: Cancellation, settings: Settings) -> Prepared:
            if settings.stream is not None:  # pieces of a reply do not travel
                return Execution(graph, services, cancellation, settings)
            return RemoteExecution(self._client, assignment, account, alone, graph, settings)

        try:
            yield ready
        finally:
            watch.cancel()
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_PATIENCE):
                    await self._client.run(end_station, assignment.id, on_error="ignore")

    async def _stop_when(self, stopping: asyncio.Event, assignment: str) -> None:
        await stopping.wait()
        await self._client.run(stop_station, assignment, on_error="ignore")


class RemoteExecution:
    """A graph made ready to be run by workers. Implements `executor.Prepared`.

    Args:
        client: The way to Dask.
        assignment: The run, for workers.
        account: The leader's account.
        alone: Held for a row that may be what killed its workers, so that no two such rows are under way.
        graph: The graph.
        settings: How it is to be run.
    """

    def __init__(
        self,
        client: Any,
        assignment: Assignment,
        account: RunAccount,
        alone: asyncio.Lock,
        graph: Graph,
        settings: Settings,
    ) -> None:
        self._client = client
        self._assignment = assignment
        self._account = account
        self._alone = alone
        self._settings = settings
        self._name = graph.name
        # A task and not data that was handed out: Dask makes it again where the only worker that had it has died.
        packed = pickle.dumps(graph, pickle.HIGHEST_PROTOCOL)
        digest = hashlib.sha256(packed).hexdigest()
        self._graph: Any = client.submit(unpacked, packed, key=f"prompts-graph-{digest}")

    async def run(self, row: Row) -> Run:
        """Runs the graph on one row, on some worker; raises as `Execution.run` does."""
        killed = _killed_worker()
        try:
            done = await self._submitted(row)
        except killed:
            # Dask blames all rows that a dead worker had under way, and only one of them need be at fault.
            async with self._alone:
                try:
                    done = await self._submitted(row)
                except killed:
                    problem = Problem(ProblemKind.PROVIDER, "the workers that ran this row died")
                    return Run(row.id, self._name, {}, {}, {}, (), problem)
        self._account.absorb(done.share)
        await self._account.refresh()
        if done.run is None:
            raise done.error or WorkerError("A worker gave no answer.")
        if self._settings.listener is not None:
            for event in done.run.events:
                self._settings.listener(event)
        return done.run

    async def _submitted(self, row: Row) -> Done:
        settings = self._settings
        mine = {key: values for key, values in settings.overrides.items() if key[0] == row.id}
        way = Way(settings.purpose, settings.replica, mine)
        key = f"prompts-row-{secrets.token_hex(8)}"
        future = self._client.submit(run_row, self._assignment, self._graph, way, row, key=key, pure=False)
        try:
            return await future
        finally:
            future.release()


def _killed_worker() -> Any:
    return library("distributed", DASK, wanted_for="Running rows in several processes").KilledWorker
