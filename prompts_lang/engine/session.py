"""One execution of `run`, `eval` or `optimize`: everything it works with, from the store to the indexes, opened and closed as one thing.

Invariants: what was paid for is in the store when a session is closed, however it ends; a session belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts_lang.engine.cancellation import Cancellation
from prompts_lang.engine.executor import ROWS_AT_ONCE, Executor
from prompts_lang.engine.nodes.protocol import Services
from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.records import event_json
from prompts_lang.engine.resources import Resources
from prompts_lang.engine.results import ResultMemo
from prompts_lang.engine.retrieval.choose import VectorPlace
from prompts_lang.engine.retrieval.vectors import FILE as VECTORS
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.choose import store_of
from prompts_lang.engine.store.database import FOLDER
from prompts_lang.engine.store.model import (
    UNLIMITED,
    Budget,
    EventRecord,
    RunKind,
    RunRecord,
    RunState,
    new_run_id,
)
from prompts_lang.engine.tracing.attributes import run_attributes, run_name
from prompts_lang.engine.tracing.backend import traced
from prompts_lang.engine.tracing.spans import Tracing, tracing

if TYPE_CHECKING:
    from pathlib import Path

    from prompts_lang.engine.executor import Workforce
    from prompts_lang.engine.provider.model import Backend
    from prompts_lang.engine.sandbox.model import Sandbox
    from prompts_lang.engine.store.postgres_address import PostgresAddress
    from prompts_lang.engine.store.protocol import Store
    from prompts_lang.engine.values import Event
    from prompts_lang.graph.model import Program
    from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session takes from outside. Whatever is not given is made: LiteLLM, the local sandbox, the store beside the file.

    Attributes:
        backend: The way to models.
        sandbox: Where code runs.
        store: An open store, which stays open; several sessions may share it.
        address: Where the store is, if neither open already nor beside the file.
        workforce: Other processes that run the rows.
        limits: Slots per model, shared by the sessions of a process.
        resources: Files that were read already; by default each session reads them anew, and so sees changes.
        environ: Environment variables for addresses and keys.
    """

    backend: Backend | None = None
    sandbox: Sandbox | None = None
    store: Store | None = None
    address: PostgresAddress | None = None
    workforce: Workforce | None = None
    limits: Limits | None = None
    resources: Resources | None = None
    environ: Mapping[str, str] | None = None


@dataclass(slots=True)
class Session:
    """An open session. `report` is what the store keeps about how the run ended; whoever runs something sets it."""

    program: Program
    run: RunRecord
    store: Store
    backend: Backend
    account: RunAccount
    caller: Caller
    executor: Executor
    report: JsonValue = None
    state: RunState = RunState.DONE

    @property
    def services(self) -> Services:
        """What nodes and metrics use."""
        return self.executor.services

    @property
    def resources(self) -> Resources:
        """Datasets, code and indexes, each read once."""
        return self.services.resources

    @property
    def stopping(self) -> bool:
        """Whether the session was asked to stop."""
        return self.executor.cancellation.requested

    def stop(self) -> None:
        """Begins nothing new; calls in flight may end. Call it in the session's event loop; cancel the task to end at once."""
        self.executor.cancellation.request()
        # Calls that wait for their turn are past the executor's own check; without a budget they are not sent.
        self.account.budget = Budget(calls=0)
        # A provider may have asked for minutes of rest.
        self.caller.hurry()

    def keep(self, event: Event, *, candidate: str = "") -> None:
        """Keeps an event in the store, for `show` and for hovers."""
        key = event.key
        record = EventRecord(self.run.id, key.row, key.path, event_json(event), key.iteration, key.replica, candidate)
        self.account.keep_event(record)


@asynccontextmanager
async def open_session(
    program: Program,
    kind: RunKind,
    graph: str,
    *,
    budget: Budget = UNLIMITED,
    seed: int = 0,
    parameters: JsonValue = None,
    resume: str | None = None,
    remember: bool = True,
    rows_at_once: int = ROWS_AT_ONCE,
    surroundings: Surroundings | None = None,
) -> AsyncGenerator[Session]:
    """Opens what a run needs, enters it in the store, and closes everything afterwards.

    The run ends as done, unless its session says otherwise; as stopped, where it was stopped or its task cancelled; as failed, where an
    exception leaves the block.

    Args:
        program: The program.
        kind: What the run is.
        graph: The graph that it is about.
        budget: Its limits. A resumed run's past counts.
        seed: The number that all random choices are derived from.
        parameters: Whatever the run was asked for, for the record.
        resume: The id of a run that stopped, to go on with it.
        remember: Whether replies are taken from the memo and put there.
        rows_at_once: The most rows under way at the same time.
        surroundings: What is not to be made here.

    Raises:
        StoreError: The store cannot be used, or the run to resume is unknown or under way elsewhere.
    """
    given = surroundings or Surroundings()
    store = given.store or await asyncio.to_thread(store_of, program.path.parent, given.address)
    backend = given.backend or litellm_backend(given.environ)
    spans = tracing(given.environ)
    session = None
    try:
        run = store.resume_run(resume) if resume else _new_run(program, kind, graph, seed, parameters)
        if not resume:
            store.start_run(run)
        session = _session(
            program,
            run,
            store,
            traced(backend, spans),
            given,
            budget,
            spans,
            remember=remember,
            rows_at_once=rows_at_once,
        )
        state = RunState.FAILED
        try:
            with spans.span(run_name(graph), run_attributes(run)):
                async with _at_work(given.workforce, session, remember=remember):
                    yield session
            state = RunState.STOPPED if session.stopping else session.state
        except (asyncio.CancelledError, KeyboardInterrupt):
            state = RunState.STOPPED
            raise
        finally:
            session.account.flush_now()
            store.finish_run(run.id, state, session.report)
    finally:
        if session is not None and given.resources is None:
            await session.resources.close()
        if given.backend is None:
            await backend.close()
        if given.store is None:
            store.close()


def _new_run(program: Program, kind: RunKind, graph: str, seed: int, parameters: JsonValue) -> RunRecord:
    return RunRecord(
        id=new_run_id(),
        kind=kind,
        file=stored_name(program.path, program.path.parent),
        graph=graph,
        seed=seed,
        parameters=parameters,
        started=time.time(),
    )


def stored_name(path: Path, folder: Path) -> str:
    """How the store names a file: relative to the folder that holds the store, with forward slashes."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _session(
    program: Program,
    run: RunRecord,
    store: Store,
    backend: Backend,
    given: Surroundings,
    budget: Budget,
    spans: Tracing,
    *,
    remember: bool,
    rows_at_once: int,
) -> Session:
    environ = os.environ if given.environ is None else given.environ
    account = RunAccount(store, run.id, budget)
    limits = given.limits or Limits()
    caller = Caller(backend, account, limits, seed=run.seed, remember=remember)
    services = Services(
        caller=caller,
        sandbox=given.sandbox or local_sandbox(),
        results=ResultMemo(account if remember else None),
        resources=given.resources or Resources(vector_place(program.path.parent, store)),
        environ=environ,
        tracing=spans,
    )
    executor = Executor(services, Cancellation(), rows_at_once=rows_at_once)
    return Session(program, run, store, backend, account, caller, executor)


@asynccontextmanager
async def _at_work(workforce: Workforce | None, session: Session, *, remember: bool) -> AsyncGenerator[None]:
    """Has the rows run by others within the block, where there are others."""
    if workforce is None:
        yield
        return
    folder, executor = session.program.path.parent, session.executor
    async with workforce.at_work(
        session.run, folder, session.store, session.account, executor.cancellation, remember=remember
    ) as executor.ready:
        yield


def vector_place(folder: Path, store: Store | None) -> VectorPlace:
    """Where the vectors of documents are kept: beside the store, or on this machine where it is on a server.

    A run without a store on disk takes what is there and adds nothing.
    """
    if store is not None and store.path is not None:
        return VectorPlace(store.path.with_name(VECTORS))
    if store is not None and store.shared:
        return VectorPlace(folder / FOLDER / VECTORS)
    return VectorPlace(kept=folder / FOLDER / VECTORS)


def litellm_backend(environ: Mapping[str, str] | None = None) -> Backend:
    """The way to all real models. LiteLLM itself is imported with the first call."""
    from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend  # noqa: PLC0415  only where it is used

    return LiteLLMBackend(environ)


def local_sandbox() -> Sandbox:
    """Code in processes on this machine."""
    from prompts_lang.engine.sandbox.local import LocalSandbox  # noqa: PLC0415  only where it is used

    return LocalSandbox()
