"""A Dask cluster of two worker processes, and what a run on it needs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.engine.distributed.crew import open_crew
from prompts_lang.engine.session import Session, Surroundings, open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.engine.store.postgres_address import PostgresAddress, read_address
from prompts_lang.graph.model import Program
from tests.engine.distributed.billing import BillingBackend, noted, tools
from tests.engine.fakes import InProcess
from tests.engine.postgres import PASSWORD


@pytest.fixture(scope="package")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two worker processes, started as people start them; those that die are started anew."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd()), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with ExitStack() as stack:
        stack.enter_context(
            _running(
                "scheduler",
                "--port=0",
                "--dashboard-address=127.0.0.1:0",
                f"--scheduler-file={file}",
                folder=folder,
                environ=environ,
            )
        )
        stack.enter_context(
            _running(
                "worker",
                f"--scheduler-file={file}",
                "--nworkers=2",
                "--nthreads=8",
                "--memory-limit=0",
                folder=folder,
                environ={**environ, "PGPASSWORD": PASSWORD},
            )
        )
        last = time.monotonic() + 60
        while (folder / "worker.log").read_text().count("Registered to") < 2:
            assert time.monotonic() < last, (folder / "worker.log").read_text()
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]


@contextmanager
def _running(kind: str, *arguments: str, folder: Path, environ: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "dask", kind, *arguments, "--host=127.0.0.1", "--no-dashboard"]
    with (folder / f"{kind}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class Site:
    """A program's place with a store and a model that keeps a bill, and the ways to run there."""

    program: Program
    address: PostgresAddress
    bill: Path
    scheduler: str

    @asynccontextmanager
    async def session(self, *, seconds: float = 0.05, processes: int = 1, workers: str | None = None, **options: Any):
        """A session whose rows run on the workers. The model answers nobody before so many of them have asked."""
        made = tools(self.bill, seconds, processes)
        async with open_crew(workers or self.scheduler, self.address, made) as crew:
            surroundings = Surroundings(made.backend(), made.sandbox(), address=self.address, workforce=crew)
            async with open_session(
                self.program, RunKind.EVAL, "main", surroundings=surroundings, **options
            ) as session:
                yield session

    def alone(self, bill: Path, **options: Any) -> AbstractAsyncContextManager[Session]:
        """A session that runs its rows by itself, over a store in the program's folder."""
        surroundings = Surroundings(BillingBackend(bill, 0.0), InProcess())
        return open_session(self.program, RunKind.EVAL, "main", surroundings=surroundings, **options)

    def asked(self) -> list[str]:
        """What the model was asked, in order."""
        return [question for _, question in noted(self.bill, "asked")]


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, scheduler: str) -> Site:
    return Site(Program(tmp_path / "test.prompt", {}), read_address(postgres_url), tmp_path / "bill", scheduler)
