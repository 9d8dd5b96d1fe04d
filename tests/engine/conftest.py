from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from prompts_lang.engine.cancellation import Cancellation
from prompts_lang.engine.executor import Executor
from prompts_lang.engine.nodes.protocol import Services
from prompts_lang.engine.provider.caller import Caller
from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.provider.pacing import Limits
from prompts_lang.engine.resources import Resources
from prompts_lang.engine.results import ResultMemo
from prompts_lang.engine.retrieval.choose import IN_MEMORY, VectorPlace
from prompts_lang.engine.store.account import RunAccount
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind, RunRecord
from prompts_lang.engine.store.sqlite import memory_store
from tests.engine.fakes import Answer, FakeBackend, InProcess
from tests.engine.postgres import Server, running_server

_SCHEMAS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test needs it."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """The address of a new store."""
    return postgres_server.url(f"test_{next(_SCHEMAS)}")


@dataclass
class World:
    """An executor over a fake model, with everything else real."""

    backend: FakeBackend
    sandbox: InProcess
    account: RunAccount
    executor: Executor

    @property
    def asked(self) -> list[str]:
        """What the model was asked last, request by request."""
        return [request.messages[-1].content for request in self.backend.requests]


@pytest.fixture
def world() -> Callable[..., World]:
    """Makes a world; call it inside of a running event loop."""

    def make(
        answer: Callable[[Request], Answer] = echo,
        *,
        budget: Budget = UNLIMITED,
        rows_at_once: int = 64,
        vectors: VectorPlace = IN_MEMORY,
    ) -> World:
        store = memory_store()
        store.start_run(RunRecord("run", RunKind.RUN, "test.prompt", "main"))
        account = RunAccount(store, "run", budget)
        backend, sandbox = FakeBackend(answer), InProcess()
        caller, resources = Caller(backend, account, Limits()), Resources(vectors)
        services = Services(caller, sandbox, ResultMemo(account), resources, {})
        return World(backend, sandbox, account, Executor(services, Cancellation(), rows_at_once=rows_at_once))

    return make


def echo(request: Request) -> str:
    """Says what it was asked, in brackets."""
    return f"[{request.messages[-1].content}]"
